"""What has been made, on disk: files of one key, and a manifest that says what they must be."""

import contextlib
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Origin = Literal["path", "official", "built", "wheel", "debian"]
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Item:
    """Something made: a tool or a folder of data.

    Args:
        name: of the tool or the data.
        version: with its leading v; the key for our own programs.
        origin: how it was had.
        main: the file or folder that is asked for, relative to the store.
        files: every file, relative to the store, and its SHA-256.
    """

    name: str
    version: str
    origin: Origin
    main: str
    files: Mapping[str, str]


class Store:
    """The directory of one key.

    Reading needs no lock. Writing is done by the one holder of the build lock; every file is put in place whole, and
    the manifest names it only after that: what an interruption leaves is either complete or not there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._manifest = root / "manifest.json"
        self._checked = root / "checked.json"
        self._lock = threading.Lock()  # several things are made at once, by one process

    def item(self, name: str) -> Item | None:
        """What the manifest says of a name; its files are not looked at."""
        found = _read(self._manifest)
        entry = found.get("items", {}).get(name) if found.get("format") == _FORMAT else None
        return Item(**entry) if entry else None

    def path(self, item: Item) -> Path:
        """The file or folder that is asked for."""
        return self.root / item.main

    def fault(self, item: Item) -> str:
        """Why an item must not be used, or an empty string.

        A file is read only if its size or one of its times differs from when it was last read: that finds whatever a
        program did to it, in microseconds.
        """
        checked = _read(self._checked)
        news: dict[str, list[object]] = {}
        for relative, digest in item.files.items():
            path = self.root / relative
            try:
                signature = _signature(path)
            except OSError:
                return f"{path} is missing"
            if checked.get(relative) == [*signature, digest]:
                continue
            if digest_of(path) != digest:
                return f"{path} has been changed since it was made"
            news[relative] = [*signature, digest]
        if news:
            with contextlib.suppress(OSError), self._lock:  # a cache that may only be read is fine, if slower
                _write(self._checked, _read(self._checked) | news)
        return ""

    @contextlib.contextmanager
    def staging(self, name: str) -> Iterator[Path]:
        """An empty directory on the store's own file system, gone afterwards."""
        path = self.root / "staging" / f"{name}.{os.getpid()}"
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def put(self, staged: Path, *, name: str, version: str, origin: Origin, main: str) -> Item:
        """Takes over every file below a staged directory, which is laid out as the store is.

        Args:
            staged: a directory of `staging`; left empty.
            name: see `Item`; likewise `version`, `origin` and `main`.
        """
        files: dict[str, str] = {}
        for source in sorted(path for path in staged.rglob("*") if path.is_file()):
            relative = source.relative_to(staged).as_posix()
            files[relative] = digest_of(source)
            target = self.root / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
        item = Item(name, version, origin, main, files)
        with self._lock:
            items = _read(self._manifest).get("items", {})
            _write(self._manifest, {"format": _FORMAT, "items": items | {name: asdict(item)}})
        return item

    def sweep(self) -> None:
        """Removes what interrupted builds left in the staging directory."""
        shutil.rmtree(self.root / "staging", ignore_errors=True)


def digest_of(path: Path, algorithm: str = "sha256") -> str:
    """The digest of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _signature(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _read(path: Path) -> dict[str, Any]:
    """A JSON object; empty if there is none or it is damaged, since all of it can be made again."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(path: Path, content: object) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
    temporary.replace(path)
