"""One build at a time for all clones that share the cache."""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import filelock

from catalog.places import CLONE
from sandbox.toolchain.progress import Progress

_POLL = 0.2  # seconds between two attempts; only the first one says that it waits
_MOMENT = 2.0  # seconds, from having the lock to having written who has it


@contextlib.contextmanager
def build_lock(directory: Path, progress: Progress) -> Iterator[None]:
    """Holds the build lock of a cache, and says for whom it waits if another build has it.

    The kernel gives the lock back with the process, however that ends.
    """
    directory.mkdir(parents=True, exist_ok=True)
    lock, holder = filelock.FileLock(directory / "lock", poll_interval=_POLL), directory / "lock.holder"
    if not _acquired(lock, 0):
        who = _holder(holder, lock)
        if who:
            progress.say(f"waiting for {who}")
            lock.acquire()
    try:
        now = datetime.now().astimezone()
        holder.write_text(json.dumps({"pid": os.getpid(), "clone": str(CLONE), "since": f"{now:%H:%M:%S}"}))
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _acquired(lock: filelock.BaseFileLock, seconds: float) -> bool:
    try:
        lock.acquire(timeout=seconds)
    except filelock.Timeout:
        return False
    return True


def _holder(path: Path, lock: filelock.BaseFileLock) -> str | None:
    """Who has the lock, or None once it is ours; who has just got it is given a moment to write that down."""
    until = time.monotonic() + _MOMENT
    while True:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            facts = json.loads(path.read_text())
            return f"{facts['clone']} (process {facts['pid']}), which has been building since {facts['since']}"
        if _acquired(lock, _POLL):
            return None
        if time.monotonic() >= until:
            return "another build that shares this cache"
