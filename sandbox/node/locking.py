"""One change of the node at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import filelock

from catalog.errors import SlipwayError
from sandbox.node.layout import Layout


@contextmanager
def exclusive(layout: Layout, what: str) -> Iterator[None]:
    """Hold the node for one change; the system lets go of it when this process ends, however it ends.

    Args:
        layout: where things are on this machine.
        what: the change, for the error another process shows.

    Raises:
        SlipwayError: another process holds it; named with its pid.
    """
    holder = layout.root / "lock.holder"  # beside the lock, which is emptied by whoever tries to take it
    lock = filelock.FileLock(layout.lock, mode=0o600, thread_local=False, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        found = holder.read_text() if holder.exists() else "another process"
        raise SlipwayError(
            f"sandbox {what}",
            str(layout.root),
            f"{found} is changing this sandbox",
            "wait until it has ended (or stop it), then run this again",
        ) from error
    try:
        holder.write_text(f"`{what}` of pid {os.getpid()}")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
