"""Unpacked images: what a new node starts with."""

import time
from pathlib import Path

import pytest

from sandbox.images.build import ensure_images
from sandbox.images.isolated import run
from sandbox.images.registry import seed, seed_node
from sandbox.node.packages import find
from tests.images.conftest import Heard, can_build, needs_root


@needs_root
@can_build
@pytest.mark.skipif(find("ctr") is None, reason="containerd is not installed")
def test_a_new_node_has_the_images_unpacked_and_shares_their_files(tiny: Path, tmp_path: Path) -> None:
    images = ensure_images(unpack=True)
    roots = [tmp_path / "one", tmp_path / "two"]
    roots[1].mkdir()
    assert [seed_node(root) for root in roots] == [True, True]
    hello, other = (next(root.rglob("fs/hello.txt")) for root in roots)
    assert (hello.read_text(), hello.samefile(other)) == ("base", True)
    database = next(roots[0].rglob("meta.db"))
    assert database.stat().st_nlink == 1, "each node writes its own records"
    (tmp_path / "config.toml").write_text(
        f'version = 2\n[plugins."io.containerd.internal.v1.opt"]\npath = "{tmp_path}/opt"\n'
    )
    listed = run(["sh", "-c", _LIST, "sh", str(roots[0]), str(tmp_path), str(len(images))], tmp_path / "log").split()
    assert {image.reference("127.0.0.1:25000") for image in images.values()} < set(listed)
    assert len([name for name in listed if name.startswith("sha256:")]) == len(images), "the kubelet sees them, too"

    (roots[1] / "in use").touch()
    hello.unlink()
    assert not seed_node(roots[1])
    assert other.exists()


_LIST = """
mount -t tmpfs tmpfs /run
containerd --root "$1" --state /run/state --address /run/socket --config "$2/config.toml" >&2 &
for _ in $(seq 200); do ctr --address /run/socket version >/dev/null 2>&1 && break; sleep 0.05; done
list() { ctr --address /run/socket --namespace k8s.io images check --quiet; }
# What serves the kubelet comes after containerd itself, and gives the images its own names first.
for _ in $(seq 200); do [ "$(list | grep -c ^sha256:)" -ge "$3" ] && break; sleep 0.05; done
list
kill $!; wait $!
"""


@needs_root
@can_build
def test_unpacked_images_follow_what_is_built(tiny: Path, tmp_path: Path, cache: Path) -> None:
    ensure_images(unpack=True)
    (tiny / "single" / "hello.txt").write_text("other")
    assert not seed_node(tmp_path / "early"), "nothing is given out that is not what the registry has"
    ensure_images(unpack=True)
    assert len(list((cache / "images" / "unpacked").iterdir())) == 2, "a clone at the version before has its own"
    (tiny / "single" / "hello.txt").write_text("third")
    ensure_images(unpack=True)
    assert len(list((cache / "images" / "unpacked").iterdir())) == 2, "each is large: the oldest goes"
    (tiny / "single" / "hello.txt").write_text("other")
    heard = Heard()
    ensure_images(heard, unpack=True)
    assert heard.lines == []
    assert seed_node(tmp_path / "late")
    assert next((tmp_path / "late").rglob("single.txt")).read_text() == "other"


@needs_root
@can_build
def test_if_unpacking_fails_the_images_are_there_all_the_same(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.images.unpacked._IMPORT", "echo no space left >&2; exit 1")
    heard = Heard()
    images = ensure_images(heard, unpack=True)
    assert ("images", "not unpacked (no space left): pods will pull them") in heard.lines
    assert not seed_node(tmp_path / "root")
    assert seed(tmp_path / "data") == {name: image.digest for name, image in images.items()}


@needs_root
@can_build
@pytest.mark.skipif(find("ctr") is None, reason="containerd is not installed")
def test_the_cache_may_be_deep(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * 100)
    (deep / "images").mkdir(parents=True)
    monkeypatch.setattr("sandbox.images.build.cache_dir", lambda: deep)
    ensure_images(unpack=True)
    assert seed_node(tmp_path / "root")


@needs_root
@can_build
@pytest.mark.skipif(find("ctr") is None, reason="containerd is not installed")
def test_a_containerd_that_ends_is_not_waited_for(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.images.unpacked._CONFIG", "version = [")
    heard = Heard()
    began = time.monotonic()
    ensure_images(heard, unpack=True)
    assert any("not unpacked" in line for _, line in heard.lines)
    assert time.monotonic() - began < 30
