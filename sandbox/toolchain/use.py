"""Which tools in the cache are used, and the end of those that are not: every version of Slipway has its own."""

import fcntl
import os
import re
import shutil
import time
from pathlib import Path

import psutil

KEPT_DAYS = 30.0

_KEY = re.compile(r"[0-9a-f]{20}")
_STAMP = "used"
_GONE = ".gone"
_DAY = 86400.0


def hold(root: Path) -> int | None:
    """Notes that the tools below a directory are used now, and keeps them from `prune` until this process ends.

    Returns:
        The open lock; None where nothing has been made yet, or the cache may only be read.
    """
    try:
        stamp = os.open(root / _STAMP, os.O_CREAT | os.O_RDWR, 0o644)
        fcntl.flock(stamp, fcntl.LOCK_SH)
        os.utime(stamp)
    except OSError:
        return None
    return stamp


def prune(directory: Path, keep: Path, days: float) -> list[Path]:
    """Removes the tools that nobody has used for so long and nobody uses now. The caller holds the build lock.

    Args:
        directory: with one folder for each key.
        keep: the folder that stays whatever its age.
        days: since the last use.

    Returns:
        What was removed.
    """
    for left in directory.glob(f"*{_GONE}"):  # an earlier removal was interrupted
        shutil.rmtree(left, ignore_errors=True)
    old = [
        root
        for root in directory.iterdir()
        if _KEY.fullmatch(root.name) and root != keep and time.time() - _last_use(root) >= days * _DAY
    ]
    running = _running() if old else []
    removed = []
    for root in old:
        if any(program.is_relative_to(root) for program in running) or not _taken(root):
            continue
        shutil.rmtree(root.with_name(root.name + _GONE), ignore_errors=True)
        removed.append(root)
    return removed


def _last_use(root: Path) -> float:
    try:
        return (root / _STAMP).stat().st_mtime
    except OSError:
        return root.stat().st_mtime


def _taken(root: Path) -> bool:
    """Moves a folder out of everybody's way, unless somebody holds it; whoever comes now finds nothing there."""
    stamp = os.open(root / _STAMP, os.O_CREAT | os.O_RDWR, 0o644)
    try:
        fcntl.flock(stamp, fcntl.LOCK_EX | fcntl.LOCK_NB)
        root.rename(root.with_name(root.name + _GONE))
    except OSError:
        return False
    finally:
        os.close(stamp)
    return True


def _running() -> list[Path]:
    """The programs that run on this machine: a sandbox of another clone starts no command of Slipway for months."""
    found = (process.info["exe"] for process in psutil.process_iter(["exe"]))
    return [Path(program).resolve() for program in found if program]
