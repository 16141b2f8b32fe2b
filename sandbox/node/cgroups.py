"""The node's control groups: one directory in every hierarchy, below the one the caller is in.

Version 1 has one hierarchy per controller; version 2 has one for all. A machine that has controllers in version 1
is treated as version 1, also where an empty version 2 hierarchy is mounted beside it. Only the standard library.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

WANTED_V2 = ("cpu", "cpuset", "memory", "pids")
"""Controllers without which kubelet does not start on version 2."""


@dataclass(frozen=True)
class Hierarchy:
    """One mounted hierarchy.

    Args:
        version: 1 or 2.
        controllers: as the kernel names them; `name=systemd` for one without any.
        mount: where it is mounted.
        own: the caller's directory in it.
    """

    version: int
    controllers: tuple[str, ...]
    mount: Path
    own: Path


def hierarchies(own: str, mounts: str) -> list[Hierarchy]:
    """The hierarchies a process is in.

    Args:
        own: text of /proc/self/cgroup.
        mounts: text of /proc/self/mountinfo.
    """
    mounted = _mounted(mounts)
    first: list[Hierarchy] = []
    second: list[Hierarchy] = []
    for line in own.splitlines():
        number, names, path = line.split(":", 2)
        controllers = tuple(names.split(",")) if names else ()
        version = 2 if number == "0" and not names else 1
        for kind, options, root, mount in mounted:
            if kind == version and (version == 2 or set(controllers) <= options):
                found = Hierarchy(version, controllers, mount, _below(mount, root, path))
                (second if version == 2 else first).append(found)
                break
    real = [found for found in first if not found.controllers[0].startswith("name=")]
    return first if real else second


def _mounted(mounts: str) -> list[tuple[int, set[str], str, Path]]:
    """(version, super options, root of the mount, mount point) of every cgroup mount."""
    found = []
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if kind and kind[0] in ("cgroup", "cgroup2"):
            version = 2 if kind[0] == "cgroup2" else 1
            found.append((version, set(kind[2].split(",")), fields[3], Path(fields[4])))
    return found


def _below(mount: Path, root: str, path: str) -> Path:
    # In a container the mount shows a part of the tree only, while /proc names the whole path.
    inner = path.removeprefix(root) if root != "/" and path.startswith(root) else path
    return mount / inner.strip("/")


def node_path(hierarchy: Hierarchy, name: str) -> Path:
    """The node's own directory in a hierarchy.

    On version 2 a group that holds processes cannot hand controllers on, so the node goes below the root there;
    on version 1 it goes below the caller's own group and shares its limits.
    """
    return (hierarchy.mount if hierarchy.version == 2 else hierarchy.own) / name


def find() -> list[Hierarchy]:
    """The hierarchies this process is in."""
    return hierarchies(Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text())


def make(name: str) -> list[Path]:
    """Make the node's directory in every hierarchy.

    Raises:
        OSError: a hierarchy cannot be written, or version 2 does not hand on the controllers kubelet needs.
    """
    made = []
    for hierarchy in find():
        directory = node_path(hierarchy, name)
        if hierarchy.version == 2:
            hand_on(directory.parent, WANTED_V2)
        directory.mkdir(exist_ok=True)
        if "cpuset" in hierarchy.controllers:  # empty sets take no process in
            for file in ("cpuset.cpus", "cpuset.mems"):
                (directory / file).write_text((directory.parent / file).read_text())
        made.append(directory)
    return made


def hand_on(directory: Path, controllers: tuple[str, ...]) -> None:
    """Let the children of a version 2 group have these controllers.

    Raises:
        OSError: the kernel refuses; a group that holds processes itself cannot hand on.
    """
    file = directory / "cgroup.subtree_control"
    lacking = [name for name in controllers if name not in file.read_text().split()]
    if lacking:
        file.write_text(" ".join(f"+{name}" for name in lacking))


def join(directory: Path) -> None:
    """Move this process into a group."""
    (directory / "cgroup.procs").write_text("0")


def members(directory: Path) -> list[int]:
    """Every process in a group or below it."""
    pids = []
    for file in directory.glob("**/cgroup.procs"):
        with suppress(OSError):
            pids += [int(line) for line in file.read_text().split()]
    return sorted(pids)


def remove(directories: list[Path], seconds: float = 2.0) -> list[Path]:
    """Remove groups with all below them, waiting for dying processes to leave.

    Returns:
        Those that could not be removed in time.
    """
    deadline = time.monotonic() + seconds
    left = [directory for directory in directories if directory.is_dir()]
    while left:
        for directory in left:
            _remove(directory)
        left = [directory for directory in left if directory.is_dir()]
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    return left


def _remove(directory: Path) -> None:
    below = [path for path in directory.rglob("*") if path.is_dir()]
    for path in (*sorted(below, reverse=True), directory):
        with suppress(OSError):  # busy: tried again; gone: fine
            path.rmdir()
