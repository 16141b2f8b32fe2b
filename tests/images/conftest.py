"""A cache of its own for every test, small images to build, and a registry."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

from catalog.errors import SlipwayError
from sandbox.images import build, recipes
from sandbox.images.build import cannot_build
from sandbox.images.recipes import Recipe
from sandbox.toolchain.locate import tool
from tests.ports import free_port

needs_root = pytest.mark.root
can_build = pytest.mark.skipif(bool(cannot_build()), reason=cannot_build())


class Heard:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, part: str, text: str, seconds: float, /) -> None:
        self.lines.append((part, text))

    def built(self) -> list[str]:
        return sorted(part.removeprefix("image ") for part, text in self.lines if text.startswith("built"))


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Recipes of three small images, in a folder of their own."""
    folder = tmp_path / "recipes"
    for name, text in {
        "base": "FROM scratch\nCOPY hello.txt /hello.txt\n",
        "child": "FROM slipway/base\nCOPY hello.txt /child.txt\n",
        "single": "FROM scratch\nCOPY hello.txt /single.txt\n",
    }.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "Containerfile").write_text(text)
        (folder / name / "hello.txt").write_text(name)
    monkeypatch.setattr(recipes, "_HERE", folder)
    items = {
        "base": Recipe(name="base"),
        "single": Recipe(name="single"),
        "child": Recipe(name="child", base="base"),
    }
    monkeypatch.setattr(build, "recipes", lambda: items)
    return folder


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
        address = f"127.0.0.1:{free_port()}"
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
