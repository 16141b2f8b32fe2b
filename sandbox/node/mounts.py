"""Mounts of the node: everything here happens in its own mount namespace and ends with it.

Only the standard library: the node's PID 1 imports this.
"""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

from sandbox.node import cgroups
from sandbox.node.layout import INSIDE, Layout

BIND = 0x1000 | 0x4000  # MS_BIND | MS_REC
CLONE_NEWCGROUP = 0x02000000
_libc = ctypes.CDLL(None, use_errno=True)

HOST_WIDE = (
    "vm/overcommit_memory",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)
"""Settings kubelet writes that no namespace keeps apart from the host."""


def mount(source: str | Path, target: Path, kind: str = "", flags: int = 0, data: str = "") -> None:
    """mount(2).

    Raises:
        OSError: the kernel refuses; the target is its file name.
    """
    arguments = (str(source).encode(), str(target).encode(), kind.encode(), ctypes.c_ulong(flags), data.encode())
    if _libc.mount(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"cannot mount {kind or source}: {os.strerror(number)}", str(target))


def unshare_cgroup() -> None:
    """Make the groups this process is in the roots it sees.

    Raises:
        OSError: the kernel refuses.
    """
    if _libc.unshare(CLONE_NEWCGROUP):
        number = ctypes.get_errno()
        raise OSError(number, f"cannot make a cgroup namespace: {os.strerror(number)}")


def cover(directory: Path, keep: Iterable[Path]) -> None:
    """Put an empty private file system over a directory of the host; the kept paths below it stay visible.

    Raises:
        OSError: the kernel refuses.
    """
    real = directory.resolve()
    held = []
    for path in keep:
        where = path.resolve()
        if where.is_dir() and where.is_relative_to(real):
            held.append((where, os.open(where, os.O_PATH)))
    mount("tmpfs", real, "tmpfs", data="mode=755")
    for where, descriptor in held:
        where.mkdir(parents=True, exist_ok=True)
        mount(f"/proc/self/fd/{descriptor}", where, flags=BIND)
        os.close(descriptor)


def arrange(root: Path, keep: tuple[Path, ...], *, real_pods: bool) -> None:
    """Make the node's view of the file system; afterwards its directory is at `/run/node`.

    Args:
        root: the node's directory on this machine.
        keep: directories that stay visible where they are.
        real_pods: also arrange what kubelet and containers need.

    Raises:
        OSError: the kernel refuses a mount.
    """
    groups = cgroups.find() if real_pods else []  # read before the new /proc and /sys hide the host's
    held = os.open(root, os.O_PATH)
    mount("proc", Path("/proc"), "proc")
    if real_pods:
        _hide_settings(root / "data/tmp")
        _own_sysfs(groups)
    cover(Path("/run"), keep)
    INSIDE.mkdir()
    mount(f"/proc/self/fd/{held}", INSIDE, flags=BIND)
    os.close(held)
    if real_pods:
        inside = Layout.inside()
        mount(inside.data / "varlog", Path("/var/log"), flags=BIND)
        cover(Path("/var/lib"), keep)
        Path("/var/lib/kubelet").mkdir()
        mount(inside.data / "kubelet", Path("/var/lib/kubelet"), flags=BIND)


def _hide_settings(directory: Path) -> None:
    """Let kubelet write plain files instead of settings of the whole machine."""
    for setting in HOST_WIDE:
        file = directory / setting.replace("/", ".")
        file.write_text("0\n")
        mount(file, Path("/proc/sys") / setting, flags=BIND)


def _own_sysfs(groups: list[cgroups.Hierarchy]) -> None:
    """A /sys that shows the node's own network devices and its own part of the control groups."""
    mount("sysfs", Path("/sys"), "sysfs")
    base = Path("/sys/fs/cgroup")
    if groups and groups[0].version == 2:
        mount("cgroup2", base, "cgroup2")
        cgroups.hand_on(base, cgroups.WANTED_V2)
        return
    mount("tmpfs", base, "tmpfs", data="mode=755")
    for group in groups:
        target = base / group.mount.name
        target.mkdir()
        named = group.controllers[0].startswith("name=")
        mount("cgroup", target, "cgroup", data=",".join((("none",) if named else ()) + group.controllers))
