"""A toolchain small enough to be built in a test: two programs of a few lines, one module from a mirror on disk."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from sandbox.toolchain.golang import Go, find_go
from sandbox.toolchain.recipe import GoTool, ModuleData, Recipe
from sandbox.toolchain.toolchain import Toolchain

_PROGRAM = """\
package main

import "syscall"

var version = "unset"

func main() { syscall.Write(1, []byte("NAME "+version+"\\n")) }
"""


class Recorder:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.planned: list[list[str]] = []
        self.started: list[str] = []
        self.finished: list[str] = []

    def say(self, text):
        self.said.append(text)

    def plan(self, steps):
        self.planned.append(list(steps))

    def start(self, step):
        self.started.append(step)

    def detail(self, step, text):
        pass

    def finish(self, step, text):
        self.finished.append(step)
        self.said.append(f"{step}: {text}")


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="session")
def go() -> Go:
    found = find_go((1, 26), Path("/nowhere"))
    assert found is not None, "these tests need Go: make setup"
    return found


@pytest.fixture(scope="session")
def build_cache(request: pytest.FixtureRequest) -> Path:
    """Go's build cache for all tests, kept in pytest's: only the first run pays for the standard library."""
    return Path(request.config.cache.mkdir("go-build"))


@pytest.fixture(scope="session")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A module mirror with example.test/other v1.2.3."""
    root = tmp_path_factory.mktemp("mirror")
    versions = root / "example.test" / "other" / "@v"
    versions.mkdir(parents=True)
    go_mod = "module example.test/other\n\ngo 1.26.0\n"
    (versions / "list").write_text("v1.2.3\n")
    (versions / "v1.2.3.info").write_text('{"Version": "v1.2.3", "Time": "2026-01-01T00:00:00Z"}')
    (versions / "v1.2.3.mod").write_text(go_mod)
    with zipfile.ZipFile(versions / "v1.2.3.zip", "w") as archive:
        prefix = "example.test/other@v1.2.3"
        archive.writestr(f"{prefix}/go.mod", go_mod)
        archive.writestr(f"{prefix}/stages/b.yaml", "name: b")
        archive.writestr(f"{prefix}/stages/a.yaml", "name: a\n")
        archive.writestr(f"{prefix}/stages/kustomization.yaml", "resources: []\n")
        archive.writestr(f"{prefix}/stages/deeper/c.yaml", "name: c\n")
    return root


@pytest.fixture
def recipe(tmp_path: Path, mirror: Path, go: Go, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """Tools `one` and `two` and data of a module, with a go.sum that Go itself has written."""
    monkeypatch.setenv("GOPROXY", mirror.as_uri())
    monkeypatch.setenv("GONOSUMDB", "example.test")
    root = tmp_path / "recipe"
    for name in ("one", "two"):
        folder = root / "tools" / name
        folder.mkdir(parents=True)
        (folder / "main.go").write_text(_PROGRAM.replace("NAME", name))
    (root / "tools" / "go.mod").write_text(
        "module example.test/tools\n\ngo 1.26.0\n\nrequire example.test/other v1.2.3\n"
    )
    go_mod_cache = {"GOFLAGS": "-modcacherw", "GOMODCACHE": str(tmp_path / "modules")}
    download = [go.command, "mod", "download", "example.test/other"]
    subprocess.run(download, cwd=root / "tools", env=os.environ | go_mod_cache, check=True)
    ldflags = "-X main.version={version}"
    return Recipe(
        root=root,
        tools=tuple(
            GoTool(name=name, package=f"./{name}", module="example.test/other", ldflags=ldflags)
            for name in ("one", "two")
        ),
        data=(
            ModuleData(name="stages.yaml", module="example.test/other", sources=("stages",)),
            ModuleData(name="stages", module="example.test/other", sources=("stages",)),
        ),
    )


@pytest.fixture
def toolchain(recipe: Recipe, tmp_path: Path, build_cache: Path) -> Toolchain:
    return Toolchain(recipe, tmp_path / "cache", build_cache=build_cache)
