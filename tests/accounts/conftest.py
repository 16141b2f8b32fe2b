"""An AWS account in this process (moto), and stacks that declare it."""

import pytest
from botocore.loaders import create_loader
from moto import mock_aws

from accounts.aws.account import AwsAccount, connect
from accounts.spec import CiSpec

ACCOUNT = "123456789012"  # moto's own
CI = CiSpec(repository="acme/ml", environment="production")


def declared(stack: str = "prod-eks", **changes) -> AwsAccount:
    said = {
        "stack": stack, "project": "slipway", "account_id": ACCOUNT, "region": "us-east-1", "cluster": f"slipway-{stack}",
        "ci": CI, "buckets": ("acme-models",),
    }  # fmt: skip
    return AwsAccount(**said | changes)


@pytest.fixture
def no_credentials(monkeypatch, tmp_path):
    """No credentials of whoever runs the tests, and no instance that could be asked for some."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))


@pytest.fixture(scope="session")
def loader():
    """What describes the services, read once for all tests."""
    return create_loader()


@pytest.fixture
def aws(no_credentials, loader, monkeypatch):
    """The account, empty."""
    monkeypatch.setattr("botocore.session.create_loader", lambda *_: loader)
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield


@pytest.fixture
def cloud(aws):
    return connect(declared())
