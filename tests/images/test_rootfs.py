"""The base file system: from where, and what is taken out."""

import hashlib
import os
import tarfile
from pathlib import Path

import pytest

from catalog.errors import SlipwayError
from sandbox.images import rootfs


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "sources.list",
            "# deb http://commented/debian x main\ndeb [signed-by=/k] http://mirror/debian/ bookworm main\n",
        ),
        ("sources.list.d/debian.sources", "Types: deb\nURIs: http://mirror/debian\nSuites: bookworm\n"),
        ("sources.list.d/debian.list", "deb-src http://no/debian x\ndeb http://mirror/debian bookworm main\n"),
        ("sources.list", "deb http://mirror/debian-security x main\ndeb http://mirror/debian bookworm main\n"),
        (
            "sources.list.d/debian.sources",
            "Types: deb\nURIs: https://deb.nodesource.com/node_20.x\n\nURIs: http://s/debian-security http://mirror/debian\n",
        ),
    ],
)
def test_the_mirror_is_the_systems_own(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(text)
    assert rootfs.mirror((tmp_path / "sources.list", tmp_path / "sources.list.d")) == "http://mirror/debian"


@pytest.mark.parametrize("text", ["", "deb http://archive.ubuntu.com/ubuntu noble main\n"])
def test_without_a_debian_mirror_there_is_nothing_to_build_from(tmp_path: Path, text: str) -> None:
    (tmp_path / "sources.list").write_text(text)
    with pytest.raises(SlipwayError, match="add one, for example: deb http"):
        rootfs.mirror((tmp_path / "sources.list", tmp_path / "none"))


def tree(root: Path) -> Path:
    files = {
        "etc/resolv.conf": "nameserver 10.0.0.1",
        "etc/hostname": "this-machine",
        "etc/apt/sources.list": "deb http://mirror/debian bookworm main",
        "var/log/bootstrap.log": "x",
        "var/lib/dpkg/status-old": "x",
        "usr/lib/python3.11/os.py": "x",
        "usr/lib/python3.11/__pycache__/os.cpython-311.pyc": "times",
        "usr/lib/python3.11/EXTERNALLY-MANAGED": "x",
        "usr/share/doc/a/copyright": "x",
        "tmp/left": "x",
        "opt/keep": "x",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_nothing_of_this_machine_stays(tmp_path: Path) -> None:
    root = tree(tmp_path / "root")
    rootfs.clean(root)
    left = {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}
    blank = {"etc/resolv.conf", "etc/hostname", "etc/hosts", "etc/pip.conf", "etc/apt/sources.list"}
    assert left == {"usr/lib/python3.11/os.py": "x", "opt/keep": "x", **dict.fromkeys(blank, "")}
    assert (root / "tmp").stat().st_mode & 0o7777 == 0o1777
    assert (root / "opt" / "wheels").is_dir()


def test_the_archive_does_not_depend_on_when_and_by_whom(tmp_path: Path) -> None:
    digests = []
    for name, time in (("one", 1), ("two", 2)):
        root = tree(tmp_path / name)
        for path in root.rglob("*"):
            os.utime(path, (time, time))
        rootfs.pack(root, tmp_path / f"{name}.tar")
        digests.append(hashlib.sha256((tmp_path / f"{name}.tar").read_bytes()).hexdigest())
    assert digests[0] == digests[1]
    with tarfile.open(tmp_path / "one.tar") as tar:
        assert {member.mtime for member in tar} == {0}
