"""A cache of its own for every test, and a registry."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

from catalog.errors import SlipwayError
from sandbox.toolchain.locate import tool


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "cache"
    monkeypatch.setattr("sandbox.images.build.cache_dir", lambda: directory)
    (directory / "images").mkdir(parents=True)
    return directory


def program() -> str:
    """The registry of the toolchain, or the system's."""
    try:
        return str(tool("registry"))
    except SlipwayError:
        return shutil.which("docker-registry") or pytest.skip("no registry program is here")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Callable[[Path], str]]:
    """Starts a registry on a storage directory; says where it listens."""
    started: list[subprocess.Popen[bytes]] = []

    def start(data: Path) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        config = tmp_path / "registry.yml"
        config.write_text(
            "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
            f"storage: {{filesystem: {{rootdirectory: {data}}}}}\nhttp: {{addr: '{address}'}}\n"
        )
        with (tmp_path / "registry.log").open("w") as log:
            started.append(subprocess.Popen([program(), "serve", str(config)], stdout=log, stderr=log))
        pool = urllib3.PoolManager(retries=False)
        deadline = time.monotonic() + 15
        while True:
            try:
                if pool.request("GET", f"http://{address}/v2/").status == 200:
                    return address
            except urllib3.exceptions.HTTPError:
                pass
            assert time.monotonic() < deadline, (tmp_path / "registry.log").read_text()
            time.sleep(0.02)

    yield start
    for process in started:
        process.terminate()
        process.wait(10)
