"""A user's own image: any Containerfile, built once for its content, in the sandbox's registry."""

import hashlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

from catalog.errors import SlipwayError
from sandbox.images import host
from sandbox.images.build import building, directory, ensure_images, repository, require_builder
from sandbox.images.buildah import Buildah
from sandbox.images.image import Image
from sandbox.images.push import push
from sandbox.images.recipes import digest_of
from sandbox.images.store import Store
from sandbox.node.progress import Progress, silent

BASE = "python-base"
_NEVER = frozenset({".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"})
"""Directories that say nothing about what the image should hold."""


def build_user_image(context: Path, name: str, registry: str, progress: Progress = silent) -> Image:
    """Builds the context's `Containerfile` and puts the image into a running registry.

    The same content is built once: the next call finds it in the cache, and sends nothing that the registry has.
    `FROM slipway/python-base` is this sandbox's base; `pip install` goes where this machine's pip goes.

    Args:
        context: the directory with the Containerfile.
        name: the image's repository in the registry.
        registry: `HOST:PORT` of the registry on this host, plain HTTP.
        progress: hears what takes time.

    Raises:
        SlipwayError: there is no Containerfile, images cannot be built here, or the build failed.
    """
    image = ensure_user_image(context, name, progress)
    begun = time.monotonic()
    if push(image, Store(directory()), registry):
        progress(f"image {name}", "in the registry", time.monotonic() - begun)
    return image


def ensure_user_image(context: Path, name: str, progress: Progress = silent) -> Image:
    """The image of a context, built where the cache does not have it."""
    containerfile = context / "Containerfile"
    if not containerfile.is_file():
        raise SlipwayError(
            str(context), "", "there is no Containerfile in this directory, so there is nothing to build",
            "write one that starts with: FROM slipway/python-base",
        )  # fmt: skip
    base = ensure_images(progress)[BASE] if uses_base(containerfile.read_text()) else None
    key = context_key(context, base.digest if base else "")
    with building(progress) as (store, work):
        if found := store.find(name, key):
            return found
        require_builder()
        begun = time.monotonic()
        progress(f"image {name}", "building", 0.0)
        log = directory() / "logs" / f"{name.replace('/', '_')}.log"
        log.parent.mkdir(exist_ok=True)
        log.unlink(missing_ok=True)
        buildah, tag = Buildah(work / "buildah"), f"localhost/{name}"
        if base:
            store.layout(base, work / "base")
            buildah.load(work / "base", f"localhost/{repository(BASE)}", log)
        buildah.build(context, tag, host.mounts(work / "host"), log)
        buildah.save(tag, work / "oci", log)
        image = store.add(name, key, work / "oci")
        store.prune()
        progress(f"image {name}", f"built, {image.size / 2**20:.1f} MiB", time.monotonic() - begun)
        return image


def uses_base(containerfile: str) -> bool:
    """Whether any stage starts from the sandbox's base."""
    pattern = rf"(?mi)^\s*FROM\s+(?:--\S+\s+)*(?:localhost/)?{re.escape(repository(BASE))}(?::latest)?(?:\s|$)"
    return re.search(pattern, containerfile) is not None


def context_key(context: Path, base: str) -> str:
    """The digest of every file's path, kind and content, and of the base."""
    parts = {str(path.relative_to(context)): _content(path) for path in _files(context)}
    return digest_of({"": base, **parts})


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
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
