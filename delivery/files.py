"""The files of an artifact: which they are, what is in them, and the one digest of them all."""

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from catalog.errors import SlipwayError

MANIFEST = "artifact.json"
"""The name of the document that says what an artifact holds; it is no part of its own digest."""

MAX_PATH_BYTES = 800
"""S3 allows keys of 1,024 bytes; the prefix before the path takes up to 150."""

_BLOCK = 1 << 20


@dataclass(frozen=True)
class File:
    """One file of an artifact.

    Args:
        path: relative, POSIX.
        size: bytes.
        sha256: of its content, 64 hex digits.
    """

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Source:
    """A file and where it lies on this machine."""

    file: File
    local: Path


def digest(files: Iterable[File]) -> str:
    """The digest of an artifact: `sha256:` and 64 hex digits, whatever the order of `files`."""
    rows = sorted([file.path, file.size, file.sha256] for file in files)
    document = json.dumps(rows, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(document.encode()).hexdigest()}"


def refusal(path: str) -> str:
    """Why `path` may not be a file's path inside an artifact; empty when it may."""
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    parts = path.split("/")
    if path.startswith("/"):
        return "it is absolute"
    if any(part in ("", ".", "..") for part in parts):
        return "it has an empty, `.` or `..` part"
    if any(ord(char) < 32 or ord(char) == 127 for char in path) or "\\" in path:
        return "it has a control character or a backslash"
    return f"it has {size} bytes, more than {MAX_PATH_BYTES}" if size > MAX_PATH_BYTES else ""


def scan(path: Path, workers: int = 4) -> list[Source]:
    """Reads the files of an artifact: those of a directory, or the one file `path`.

    Links are followed as long as they stay inside the directory. A top-level `artifact.json` is left out.

    Args:
        path: a directory with at least one file, or a file.
        workers: how many files are read at once.

    Raises:
        SlipwayError: nothing there, no file, a name that is not valid, a link that leads outside, a file that cannot
            be read or that changes meanwhile.
    """
    if not path.exists():
        raise SlipwayError(_shown(path), "", "there is no such file or directory", "give the path of the trained model")
    found = [(path.name, path)] if path.is_file() else _walk(path)
    if not found:
        raise SlipwayError(_shown(path), "", "the directory holds no file", "give the directory that holds the model")
    for name, local in found:
        if why := refusal(name):
            raise SlipwayError(_shown(local), "", f"{why}, so it cannot be a key in the store", "rename it")
    with ThreadPoolExecutor(workers) as pool:
        files = list(pool.map(lambda item: read(*item), found))
    return [Source(file, local) for file, (_, local) in zip(files, found, strict=True)]


def read(name: str, local: Path) -> File:
    """Reads one file and says what it is; refuses one that grows, shrinks or is written meanwhile."""
    sha256, size = hashlib.sha256(), 0
    with opened(local) as stream:
        before = _state(stream.fileno())
        while block := stream.read(_BLOCK):
            sha256.update(block)
            size += len(block)
        after = _state(stream.fileno())
    if before != after or size != after[0]:
        raise changed(local)
    return File(name, size, sha256.hexdigest())


@contextmanager
def opened(local: Path) -> Iterator[BinaryIO]:
    """The file, open for reading; every failure to read it is one clear error."""
    try:
        with local.open("rb") as stream:
            yield stream
    except OSError as error:
        why = f"it cannot be read: {error.strerror or error}"
        raise SlipwayError(_shown(local), "", why, "make it readable") from error


def changed(local: Path) -> SlipwayError:
    """The refusal of a file that is being written."""
    return SlipwayError(_shown(local), "", "it changed while it was read", "push again when nothing writes to it")


def _state(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_size, status.st_mtime_ns


def _walk(root: Path) -> list[tuple[str, Path]]:
    found: list[tuple[str, Path]] = []
    home = root.resolve()
    pending: list[tuple[str, Path, Sequence[Path]]] = [("", root, (home,))]
    while pending:
        prefix, folder, above = pending.pop()
        for entry in _listed(folder):
            name = f"{prefix}{entry.name}"
            target = _inside(entry, home)
            if target.is_dir():
                if target in above:
                    raise SlipwayError(_shown(entry), "", "this link leads round in a circle", "remove the link")
                pending.append((f"{name}/", entry, (*above, target)))
            elif not stat.S_ISREG(target.stat().st_mode):
                raise SlipwayError(_shown(entry), "", "it is neither a file nor a directory", "remove it")
            elif name != MANIFEST:
                found.append((name, entry))
    return sorted(found)


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise SlipwayError(_shown(folder), "", f"it cannot be read: {error.strerror}", "make it readable") from error


def _inside(entry: Path, home: Path) -> Path:
    try:
        target = entry.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        why = "it is a link that leads nowhere" if entry.is_symlink() else "it vanished"
        raise SlipwayError(_shown(entry), "", why, "remove it, or put the file there") from error
    if entry.is_symlink() and not target.is_relative_to(home):
        why = "it is a link that leads outside the artifact"
        raise SlipwayError(_shown(entry), _shown(target), why, "put a copy of the file in its place")
    return target


def _shown(path: Path) -> str:
    """The path as it can be printed: bytes that are not UTF-8 as `\\xNN`."""
    return str(path).encode(errors="surrogateescape").decode(errors="backslashreplace")
