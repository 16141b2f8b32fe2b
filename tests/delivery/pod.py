"""A pod in small: an artifact in the store, and the fetcher that gets it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from delivery.artifact import Artifact
from delivery.fetch import fetch
from delivery.files import MANIFEST, File, digest
from providers.slipway_s3.store import Store, connect

PROGRAM = Path(fetch.__file__)


@dataclass
class Pushed:
    """An artifact in the store, and how a pod would fetch it."""

    artifact: Artifact
    store: Store
    into: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "S3_ENDPOINT": self.store.endpoint,
            "S3_BUCKET": self.artifact.bucket,
            "AWS_ACCESS_KEY_ID": self.store.access_key,
            "AWS_SECRET_ACCESS_KEY": self.store.secret_key,
        }

    @property
    def arguments(self) -> list[str]:
        return ["--prefix", self.artifact.prefix, "--digest", self.artifact.digest, "--into", str(self.into)]

    def run(self, *more: str, program: Sequence[str] = (str(PROGRAM),)) -> subprocess.CompletedProcess[str]:
        """Fetches as a pod does: in a process of its own, which sees nothing of Slipway."""
        return subprocess.run(
            [sys.executable, *program, *self.arguments, *more],
            env=self.environment,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )

    def fetch(self, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """The same in this process, which starts sooner."""
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.environment | environment, clear=True),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                code = fetch.main([*self.arguments, *more])
            except SystemExit as end:  # wrong arguments
                code = int(str(end.code))
        return subprocess.CompletedProcess([], code, out.getvalue(), err.getvalue())

    def put(self, path: str, body: bytes) -> str:
        key = self.artifact.prefix + path
        return connect(self.store).put_object(Bucket=self.artifact.bucket, Key=key, Body=body)["VersionId"]

    def rewrite(self, rows: list[dict[str, object]]) -> str:
        """Replaces artifact.json by one with these rows; returns the digest they have."""
        self.put(MANIFEST, json.dumps({"files": rows}).encode())
        return digest(File(str(row["path"]), int(str(row["size"])), str(row["sha256"])) for row in rows)

    def rows(self) -> list[dict[str, object]]:
        return [
            {
                "path": stored.file.path,
                "size": stored.file.size,
                "sha256": stored.file.sha256,
                "version_id": stored.version_id,
            }
            for stored in self.artifact.files
        ]


def left(into: Path) -> list[str]:
    return sorted(path.relative_to(into).as_posix() for path in into.rglob("*") if path.is_file())


def refused(done: subprocess.CompletedProcess[str], code: int, why: str) -> None:
    assert (done.returncode, done.stdout) == (code, "")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
