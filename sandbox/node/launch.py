"""The host half of a start: control groups, then one process that owns the node's namespaces.

`start` runs this module as a program. It leaves a process behind that belongs to nobody's terminal, has written itself
down as the owner, and has become unshare(1) with the node's PID 1 as its child. Whoever kills it ends the node.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from catalog.errors import SlipwayError
from sandbox.node import cgroups, mounts
from sandbox.node.layout import Layout, write_private
from sandbox.node.processes import record_self

LEAF = "daemons"
"""Where the node's processes are on version 2: a group that hands controllers on must not hold processes itself."""
CLONE = Path(__file__).resolve().parent.parent.parent


def command(layout: Layout, sockets: Iterable[int], namespaces: Iterable[str], unshare: Path) -> list[str]:
    """The owner's command line."""
    numbers = ",".join(map(str, sockets))
    node = [sys.executable, "-m", "sandbox.node.init", "--root", str(layout.root), "--sockets", numbers]
    return [str(unshare), *namespaces, *node]


def start(layout: Layout, digest: str, argv: list[str], sockets: list[int]) -> None:
    """Start the node; returns as soon as its owner runs.

    Args:
        layout: where things are on this machine.
        digest: of the plan the node gets.
        argv: the owner's command line.
        sockets: descriptors the owner inherits.

    Raises:
        SlipwayError: it could not be started.
    """
    program = [sys.executable, "-m", "sandbox.node.launch", str(layout.root), digest, *argv]
    done = subprocess.run(program, pass_fds=sockets, cwd=CLONE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SlipwayError(
            "sandbox start",
            argv[0],
            f"the node's first process could not be started: {done.stderr.strip()[-500:]}",
            "see `slipway sandbox logs node`",
        )


def make_groups(layout: Layout, name: str) -> None:
    """Make the node's control groups and write them down first, so that a kill in between leaves nothing unknown.

    Raises:
        SlipwayError: they cannot be made.
    """
    paths = [cgroups.node_path(group, name) for group in cgroups.find()]
    write_private(layout.cgroups, "".join(f"{path}\n" for path in paths))
    try:
        cgroups.make(name)
    except OSError as error:
        raise SlipwayError(
            str(error.filename or "control groups"),
            error.strerror or "",
            "the node's control groups cannot be made",
            "run as the root of the machine, or with control groups of its own (a container: --cgroupns=private)",
        ) from error


def groups_of(layout: Layout) -> list[Path]:
    """The control groups that were written down."""
    return [Path(line) for line in layout.cgroups.read_text().splitlines()] if layout.cgroups.exists() else []


def main() -> None:
    """Leave the owner behind; what keeps it from starting goes to standard error, with exit code 1.

    Arguments: the node's directory, the plan's digest, the owner's command line.
    """
    root, digest, *argv = sys.argv[1:]
    # The pipe closes itself when the child becomes the owner; until then it carries what went wrong.
    told, tell = os.pipe()
    if os.fork():
        os.close(tell)
        with os.fdopen(told) as pipe:
            sys.exit(pipe.read() or 0)
    try:
        _become_owner(Layout(Path(root)), digest, argv)
    except OSError as error:
        os.write(tell, f"{error.filename or ''} {error}\n".encode())
        os._exit(1)


def _become_owner(layout: Layout, digest: str, argv: list[str]) -> None:
    os.setsid()
    log = os.open(layout.logs / "node.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    groups = groups_of(layout)
    for group in groups:
        cgroups.join(group)
    if groups:
        mounts.unshare_cgroup()
    if len(groups) == 1 and (groups[0] / "cgroup.subtree_control").exists():
        leaf = groups[0] / LEAF
        leaf.mkdir(exist_ok=True)
        cgroups.join(leaf)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    record_self(layout, digest)
    os.execv(argv[0], argv)  # noqa: S606 - this is the point: become unshare


if __name__ == "__main__":
    main()
