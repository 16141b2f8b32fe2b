"""Processes as /proc shows them: is that one still the one we started, and who belongs to it?

Only the standard library: the node's PID 1 and the launcher import this.
"""

import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from sandbox.node.layout import Layout, write_private

PROC = Path("/proc")


@dataclass(frozen=True)
class Owner:
    """The outermost process of a node: whoever kills it ends the whole node.

    Args:
        pid: its process id on this machine.
        started: its start time in clock ticks since boot; with the pid it names one process for ever.
        plan: digest of the plan the node was started with.
    """

    pid: int
    started: int
    plan: str

    @property
    def alive(self) -> bool:
        """Whether that very process runs (a zombie does not)."""
        return started(self.pid) == self.started


def started(pid: int) -> int | None:
    """Start time of a process in clock ticks since boot; None if it is gone or only waits to be reaped."""
    fields = _stat(pid)
    # A dead first thread is a zombie while others still end: gone is who has no other thread.
    gone = not fields or (fields[_STATE] in "ZX" and int(fields[_THREADS]) <= 1)
    return None if gone else int(fields[_STARTED])


_STATE, _PARENT, _THREADS, _STARTED = 0, 1, 17, 19


def _stat(pid: int) -> list[str]:
    """The fields after the command's name, which may hold anything; none if the process is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def read_owner(layout: Layout) -> Owner | None:
    """The owner the state directory names, alive or not."""
    try:
        raw = json.loads(layout.owner.read_text())
        return Owner(int(raw["pid"]), int(raw["started"]), str(raw["plan"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def record_self(layout: Layout, plan: str) -> None:
    """Write down that this process owns the node."""
    pid = os.getpid()
    write_private(layout.owner, json.dumps({"pid": pid, "started": started(pid), "plan": plan}))


def of_node(layout: Layout) -> list[int]:
    """The owner and PID 1 of the node in this directory, by their command lines: found also when nothing names them."""
    words = {"sandbox.node.init", str(layout.root)}
    return [pid for pid in _all() if words <= set(_argv(pid)) and started(pid) is not None]


def _all() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _argv(pid: int) -> list[str]:
    try:
        return (PROC / str(pid) / "cmdline").read_text(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []


def children(pid: int) -> list[int]:
    """The living children of a process."""
    return [
        child for child in _all() if _stat(child)[_PARENT : _PARENT + 1] == [str(pid)] and started(child) is not None
    ]


def inner_pid(pid: int) -> int | None:
    """The id a process has in its own pid namespace."""
    try:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return None
    for line in lines:
        if line.startswith("NSpid:"):
            return int(line.split()[-1])
    return None


def kill(pid: int) -> None:
    """SIGKILL, nothing if the process is gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_gone(pids: list[int], seconds: float) -> list[int]:
    """Wait until the processes are gone, reaping those that are our own children.

    Returns:
        Those still there after `seconds`.
    """
    deadline = time.monotonic() + seconds
    left = pids
    while left:
        for pid in left:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                continue
        left = [pid for pid in left if started(pid) is not None]
        if time.monotonic() > deadline:
            break
        time.sleep(0.005)
    return left
