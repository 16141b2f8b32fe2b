"""Images that are built from folders of this repository: what they are named, by the content of their folder."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from catalog.places import CLONE
from components.clusters.spec import CloudCluster
from components.storage.spec import CloudStore
from stacks.settings import Settings

BASE = "slipway/python-base"
"""The base of the images here, as a Containerfile names it."""
BASE_FOLDER = "sandbox/images/python-base"

ALSO: Mapping[str, Mapping[str, str]] = {
    "sandbox/images/artifact-fetch": {"fetch.py": "delivery/fetch/fetch.py", "gcs.py": "delivery/fetch/gcs.py"},
    BASE_FOLDER: {"rootfs.py": "sandbox/images/rootfs.py"},
}
"""What decides an image and is not in its folder, by folder: paths in this repository by their names there."""

_NEVER = frozenset({".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"})
"""Directories that say nothing about what the image should hold."""
_TAG_DIGITS = 20


def registry(settings: Settings) -> str | None:
    """Where a stack's images are pushed to and pulled from; None where the stack does not say it.

    A sandbox has a registry of its own, and locks what it builds.
    """
    owner, place = whereabouts(settings)
    return (
        settings.store.images_at(owner, place) if isinstance(settings.store, CloudStore) and owner and place else None
    )


def whereabouts(settings: Settings) -> tuple[str, str]:
    """Whose the store is and where, as it says itself, else as the cluster says; empty where neither does."""
    store, cluster = settings.store, settings.cluster
    if not isinstance(store, CloudStore):
        return "", ""
    here = isinstance(cluster, CloudCluster) and cluster.cloud is store.cloud
    owner, region = (cluster.owner, cluster.region) if isinstance(cluster, CloudCluster) and here else ("", "")
    return store.owner or owner, store.place or region


def image_name(context: str) -> str:
    """The name of a folder's image in a registry."""
    return context.rstrip("/").rsplit("/", 1)[-1].replace("_", "-").lower()


def tagged(context: str, where: str, root: Path = CLONE) -> str:
    """The reference by which a folder's image runs before it is locked: its tag is the content of the folder.

    Args:
        context: the folder, relative to `root`.
        where: the registry.
        root: of the repository.
    """
    key = _own_key(context) if root == CLONE else folder_key(context, root)
    return f"{where}/{image_name(context)}:{key[:_TAG_DIGITS]}"


@cache
def _own_key(context: str) -> str:
    """The key of a folder of this repository, read once: a thousand models may run the same image."""
    return folder_key(context)


def folder_key(context: str, root: Path = CLONE) -> str:
    """The digest of all files that decide a folder's image, those of its base included."""
    also = {name: _content(root / path) for name, path in ALSO.get(context.rstrip("/"), {}).items()}
    containerfile = root / context / "Containerfile"
    based = containerfile.is_file() and uses_base(containerfile.read_text())
    return digest_of({"": folder_key(BASE_FOLDER, root) if based else "", **_contents(root / context), **also})


def context_key(context: Path, base: str) -> str:
    """The digest of every file's path, kind and content, and of the base."""
    return digest_of({"": base, **_contents(context)})


def uses_base(containerfile: str) -> bool:
    """Whether any stage starts from the base of the images here."""
    pattern = rf"(?mi)^\s*FROM\s+(?:--\S+\s+)*(?:localhost/)?{re.escape(BASE)}(?::latest)?(?:\s|$)"
    return re.search(pattern, containerfile) is not None


def digest_of(parts: Mapping[str, str]) -> str:
    """A digest of named texts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _contents(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): _content(path) for path in _files(folder)}


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            if path.name not in _NEVER:
                yield from _files(path)
        else:
            yield path


def _content(path: Path) -> str:
    if path.is_symlink():
        return f"link {path.readlink()}"
    executable = "x" if path.stat().st_mode & 0o100 else "-"
    with path.open("rb") as file:
        return f"{executable} {hashlib.file_digest(file, 'sha256').hexdigest()}"
