"""What counts as a fitting tool on PATH."""

import tempfile
import time
from pathlib import Path

import pytest

from sandbox.toolchain import ambient
from sandbox.toolchain.recipe import GoTool
from sandbox.toolchain.toolchain import Toolchain

ETCD = GoTool(name="etcd", package="x", question=("--version",))
KUBECTL = GoTool(name="kubectl", package="x", question=("version", "--client"), same_minor=True)
PULUMI = GoTool(name="pulumi", package="x", question=("version",))


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder that is the whole PATH but for the shell."""
    path = tmp_path / "on-path"
    path.mkdir()
    monkeypatch.setenv("PATH", f"{path}:/usr/bin:/bin")
    return path


@pytest.fixture
def own(tmp_path) -> Path:
    return tmp_path / "cache"


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_pinned_version_fits(folder, own):
    path = program(folder / "etcd", "test $1 = --version && echo etcd Version: 3.6.13")
    assert ambient.on_path(ETCD, "v3.6.13", own) == path


@pytest.mark.parametrize(
    "script", ["echo etcd Version: 3.6.12", "echo etcd", "echo v3.6.13; exit 1", "exec /nowhere", "echo v3.6.13 >&2"]
)
def test_what_does_not_say_the_pinned_version_does_not_fit(folder, own, script):
    program(folder / "etcd", script)
    assert ambient.on_path(ETCD, "v3.6.13", own) is None


def test_what_is_not_there_does_not_fit(folder, own):
    assert ambient.on_path(ETCD, "v3.6.13", own) is None


def test_kubectl_may_differ_in_the_patch_level(folder, own):
    path = program(folder / "kubectl", "echo Client Version: v1.36.9")
    assert ambient.on_path(KUBECTL, "v1.36.3", own) == path
    program(folder / "kubectl", "echo Client Version: v1.35.3")
    assert ambient.on_path(KUBECTL, "v1.36.3", own) is None


def test_one_that_never_answers_is_given_up(folder, own, monkeypatch):
    monkeypatch.setattr(ambient, "_TIMEOUT", 0.2)
    program(folder / "etcd", "exec sleep 60")
    began = time.monotonic()
    assert ambient.on_path(ETCD, "v3.6.13", own) is None
    assert time.monotonic() - began < 5


def test_a_tool_that_is_never_asked_for_is_never_started(folder, own, tmp_path):
    program(folder / "registry", f"touch {tmp_path}/started; echo v3.1.2")
    assert ambient.on_path(GoTool(name="registry", package="x"), "v3.1.2", own) is None
    assert not (tmp_path / "started").exists()


def test_our_own_cache_on_path_is_passed_over(folder, own, monkeypatch):
    program(own / "toolchain" / "key" / "bin" / "etcd", "echo v3.6.13")
    other = program(folder / "etcd", "echo v3.6.13")
    monkeypatch.setenv("PATH", f"{own}/toolchain/key/bin:{folder}:/usr/bin:/bin")
    assert ambient.on_path(ETCD, "v3.6.13", own) == other
    other.unlink()
    other.symlink_to(own / "toolchain" / "key" / "bin" / "etcd")
    assert ambient.on_path(ETCD, "v3.6.13", own) is None


def test_a_question_leaves_no_trace(folder, own, tmp_path, monkeypatch):
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", None)
    seen = f"{tmp_path}/seen"
    script = f'mkdir -p "$PULUMI_HOME"; touch "$PULUMI_HOME/x" "$HOME/y"; ls "$TMPDIR" >{seen}; echo v3.259.0'
    program(folder / "pulumi", script)
    program(folder / "pulumi-language-python", "echo official")
    assert ambient.on_path(PULUMI, "v3.259.0", own) == folder / "pulumi"
    assert not (tmp_path / "home").exists()
    assert Path(seen).read_text() == "", "what it would leave there if it were killed now"


def test_pulumi_fits_only_with_a_language_host_that_is_no_stand_in(folder, own):
    program(folder / "pulumi", "echo v3.259.0")
    assert ambient.on_path(PULUMI, "v3.259.0", own) is None
    program(folder / "pulumi-language-python", "# Slipway's; runs slipway")
    assert ambient.on_path(PULUMI, "v3.259.0", own) is None
    (folder / "pulumi-language-python").write_bytes(b"\x7fELF official")
    assert ambient.on_path(PULUMI, "v3.259.0", own) == folder / "pulumi"


def test_a_fitting_tool_is_used_and_the_rest_is_built(recipe, folder, recorder, tmp_path, go, build_cache, monkeypatch):
    monkeypatch.setenv("PATH", f"{folder}:{go.command.parent}:/usr/bin:/bin")
    path = program(folder / "one", "echo one v1.2.3")
    one, two = recipe.tools
    asked = tuple(GoTool(name=t.name, package=t.package, module=t.module, question=("--version",)) for t in (one, two))
    chain = Toolchain(type(recipe)(root=recipe.root, tools=asked), tmp_path / "cache", build_cache=build_cache)
    tools = chain.ensure(None, recorder)
    assert (tools["one"].path, tools["one"].origin) == (path, "path")
    assert tools["two"].origin == "built"
    assert recorder.started == ["two"]
