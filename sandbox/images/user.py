"""A user's own image: any Containerfile, built once for its content, in the sandbox's registry."""

import time
from pathlib import Path

from catalog.errors import SlipwayError
from sandbox.images import host
from sandbox.images.build import building, directory, ensure_images, repository, require_builder
from sandbox.images.buildah import Buildah
from sandbox.images.image import Image
from sandbox.images.push import push
from sandbox.images.store import Store
from sandbox.node.progress import Progress, silent
from stacks.built import context_key, uses_base

BASE = "python-base"


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
