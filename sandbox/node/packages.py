"""Programs of the system that real pods need; installed with apt-get where they are missing, after saying so."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from catalog.errors import SlipwayError
from sandbox.node.progress import Progress

PROGRAMS: Mapping[str, str] = {
    "ip": "iproute2",
    "unshare": "util-linux",
    "containerd": "containerd",
    "containerd-shim-runc-v2": "containerd",
    "runc": "runc",
    "nft": "nftables",
    "conntrack": "conntrack",
    "buildah": "buildah",
    "debootstrap": "debootstrap",
}
"""Program -> Debian package. The last two build the images."""

SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where they are looked for beside PATH: not every user has the sbin directories there."""

PLUGIN_DIRS = (Path("/usr/lib/cni"), Path("/opt/cni/bin"), Path("/usr/libexec/cni"))
PLUGINS = ("ptp", "host-local", "loopback")
PLUGIN_PACKAGE = "containernetworking-plugins"
NO_SERVICES = Path("/usr/sbin/policy-rc.d")


def search_path() -> str:
    """PATH with the system's own directories at its end."""
    return f"{os.environ.get('PATH', '')}:{SEARCH}".lstrip(":")


def find(program: str) -> Path | None:
    """The program's absolute path."""
    found = shutil.which(program, path=search_path())
    return Path(found) if found else None


def plugins() -> Path | None:
    """The directory that holds the CNI plugins the node uses."""
    return next((path for path in PLUGIN_DIRS if all((path / name).exists() for name in PLUGINS)), None)


def lacking() -> list[str]:
    """The Debian packages whose programs are missing, sorted."""
    missing = {package for program, package in PROGRAMS.items() if find(program) is None}
    if plugins() is None:
        missing.add(PLUGIN_PACKAGE)
    return sorted(missing)


def installable() -> bool:
    """Whether packages can be installed here at all."""
    return os.geteuid() == 0 and find("apt-get") is not None


def install(packages: list[str], progress: Progress) -> None:
    """Install Debian packages without starting any service of theirs.

    Raises:
        SlipwayError: there is no apt-get, or it failed.
    """
    names = " ".join(packages)
    if not installable():
        raise SlipwayError(
            "sandbox packages",
            names,
            "real pods need these packages and they cannot be installed here (no apt-get, or not root)",
            "install them with this system's package manager",
        )
    begun = time.monotonic()
    progress("packages", f"installing missing system packages with apt-get: {names}", 0.0)
    with _services_kept_off():
        _apt("update")
        _apt("install", "-y", "--no-install-recommends", *packages)
    progress("packages", "installed", time.monotonic() - begun)


def _apt(*arguments: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", "-q", *arguments], capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise SlipwayError(
            f"apt-get {arguments[0]}",
            f"exit {done.returncode}",
            " / ".join(last) or "it said nothing",
            f"run it by hand: apt-get {' '.join(arguments)}",
        )


@contextmanager
def _services_kept_off() -> Iterator[None]:
    """Packages start their services when they are installed; the sandbox runs its own, on nothing of the host's."""
    if NO_SERVICES.exists():
        yield
        return
    NO_SERVICES.write_text("#!/bin/sh\nexit 101\n")
    NO_SERVICES.chmod(0o755)
    try:
        yield
    finally:
        NO_SERVICES.unlink()
