"""Puts finished images where pods get them: into the storage of a registry and of containerd, while neither runs."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.images.build import cached, directory, unpacked
from sandbox.images.image import Image
from sandbox.images.store import Store, link


def seed(registry_data: Path) -> dict[str, str]:
    """Fills the registry's storage with every image of the sandbox that is built, by hard links.

    Args:
        registry_data: the `rootdirectory` of its filesystem storage; the registry is stopped or has not asked for these
            images yet.

    Returns:
        The digest of each image by its short name; in the registry it is `slipway/<name>`.
    """
    images = cached()
    fill(registry_data, images, Store(directory()))
    return {name: image.digest for name, image in images.items()}


def is_new(containerd_root: Path) -> bool:
    """Whether containerd has nothing of its own in its root directory yet, so that it can be filled."""
    return not containerd_root.exists() or not any(containerd_root.iterdir())


def seed_node(containerd_root: Path) -> bool:
    """Gives a new sandbox the unpacked images, so that its first pods pull nothing.

    Args:
        containerd_root: containerd's root directory; one that is in use is left as it is.

    Returns:
        Whether it was filled.
    """
    return is_new(containerd_root) and unpacked().seed(cached(), containerd_root)


def fill(registry_data: Path, images: Mapping[str, Image], store: Store) -> None:
    """Adds the images to the storage, as the registry itself would have written them.

    Its layout is described at https://distribution.github.io/distribution/about/architecture (storage): the blobs by
    digest, and for every repository links to those it may give away.
    """
    root = registry_data / "docker" / "registry" / "v2"
    for image in images.values():
        for digest in image.blobs:
            data = root / "blobs" / "sha256" / digest[7:9] / digest[7:] / "data"
            _same(store.blob(digest), data)
        repository = root / "repositories" / image.name
        for digest in image.blobs:
            if digest != image.digest:
                _point(repository / "_layers" / "sha256" / digest[7:], digest)
        manifests = repository / "_manifests"
        _point(manifests / "revisions" / "sha256" / image.digest[7:], image.digest)
        _point(manifests / "tags" / "latest" / "index" / "sha256" / image.digest[7:], image.digest)
        _point(manifests / "tags" / "latest" / "current", image.digest)


def _same(blob: Path, data: Path) -> None:
    """Makes a blob of the registry the cache's own, which was found sound; a copy on another disk stays."""
    if data.exists() and (data.samefile(blob) or data.stat().st_dev != blob.stat().st_dev):
        return
    data.parent.mkdir(parents=True, exist_ok=True)
    fresh = data.with_name(".data.new")
    fresh.unlink(missing_ok=True)
    link(blob, fresh)
    fresh.replace(data)


def _point(folder: Path, digest: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "link"
    temporary = target.with_suffix(".new")
    temporary.write_text(digest)
    temporary.replace(target)
