"""A real S3 server for tests: versitygw on free ports, in a directory of its own, ended with the session."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from providers.slipway_s3.store import Store, connect
from tests.ports import free_ports

ROOT = "root"
ROOT_SECRET = "only-for-tests"
READY_S = 15


@dataclass(frozen=True)
class Gateway:
    """A running server."""

    endpoint: str
    admin: str
    directory: Path
    pid: int

    def store(self, access_key: str = ROOT, secret_key: str = ROOT_SECRET) -> Store:
        return Store(endpoint=self.endpoint, region="us-east-1", access_key=access_key, secret_key=secret_key)


def versitygw() -> str:
    """The program: from the directory `SLIPWAY_DEV_BIN` where that is set, else the toolchain's."""
    if named := os.environ.get("SLIPWAY_DEV_BIN"):
        return str(Path(named) / "versitygw")
    from sandbox.toolchain.locate import tool

    return str(tool("versitygw"))


@contextmanager
def running(directory: Path, *, versions: bool = True) -> Iterator[Gateway]:
    """Runs a server on what `directory` holds, as the sandbox does; without versions if so wanted."""
    port, admin_port = free_ports(2)
    folders = {name: directory / name for name in ("objects", "versions", "meta", "iam")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    versioning = ("--versioning-dir", str(folders["versions"])) if versions else ()
    with (directory / "log").open("ab") as log:
        process = subprocess.Popen(
            [
                versitygw(), "--port", f"127.0.0.1:{port}", "--admin-port", f"127.0.0.1:{admin_port}",
                "--iam-dir", str(folders["iam"]), "--health", "/health", "--quiet",
                "posix", "--sidecar", str(folders["meta"]), *versioning, str(folders["objects"]),
            ],
            env={"ROOT_ACCESS_KEY": ROOT, "ROOT_SECRET_KEY": ROOT_SECRET},
            stdout=log,
            stderr=log,
        )  # fmt: skip
    try:
        wait_for_port(port, process)
        wait_for_port(admin_port, process)
        yield Gateway(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{admin_port}", directory, process.pid)
    finally:
        process.kill()
        process.wait()


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_S
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "versitygw ended"
        assert time.monotonic() < until, "versitygw did not start"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    directory = tmp_path_factory.mktemp("gateway")
    with running(directory) as server:
        yield server
    shutil.rmtree(directory)


@pytest.fixture
def bucket(gateway: Gateway, request: pytest.FixtureRequest) -> str:
    """A new versioned bucket."""
    client = connect(gateway.store())
    name = f"test-{abs(hash(request.node.nodeid)) % 10**12}-{time.monotonic_ns() % 10**9}"
    client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name
