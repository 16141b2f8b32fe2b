"""What is built, what is not built again, and what an end in the middle leaves. Images `FROM scratch` only."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import psutil
import pytest

from catalog.errors import SlipwayError
from sandbox.images import build
from sandbox.images.build import cached, cannot_build, ensure_images
from sandbox.images.user import build_user_image, ensure_user_image
from sandbox.node.packages import find
from stacks.built import context_key, uses_base
from tests.images.conftest import Heard, can_build, needs_root, program


@needs_root
@can_build
def test_each_image_is_built_once(tiny: Path, cache: Path) -> None:
    heard = Heard()
    images = ensure_images(heard)
    assert heard.built() == ["base", "child", "single"]
    assert set(images["base"].blobs) & set(images["child"].blobs), "the child shares the layer of its base"
    again = Heard()
    assert ensure_images(again) == images == cached()
    assert again.lines == []
    assert sorted(path.name for path in (cache / "images").iterdir()) == ["blobs", "lock", "logs", "records"]


@needs_root
@can_build
def test_where_nothing_is_to_be_done_nobody_waits_for_another_build(tiny: Path, cache: Path) -> None:
    images = ensure_images()
    shutil.rmtree(cache / "images" / "logs")
    with filelock.FileLock(cache / "images" / "lock"):
        assert ensure_images() == images
    if find("containerd"):
        heard = Heard()
        assert ensure_images(heard, unpack=True) == images
        assert ("images", "unpacked") in heard.lines, "without its folder of logs, too"


@needs_root
@can_build
def test_only_what_changed_is_built_again_and_the_old_content_has_the_old_digest(tiny: Path) -> None:
    first = ensure_images()
    (tiny / "child" / "hello.txt").write_text("other")
    heard = Heard()
    second = ensure_images(heard)
    assert heard.built() == ["child"]
    assert second["child"].digest != first["child"].digest
    assert second["base"] == first["base"]
    (tiny / "child" / "hello.txt").write_text("child")
    back = Heard()
    assert ensure_images(back) == first
    assert back.built() == []


@needs_root
@can_build
def test_the_same_content_is_the_same_digest_on_an_empty_cache(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ensure_images()
    monkeypatch.setattr(build, "cache_dir", lambda: tmp_path / "second")
    (tmp_path / "second" / "images").mkdir(parents=True)
    assert {n: i.digest for n, i in ensure_images().items()} == {n: i.digest for n, i in first.items()}


@needs_root
@can_build
def test_a_failure_says_why_and_what_was_finished_stays(tiny: Path, cache: Path) -> None:
    broken = tiny / "child" / "Containerfile"
    good = broken.read_text()
    broken.write_text("FROM slipway/base\nCOPY nothing-here /x\n")
    with pytest.raises(SlipwayError, match=r"logs/child\.log$") as caught:
        ensure_images()
    assert "nothing-here" in caught.value.why
    broken.write_text(good)
    heard = Heard()
    ensure_images(heard)
    assert heard.built() == ["child"]
    assert not (cache / "images" / "work").exists()


@needs_root
@can_build
@pytest.mark.skipif(sys.platform != "linux", reason="/proc/mounts")
def test_killed_in_the_middle_it_leaves_nothing_that_runs_and_goes_on(tmp_path: Path) -> None:
    """A builder that mounts something and sleeps for an hour stands for a long build."""
    context, cache = tmp_path / "context", tmp_path / "killed"
    context.mkdir()
    log = tmp_path / "started"
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "buildah").write_text(
        f"#!/bin/sh\nmount -t tmpfs left-over {tmp_path}/mnt && echo > {log}\nexec sleep 3600\n"
    )
    (fake / "buildah").chmod(0o755)
    (tmp_path / "mnt").mkdir()
    (context / "Containerfile").write_text("FROM scratch\nCOPY hello.txt /\n")
    (context / "hello.txt").write_text("hello")
    script = (
        "from pathlib import Path; from sandbox.images.user import ensure_user_image;"
        f"ensure_user_image(Path({str(context)!r}), 'own')"
    )
    environment = {**os.environ, "SLIPWAY_CACHE": str(cache), "PATH": f"{fake}:{os.environ['PATH']}"}
    process = subprocess.Popen([sys.executable, "-c", script], env=environment)
    deadline = time.monotonic() + 20
    while not log.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    family = psutil.Process(process.pid).children(recursive=True)
    assert family
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert [item for item in alive if item.status() != psutil.STATUS_ZOMBIE] == []
    assert str(tmp_path) not in Path("/proc/mounts").read_text()

    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, "PATH": os.environ["PATH"]},
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert sorted(path.name for path in (cache / "images").iterdir()) == ["blobs", "lock", "logs", "records"]


@needs_root
@can_build
def test_a_users_image_is_built_once_for_its_content(tmp_path: Path, registry: object) -> None:
    address = registry(tmp_path / "data")  # type: ignore[operator]
    context = tmp_path / "context"
    context.mkdir()
    (context / "Containerfile").write_text("FROM scratch\nCOPY hello.txt /\n")
    (context / "hello.txt").write_text("hello")
    heard = [Heard() for _ in range(3)]
    first = build_user_image(context, "own", address, heard[0])
    assert heard[0].lines[-1] == ("image own", "in the registry")
    (context / "__pycache__").mkdir()
    (context / "__pycache__" / "x.pyc").write_text("x")
    assert build_user_image(context, "own", address, heard[1]) == first
    assert heard[1].lines == []
    (context / "hello.txt").write_text("other")
    second = build_user_image(context, "own", address, heard[2])
    assert heard[2].built() == ["own"]
    assert second.digest != first.digest


def test_the_key_of_a_context_is_its_content(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "Containerfile").write_text("FROM scratch\n")
    (tmp_path / "sub" / "app.py").write_text("x")
    keys = [context_key(tmp_path, "base")]

    def changed() -> bool:
        keys.append(context_key(tmp_path, "base"))
        return keys[-1] != keys[-2]

    assert not changed()
    os.utime(tmp_path / "sub" / "app.py", (1, 1))
    assert not changed()
    (tmp_path / "sub" / "app.py").write_text("y")
    assert changed()
    (tmp_path / "sub" / "app.py").chmod(0o755)
    assert changed()
    (tmp_path / "sub" / "app.py").rename(tmp_path / "sub" / "main.py")
    assert changed()
    (tmp_path / "link").symlink_to("sub/main.py")
    assert changed()
    for ignored in (".git", "__pycache__", ".venv"):
        (tmp_path / ignored).mkdir()
        (tmp_path / ignored / "x").write_text("x")
    assert not changed()
    assert context_key(tmp_path, "another base") != keys[-1]


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("FROM slipway/python-base\n", True),
        ("from slipway/python-base AS build\n", True),
        ("FROM --platform=linux/amd64 localhost/slipway/python-base:latest\n", True),
        ("FROM scratch\n# FROM slipway/python-base\n", False),
        ("FROM slipway/python-base-slim\n", False),
    ],
)
def test_the_base_is_recognised(text: str, yes: bool) -> None:
    assert uses_base(text) is yes


def test_a_context_without_a_containerfile(tmp_path: Path) -> None:
    with pytest.raises(SlipwayError, match=r"FROM slipway/python-base$"):
        ensure_user_image(tmp_path, "own")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("os.geteuid", lambda: 1000), "needs root"),
        (("platform.system", lambda: "Darwin"), "containers need Linux"),
        (("sandbox.images.build.find", lambda name: None), "not installed: buildah, debootstrap"),
    ],
)
def test_where_images_cannot_be_built_it_says_why(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, object], words: str
) -> None:
    monkeypatch.setattr(*change)
    if "root" not in words:
        monkeypatch.setattr("os.geteuid", lambda: 0)
    assert words in cannot_build()
    with pytest.raises(SlipwayError, match="pods can only be simulated") as caught:
        ensure_images()
    assert words in caught.value.why


def test_a_full_disk_is_said_before_anything_begins(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "cannot_build", lambda: "")
    monkeypatch.setattr(build, "NEEDED_BYTES", 2**62)
    heard = Heard()
    with pytest.raises(SlipwayError, match=r"SLIPWAY_CACHE=DIRECTORY$"):
        ensure_images(heard)
    assert heard.lines == []


def test_the_registry_of_the_tests_is_there() -> None:
    assert Path(program()).is_file()
