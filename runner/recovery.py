"""After a run that was ended in its middle: the next one takes everything up again, and nothing else is needed.

What a killed engine leaves is a lock that nobody holds and a state that does not know what was made, changed and
deleted since. Locks are dropped here, and operations that an engine called by hand left pending. The next run refreshes
the state: then it knows what was changed and deleted. Objects that it does not know are adopted by the providers when
they bear this stack's marker and the same URN; whatever bears the marker and is not declared is removed at the end.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock
import psutil

from catalog.errors import SlipwayError
from catalog.places import CLONE
from runner.workspace import Workspace, checkpoint, directory, latest


@dataclass
class Hold:
    """A run that has the stack to itself.

    Attributes:
        interrupted: a run was ended in its middle, and none has taken that up to its end since.
        broken: the next run is to be told so.
    """

    interrupted: bool
    broken: bool


@contextmanager
def one_at_a_time(stack: str) -> Iterator[Hold]:
    """Holds the stack for one run.

    Raises:
        SlipwayError: another run of this stack is under way.
    """
    root = directory()
    root.mkdir(parents=True, exist_ok=True)
    journal = root / f"run-{stack}.json"
    lock = filelock.FileLock(root / f"run-{stack}.lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise SlipwayError("stack", stack, f"another run is under way: {_holder(journal)}", "wait for it") from error
    with lock:
        hold = Hold(interrupted=journal.exists(), broken=journal.exists())
        journal.write_text(json.dumps({"pid": os.getpid(), "since": time.strftime("%H:%M:%S")}))
        try:
            yield hold
        finally:
            if not hold.broken:
                journal.unlink()


def _holder(journal: Path) -> str:
    try:
        said = json.loads(journal.read_text())
    except (OSError, ValueError):
        return "it is just starting"
    return f"process {said['pid']}, since {said['since']}"


def recover(workspace: Workspace) -> list[str]:
    """Makes the state usable again after a run that was ended in its middle; says what it did."""
    return [*_drop_dead_locks(workspace), *_drop_pending(workspace)]


def _drop_dead_locks(workspace: Workspace) -> Iterator[str]:
    """Removes the backend's locks whose engine is gone. The caller holds the stack's own lock."""
    if workspace.backend is None:
        return
    for path in (workspace.backend / ".pulumi" / "locks").rglob("*.json"):
        try:
            pid = json.loads(path.read_text())["pid"]
        except (OSError, ValueError, KeyError):
            pid = -1
        if pid > 0 and psutil.pid_exists(pid) and "pulumi" in _name(pid):
            raise SlipwayError(
                "stack", workspace.stack, f"an engine of an earlier run is still at work (process {pid})",
                f"wait for it, or end it: kill {pid}",
            )  # fmt: skip
        path.unlink(missing_ok=True)
        yield "a lock that nobody holds any more was removed"


def _name(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else process.name()
    except psutil.NoSuchProcess:
        return ""


def _drop_pending(workspace: Workspace) -> Iterator[str]:
    """Forgets operations that were under way: what they made is found by its marker, what they did not is made."""
    if workspace.backend is None or not checkpoint(workspace).exists():
        return
    pending = latest(checkpoint(workspace)).get("pending_operations") or []
    if not pending:
        return
    exported = _pulumi(workspace, "stack", "export")
    deployment = json.loads(exported)
    deployment["deployment"]["pending_operations"] = []
    _pulumi(workspace, "stack", "import", "--force", given=json.dumps(deployment))
    yield f"{len(pending)} operations that were under way are taken up again"


def _pulumi(workspace: Workspace, *arguments: str, given: str | None = None) -> str:
    command = [str(workspace.pulumi), *arguments, "-s", workspace.stack, "--cwd", str(CLONE), "--non-interactive"]
    done = subprocess.run(
        command, env=workspace.full_environment, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SlipwayError(f"pulumi {' '.join(arguments)}", workspace.stack, done.stderr.strip(), "see the message")
    return done.stdout
