"""The S3 server the tests of this folder run against."""

from pathlib import Path

import pytest

from delivery.artifact import StoreTarget, push
from tests.delivery.pod import Pushed
from tests.s3.gateway import Gateway, bucket, gateway

__all__ = ["bucket", "gateway", "pushed"]


@pytest.fixture
def pushed(tmp_path: Path, gateway: Gateway, bucket: str) -> Pushed:
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "model.joblib").write_bytes(b"weights" * 1000)
    (folder / "sub" / "größe.json").write_text("{}")
    (folder / "empty").write_bytes(b"")
    artifact = push("iris", folder, StoreTarget(gateway.store(), bucket))
    return Pushed(artifact, gateway.store(), tmp_path / "mnt" / "iris")
