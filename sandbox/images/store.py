"""The cache of finished images: blobs by digest, and a record for each image that says what it was made from."""

import dataclasses
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from catalog.errors import SlipwayError
from sandbox.images.image import Image

_KEPT = 2
"""Records of one name that stay: clones at neighbouring versions share the cache."""
_READ = 0.0
"""The time of a blob that was read and is what its digest says: whatever writes to it sets another."""
_KEPT_SECONDS = 30 * 86400
"""Since an image was last asked for; whoever asks then builds it again."""


class Store:
    """A directory with images; every method leaves it whole, however it ends.

    Args:
        directory: made where it is missing.
    """

    def __init__(self, directory: Path) -> None:
        self._blobs = directory / "blobs"
        self._records = directory / "records"
        for folder in (self._blobs, self._records):
            folder.mkdir(parents=True, exist_ok=True)

    def blob(self, digest: str) -> Path:
        """Where a blob is."""
        return self._blobs / digest.removeprefix("sha256:")

    def find(self, name: str, key: str) -> Image | None:
        """The image made from that key; None where it is not there whole, or is not what it was: it is made again."""
        record = self._record(name, key)
        image = _read(record)
        if image is None or not all(self._is_sound(digest, size) for digest, size in image.blobs.items()):
            return None
        try:
            os.utime(record)
        except FileNotFoundError:  # another build has taken it away just now
            return None
        return image

    def add(self, name: str, key: str, layout: Path) -> Image:
        """Takes over an OCI image layout; its blobs are moved.

        Raises:
            SlipwayError: a blob is not what its name says.
        """
        digest = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
        manifest = json.loads(_layout_blob(layout, digest).read_text())
        blobs = {}
        for item in (digest, manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])):
            blobs[item] = self._take(_layout_blob(layout, item), item)
        image = Image(name=name, key=key, digest=digest, blobs=blobs)
        record = self._record(name, key)
        temporary = record.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(dataclasses.asdict(image), indent=1))
        temporary.replace(record)
        return image

    def layout(self, image: Image, directory: Path) -> None:
        """Lays the image out as an OCI image layout that shares its blobs by hard links."""
        blobs = directory / "blobs" / "sha256"
        blobs.mkdir(parents=True)
        for digest in image.blobs:
            link(self.blob(digest), blobs / digest.removeprefix("sha256:"))
        entry = {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": image.digest,
            "size": image.blobs[image.digest],
        }
        (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))

    def prune(self) -> None:
        """Removes what newer images of the same name have replaced, what was not asked for in 30 days, and their blobs.

        A registry that has a blob keeps it: it has a link of its own.
        """
        by_name: dict[str, list[tuple[float, Path]]] = {}
        for record in self._records.iterdir():
            image = _read(record)
            if image is None:
                record.unlink()
            else:
                by_name.setdefault(image.name, []).append((record.stat().st_mtime, record))
        oldest = time.time() - _KEPT_SECONDS
        for entries in by_name.values():
            for at, (used, record) in enumerate(sorted(entries, reverse=True)):
                if at >= _KEPT or used < oldest:
                    record.unlink()
        needed = _digests(image for record in self._records.iterdir() if (image := _read(record)))
        for blob in self._blobs.iterdir():
            if f"sha256:{blob.name}" not in needed:
                blob.unlink()

    def _record(self, name: str, key: str) -> Path:
        return self._records / f"{name.replace('/', '_')}-{key[:20]}.json"

    def _take(self, source: Path, digest: str) -> int:
        if _sha256(source) != digest:
            raise _corrupt(source)
        size = source.stat().st_size
        os.utime(source, (_READ, _READ))
        shutil.move(source, self.blob(digest))
        return size

    def _is_sound(self, digest: str, size: int) -> bool:
        """Whether a blob is what its digest says; it is read if anything was written to it since it last was."""
        path = self.blob(digest)
        try:
            facts = path.stat()
            if facts.st_size == size and facts.st_mtime != _READ and _sha256(path) == digest:
                os.utime(path, (_READ, _READ))
                return True
        except OSError:
            return False
        return facts.st_size == size and facts.st_mtime == _READ


def link(source: Path, target: Path) -> None:
    """A second name for a file; a copy where that cannot be, which appears whole."""
    try:
        os.link(source, target)
    except FileExistsError:
        pass
    except OSError:
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.copyfile(source, temporary)
        temporary.replace(target)


def _read(record: Path) -> Image | None:
    try:
        fields: dict[str, Any] = json.loads(record.read_text())
        return Image(**fields)
    except (OSError, ValueError, TypeError):
        return None


def _digests(images: Iterable[Image]) -> set[str]:
    return {digest for image in images for digest in image.blobs}


def _layout_blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / "sha256" / digest.removeprefix("sha256:")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _corrupt(path: Path) -> SlipwayError:
    return SlipwayError(
        str(path), "", "the file is not what its digest says: a disk or a copy has changed it", "build again: make up"
    )
