"""The file system of the base image: a minimal Debian with Python, from the mirror this system itself uses."""

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

from catalog.errors import SlipwayError
from sandbox.images.isolated import run

SUITE = "bookworm"
PACKAGES = ("ca-certificates", "python3", "python3-pip-whl")
_EMPTIED = (
    "tmp",
    "var/cache/apt",
    "var/cache/ldconfig",
    "var/lib/apt/lists",
    "var/log",
    "usr/share/doc",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/man",
)
_REMOVED = ("etc/machine-id", "usr/lib/python3.11/EXTERNALLY-MANAGED", "var/lib/systemd")
_BLANK = ("etc/apt/sources.list", "etc/hostname", "etc/hosts", "etc/pip.conf", "etc/resolv.conf")
"""What belongs to the machine the image is built on; the build mounts its own pip.conf over the empty one."""
_SOURCES = (Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d"))


def build(context: Path, log: Path) -> None:
    """Makes `rootfs.tar` in the build context; what debootstrap says goes to the log.

    Raises:
        SlipwayError: this system has no Debian mirror, or debootstrap failed.
    """
    root = context / "rootfs"
    include = f"--include={','.join(PACKAGES)}"
    run(
        ["debootstrap", "--variant=minbase", include, SUITE, str(root), mirror(_SOURCES)],
        log,
        _proxy(),
    )
    clean(root)
    pack(root, context / "rootfs.tar")
    shutil.rmtree(root)


def mirror(sources: tuple[Path, Path]) -> str:
    """The address of the Debian archive in apt's sources: a file in the old form, a directory with both forms.

    Raises:
        SlipwayError: none of them is a Debian archive.
    """
    single, folder = sources
    files = [single, *sorted(folder.glob("*.list")), *sorted(folder.glob("*.sources"))]
    for file in files:
        if file.exists():
            for address in _addresses(file.read_text(), deb822=file.suffix == ".sources"):
                if re.search(r"/debian(?!-security)[^/]*/?$", address):
                    return address.rstrip("/")
    raise SlipwayError(
        str(single), "", "apt's sources name no Debian archive (.../debian), so there is nothing to build images from",
        f"add one, for example: deb http://deb.debian.org/debian {SUITE} main",
    )  # fmt: skip


def clean(root: Path) -> None:
    """Takes out caches, documentation, bytecode with times in it, and all that names this machine."""
    for name in _EMPTIED:
        folder = root / name
        if folder.is_dir():
            shutil.rmtree(folder)
            folder.mkdir()
    (root / "tmp").chmod(0o1777)
    for cache in [*root.rglob("__pycache__")]:
        shutil.rmtree(cache)
    for name in _REMOVED:
        path = root / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for name in _BLANK:
        (root / name).unlink(missing_ok=True)
        (root / name).touch(mode=0o644)
    (root / "opt" / "wheels").mkdir()  # where a build finds the wheels this machine has in directories
    for backup in [*root.glob("var/lib/dpkg/*-old"), *root.glob("var/cache/debconf/*-old")]:
        backup.unlink()


def pack(root: Path, archive: Path) -> None:
    """The tree as a tar archive, sorted, without names of users and without times."""

    def neutral(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uname = member.gname = ""
        member.mtime = 0
        return member

    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(root.rglob("*")):
            tar.add(path, arcname=str(path.relative_to(root)), recursive=False, filter=neutral)


def _addresses(text: str, *, deb822: bool) -> Iterator[str]:
    if deb822:
        for line in re.findall(r"(?mi)^URIs:(.*)$", text):
            yield from line.split()
    else:
        yield from re.findall(r"(?m)^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)", text)


def _proxy() -> dict[str, str]:
    """The proxy apt goes through, for debootstrap, which asks apt for nothing."""
    if not shutil.which("apt-config"):
        return {}
    asked = ["apt-config", "shell", "http_proxy", "Acquire::http::Proxy", "https_proxy", "Acquire::https::Proxy"]
    answer = subprocess.run(asked, capture_output=True, text=True, env=dict(os.environ), check=False).stdout
    return dict(re.findall(r"(?m)^(\w+)='(.*)'$", answer))
