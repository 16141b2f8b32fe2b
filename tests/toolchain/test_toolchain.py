"""Building for real, with programs of a few lines."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.errors import SlipwayError
from sandbox.toolchain import golang
from sandbox.toolchain.golang import Compiler
from sandbox.toolchain.recipe import GoTool
from sandbox.toolchain.store import digest_of
from sandbox.toolchain.toolchain import Toolchain
from tests.toolchain.conftest import Recorder

CLONE = Path(__file__).parents[2]


def run(path: Path) -> str:
    return subprocess.run([path], capture_output=True, text=True, check=True).stdout.strip()


def test_everything_is_built_and_then_nothing_more(toolchain, recorder, tmp_path):
    tools = toolchain.ensure(None, recorder)
    assert run(tools["one"].path) == "one v1.2.3"
    assert run(tools["two"].path) == "two v1.2.3"
    assert (tools["one"].version, tools["one"].origin) == ("v1.2.3", "built")
    assert tools["stages.yaml"].path.read_text() == "name: a\n---\nname: b\n"
    assert sorted(path.name for path in tools["stages"].path.iterdir()) == ["a.yaml", "b.yaml"]
    assert recorder.planned == [["one", "two", "stages.yaml", "stages"]]
    assert not (tmp_path / "cache" / "toolchain" / "build").exists()
    again = Recorder()
    assert toolchain.ensure(None, again) == tools
    assert not again.said


def test_only_what_is_asked_for_is_built(toolchain, recorder):
    assert list(toolchain.ensure(["two"], recorder)) == ["two"]
    assert recorder.started == ["two"]
    assert toolchain.find("one") is None


def test_an_unknown_name_is_an_error_that_lists_the_known_ones(toolchain, recorder):
    with pytest.raises(SlipwayError, match="one of one, two"):
        toolchain.ensure(["three"], recorder)


def test_equal_keys_give_equal_files(recipe, build_cache, recorder, tmp_path):
    made = []
    for name in ("a", "b"):
        moved = shutil.copytree(recipe.root, tmp_path / f"clone-{name}")
        go_cache = build_cache if name == "a" else tmp_path / "another-build-cache"
        chain = Toolchain(replace(recipe, root=moved), tmp_path / name, build_cache=go_cache)
        made.append(chain.ensure(None, recorder))
    first, second = ({name: tool.path for name, tool in tools.items()} for tools in made)
    assert first["one"].parent.parent.name == second["one"].parent.parent.name
    assert digest_of(first["one"]) == digest_of(second["one"])
    assert digest_of(first["stages.yaml"]) == digest_of(second["stages.yaml"])


def test_the_callers_go_settings_do_not_reach_the_output(recipe, toolchain, recorder, monkeypatch):
    for name, value in {"GOOS": "windows", "GOARCH": "arm", "GOFLAGS": "-mod=vendor", "CGO_ENABLED": "1"}.items():
        monkeypatch.setenv(name, value)
    assert run(toolchain.ensure(["one"], recorder)["one"].path) == "one v1.2.3"


@pytest.mark.parametrize("damage", ["truncated", "changed", "gone", "manifest"])
def test_a_damaged_cache_is_found_and_mended(toolchain, recorder, damage):
    path = toolchain.ensure(None, recorder)["one"].path
    if damage == "truncated":
        os.truncate(path, 1000)
    elif damage == "changed":
        path.write_bytes(b"\0" + path.read_bytes()[1:])
    elif damage == "gone":
        path.unlink()
    else:
        (toolchain.store.root / "manifest.json").write_text("{")
    assert toolchain.find("one") is None
    second = Recorder()
    assert run(toolchain.ensure(None, second)["one"].path) == "one v1.2.3"
    if damage == "manifest":
        assert second.started == ["one", "two", "stages.yaml", "stages"]
    else:
        assert second.started == ["one"]
        assert any(text.startswith("one: ") and text.endswith("it is made again") for text in second.said)


def test_an_interrupted_build_goes_on_where_it_stopped(toolchain, recorder, monkeypatch):
    build = Compiler.build

    def interrupted(self, folder, arguments, output, hear):
        if output.name == "two":
            raise KeyboardInterrupt
        build(self, folder, arguments, output, hear)

    with monkeypatch.context() as patch:
        patch.setattr(Compiler, "build", interrupted)
        with pytest.raises(KeyboardInterrupt):
            toolchain.ensure(None, recorder)
    assert recorder.finished == ["one"]
    second = Recorder()
    toolchain.ensure(None, second)
    assert second.started == ["two", "stages.yaml", "stages"]


_BUILD = """\
import sys
from pathlib import Path
from sandbox.toolchain.recipe import GoTool, Recipe
from sandbox.toolchain.toolchain import Toolchain
from sandbox.toolchain.progress import Lines

