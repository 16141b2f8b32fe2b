"""Writes lock files: what a stack runs of the mutable references of its declarations.

`stacks.locks` reads them and says what an entry holds.
"""

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import SlipwayError
from stacks.locks import LockEntry, LockFile, read


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """An entry of a lock before and after; None: it is not there."""

    key: str
    before: LockEntry | None
    after: LockEntry | None


def artifact_key(name: str) -> str:
    """The key of an artifact's entry."""
    return f"artifact:{name}"


def image_key(name: str) -> str:
    """The key of an image's entry."""
    return f"image:{name}"


def render(lock: LockFile) -> bytes:
    """The bytes of a lock file: the same entries are the same bytes, and a changed entry is a small diff."""
    return (
        json.dumps(lock.model_dump(exclude_none=True), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    ).encode()


def update(path: Path, changes: Mapping[str, LockEntry | None]) -> bool:
    """Puts `changes` into the lock file and leaves every other entry as it is; None removes one.

    An entry that says what is there already keeps its date. Several processes may do this at once; a reader sees the
    old file or the new one, never a part.

    Returns:
        Whether the file changed.

    Raises:
        SlipwayError: the file is malformed (then it is left as it is), or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _held(path.parent):
            old = read(path)
            entries = {key: entry for key, entry in old.entries.items() if key not in changes}
            for key, entry in changes.items():
                if entry is not None:
                    before = old.entries.get(key)
                    entries[key] = before if before and _same(before, entry) else entry
            new = LockFile(entries=entries)
            if new == old and path.exists():
                return False
            _replace(path, render(new))
            return True
    except OSError as error:
        why = f"the lock file cannot be written: {error.strerror or error}"
        raise SlipwayError(str(path), "", why, "make its directory writable, with room on the disk") from error


def changes(path: Path, entries: Mapping[str, LockEntry | None]) -> list[Change]:
    """Does an `update` and says what became of each entry; errors as there."""
    before = read(path).entries
    update(path, entries)
    after = read(path).entries
    return [Change(key=key, before=before.get(key), after=after.get(key)) for key in sorted(entries)]


def _same(one: LockEntry, other: LockEntry) -> bool:
    return one.model_copy(update={"date": other.date}) == other


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """One writer at a time, by a lock on the directory itself: it leaves no file behind and ends with its process."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