root, cache, go_cache = map(Path, sys.argv[1:])
tools = tuple(GoTool(name=name, package=f"./{name}", module="example.test/other") for name in ("one", "two"))
print(Toolchain(Recipe(root=root, tools=tools), cache, build_cache=go_cache).ensure(None, Lines())["one"].path)
"""


def start_build(recipe, cache: Path, go_cache: Path, path: str | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _BUILD, recipe.root, cache, go_cache]
    environment = os.environ | ({"PATH": path} if path else {})
    return subprocess.Popen(
        command, cwd=CLONE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture
def slow_go(tmp_path, go) -> tuple[str, Path]:
    """A PATH whose Go is stuck as soon as it builds, and the file in which it says so, with its process."""
    script = tmp_path / "slow" / "go"
    script.parent.mkdir()
    pid = tmp_path / "stuck"
    script.write_text(f'#!/bin/sh\ntest $1 = build || exec {go.command} "$@"\necho $$ >{pid}\nexec sleep 60\n')
    script.chmod(0o755)
    return f"{script.parent}:{os.environ['PATH']}", pid


@pytest.fixture
def held_go(tmp_path, go) -> tuple[str, Path, Path]:
    """A PATH whose Go builds only once a file is there, the file in which it says so, and that file."""
    script, stuck, go_on = (tmp_path / "held" / name for name in ("go", "stuck", "go-on"))
    script.parent.mkdir()
    script.write_text(
        f'#!/bin/sh\ntest $1 = build || exec {go.command} "$@"\necho $$ >{stuck}\n'
        f'while test ! -e {go_on}; do sleep 0.02; done\nexec {go.command} "$@"\n'
    )
    script.chmod(0o755)
    return f"{script.parent}:{os.environ['PATH']}", stuck, go_on


def until(path: Path) -> int:
    """The process in a file, once it is there."""
    deadline = time.monotonic() + 30
    while not (path.exists() and path.read_text().strip()):
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.02)
    return int(path.read_text())


def test_a_killed_build_goes_on_and_its_lock_is_free(recipe, tmp_path, slow_go, build_cache):
    cache, (path, stuck) = tmp_path / "cache", slow_go
    first = start_build(recipe, cache, build_cache, path)
    orphan = until(stuck)
    first.kill()
    first.communicate()
    assert list(cache.glob("toolchain/*/staging/one.*"))
    second = start_build(recipe, cache, build_cache)
    built, log = second.communicate(timeout=120)
    os.kill(orphan, signal.SIGKILL)
    assert second.returncode == 0, log
    assert run(Path(built.strip())).startswith("one ")
    assert "waiting" not in log
    assert not list(cache.glob("toolchain/*/staging/*"))


def test_ctrl_c_ends_the_compiler_too(recipe, tmp_path, slow_go, build_cache):
    """A terminal sends SIGINT to the process group; Go is in another one and is ended by us."""
    path, stuck = slow_go
    process = start_build(recipe, tmp_path / "cache", build_cache, path)
    compiler = until(stuck)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode != 0
    with pytest.raises(ProcessLookupError):
        os.kill(compiler, 0)


def test_two_builders_do_the_work_once_and_the_second_says_for_whom_it_waits(recipe, tmp_path, held_go, build_cache):
    path, stuck, go_on = held_go
    first = start_build(recipe, tmp_path / "cache", build_cache, path)
    until(stuck)
    second = start_build(recipe, tmp_path / "cache", build_cache)
    said = second.stderr.readline()
    go_on.touch()
    results = [(*process.communicate(timeout=120), process.returncode) for process in (first, second)]
    assert [code for _, _, code in results] == [0, 0], results
    assert len({built for built, _, _ in results}) == 1
    assert f"waiting for {CLONE} (process {first.pid})" in said
    assert "building with" not in results[1][1]
    assert results[0][1].count(" built, ") == 2


def test_an_error_of_the_compiler_is_shown_and_the_others_are_kept(recipe, toolchain, recorder):
    (recipe.root / "tools" / "two" / "main.go").write_text("package main\n\nfunc main() { nonsense }\n")
    with pytest.raises(SlipwayError, match="undefined: nonsense"):
        toolchain.ensure(["one", "two"], recorder)
    assert run(toolchain.find("one").path) == "one v1.2.3"


def test_a_full_disk_is_refused_before_anything_is_done(recipe, recorder, tmp_path, build_cache):
    chain = Toolchain(replace(recipe, disk=1 << 60), tmp_path / "cache", build_cache=build_cache)
    with pytest.raises(SlipwayError, match=r"MiB free.*\n.*SLIPWAY_CACHE") as caught:
        chain.ensure(None, recorder)
    assert "a build needs 1099511627776 MiB on the way" in caught.value.why
    assert not recorder.started


def test_a_disk_that_is_full_of_our_own_half_built_things_is_not_too_full(recipe, recorder, tmp_path, build_cache):
    cache = tmp_path / "cache"
    area = cache / "toolchain" / "build"
    area.mkdir(parents=True)
    (area / "half").write_bytes(b"x" * 1_000_000)
    need = shutil.disk_usage(cache).free + 500_000
    chain = Toolchain(replace(recipe, disk=need), cache, build_cache=build_cache)
    usage = shutil.disk_usage(cache)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sandbox.toolchain.builder.shutil.disk_usage", lambda _: usage)
        chain.ensure(["one"], recorder)
    assert recorder.finished == ["one"]


def test_the_build_cache_is_kept_on_request(toolchain, recorder, tmp_path, monkeypatch):
    monkeypatch.setenv("SLIPWAY_KEEP_BUILD_CACHE", "1")
    toolchain.ensure(None, recorder)
    assert (tmp_path / "cache" / "toolchain" / "build" / "modules").is_dir()


def test_without_go_it_is_fetched(recipe, recorder, tmp_path, go, build_cache, monkeypatch):
    """As `make setup` does; the cache may have been emptied since."""
    script = tmp_path / "bootstrap.py"
    target = "os.environ['SLIPWAY_CACHE'], 'bootstrap', 'go-1.26.6', 'bin'"
    script.write_text(
        f"import os, sys\nassert sys.argv[1:] == ['go']\nfolder = os.path.join({target})\nos.makedirs(folder)\n"
        f"os.symlink({str(go.command)!r}, os.path.join(folder, 'go'))\n"
    )
    monkeypatch.setattr(golang, "BOOTSTRAP", script)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    chain = Toolchain(recipe, tmp_path / "cache", build_cache=build_cache)
    assert run(chain.ensure(["one"], recorder)["one"].path) == "one v1.2.3"
    assert "fetching Go: there is none of version 1.26 or newer" in recorder.said


def test_without_go_and_without_a_network_the_error_says_both(recipe, recorder, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.delenv("UV_INDEX_URL", raising=False)
    chain = Toolchain(recipe, tmp_path / "cache")
    with pytest.raises(
        SlipwayError, match=r"(?s)Go 1\.26 or newer, and there is none; .*could not be fetched"
    ) as caught:
        chain.ensure(None, recorder)
    assert "install Go from your system's packages" in caught.value.fix


def test_the_go_that_make_setup_has_fetched_is_found(recipe, recorder, tmp_path, go, build_cache, monkeypatch):
    fetched = tmp_path / "cache" / "bootstrap" / "go-1.26.6" / "bin"
    fetched.mkdir(parents=True)
    (fetched / "go").symlink_to(go.command)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    chain = Toolchain(recipe, tmp_path / "cache", build_cache=build_cache)
    assert run(chain.ensure(["one"], recorder)["one"].path) == "one v1.2.3"


def test_our_own_programs_bear_the_key_as_version(recipe, recorder, tmp_path, build_cache):
    own = replace(recipe, tools=(GoTool(name="one", package="./one"),), data=())
    chain = Toolchain(own, tmp_path / "cache", build_cache=build_cache)
    assert chain.ensure(None, recorder)["one"].version == chain.store.root.name


def test_a_stale_lock_file_names_nobody(toolchain, recorder, tmp_path):
    directory = tmp_path / "cache" / "toolchain"
    directory.mkdir(parents=True)
    (directory / "lock.holder").write_text(json.dumps({"pid": 1, "clone": "/gone", "since": "00:00:00"}))
    toolchain.ensure(["one"], recorder)
    assert not any("waiting" in text for text in recorder.said)
    assert not (directory / "lock.holder").exists()
