"""Builds the sandbox's images: each once for all clones, as far as it is not in the cache yet."""

import contextlib
import os
import platform
import shutil
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import filelock

from catalog.errors import SlipwayError
from catalog.places import cache_dir
from sandbox.images import host
from sandbox.images.buildah import Buildah
from sandbox.images.image import NAMESPACE, Image
from sandbox.images.recipes import Recipe, keys, recipes
from sandbox.images.store import Store, link
from sandbox.images.unpacked import Unpacked, failure
from sandbox.node.packages import find
from sandbox.node.progress import Progress, silent

PROGRAMS = ("buildah", "debootstrap", "setpriv", "unshare")
NEEDED_BYTES = 2 * 2**30
"""Free space that a build of everything takes for a while."""
_PARALLEL = 2


def directory() -> Path:
    """Where the images are, for all clones."""
    return cache_dir() / "images"


def ensure_images(progress: Progress = silent, *, unpack: bool = False) -> dict[str, Image]:
    """The images of the sandbox by their short names, built where the cache does not have them.

    Args:
        progress: hears what takes time.
        unpack: have them as containerd does, too, for a node that has none yet.

    Raises:
        SlipwayError: images cannot be built here, or a build failed. What was finished is kept.
    """
    wanted = recipes()
    if not unpack and (there := cached()).keys() == wanted.keys():
        return there  # nothing to do, so nobody has to be waited for
    with building(progress) as (store, work):
        by_key = keys(wanted)
        found = {name: store.find(repository(name), key) for name, key in by_key.items()}
        missing = {name: wanted[name] for name, image in found.items() if image is None}
        if missing:
            require_builder()
            _Build(store, work, by_key, progress).run(missing, {n: i for n, i in found.items() if i})
            store.prune()
        images = {name: image for name, key in by_key.items() if (image := store.find(repository(name), key))}
        if unpack:
            try:
                unpacked().ensure(images, store, work, progress)
            except SlipwayError as error:
                progress("images", failure(error), 0.0)
        return images


def unpacked() -> Unpacked:
    """The images as containerd has them unpacked."""
    return Unpacked(directory() / "unpacked")


def cached() -> dict[str, Image]:
    """The images of the sandbox as far as they are built, by their short names."""
    store = Store(directory())
    found = {name: store.find(repository(name), key) for name, key in keys(recipes()).items()}
    return {name: image for name, image in found.items() if image}


def repository(name: str) -> str:
    """The name of the sandbox's own image in a registry."""
    return f"{NAMESPACE}/{name}"


def cannot_build() -> str:
    """Why images cannot be built here; empty where they can."""
    if platform.system() != "Linux":
        return f"this is {platform.system()}, and containers need Linux"
    if os.geteuid() != 0:
        return "building images needs root"
    missing = [name for name in PROGRAMS if find(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else ""


def require_builder() -> None:
    """Says no before anything is begun.

    Raises:
        SlipwayError: images cannot be built here, or the disk is nearly full.
    """
    if why := cannot_build():
        raise SlipwayError(
            "images", "", f"{why}: images cannot be built, pods can only be simulated",
            f"as root on Linux: apt-get install {' '.join(PROGRAMS[:2])}",
        )  # fmt: skip
    free = shutil.disk_usage(directory()).free
    if free < NEEDED_BYTES:
        raise SlipwayError(
            str(directory()), f"{free / 2**30:.1f} GiB free",
            f"building the images takes {NEEDED_BYTES / 2**30:.0f} GiB for a while",
            "free some space, or put the cache elsewhere: SLIPWAY_CACHE=DIRECTORY",
        )  # fmt: skip


@contextlib.contextmanager
def building(progress: Progress) -> Iterator[tuple[Store, Path]]:
    """The cache for one process at a time, with a directory to work in that is empty and goes away afterwards."""
    place = directory()
    work, logs = place / "work", place / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(place / "lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        progress("images", "waiting for another build that shares this cache", 0.0)
        lock.acquire(poll_interval=0.2)
    try:
        shutil.rmtree(work, ignore_errors=True)
        yield Store(place), work
    finally:
        if os.environ.get("SLIPWAY_KEEP_BUILD_CACHE") != "1":
            shutil.rmtree(work, ignore_errors=True)
        lock.release()


class _Build:
    """One run of the builder over the missing images."""

    def __init__(self, store: Store, work: Path, by_key: Mapping[str, str], progress: Progress) -> None:
        self._store = store
        self._work = work
        self._keys = by_key
        self._progress = progress
        self._logs = directory() / "logs"
        self._buildah = Buildah(work / "buildah")
        self._mounts = host.mounts(work / "host")

    def run(self, missing: Mapping[str, Recipe], found: Mapping[str, Image]) -> None:
        """Builds the missing images, each as soon as its base is there.

        Raises:
            SlipwayError: the first failure, after the others have ended.
        """
        seconds = sum(recipe.seconds for recipe in missing.values())
        self._progress("images", f"building {', '.join(missing)}: about {seconds:.0f} s", 0.0)
        for base in {recipe.base for recipe in missing.values()} & set(found):
            self._load(base, found[base])
        jobs: dict[str, Future[None]] = {}
        # A base stands before what is built on it, so a job that waits never holds the last free worker.
        with ThreadPoolExecutor(_PARALLEL) as pool:
            for name, recipe in missing.items():
                jobs[name] = pool.submit(self._one, recipe, jobs.get(recipe.base))
        for job in jobs.values():
            job.result()

    def _load(self, name: str, image: Image) -> None:
        layout = self._work / f"{name}.base"
        self._store.layout(image, layout)
        self._buildah.load(layout, _tag(name), self._log(name))

    def _one(self, recipe: Recipe, base: "Future[None] | None") -> None:
        if base is not None:
            base.result()
        begun = time.monotonic()
        name = recipe.name
        self._progress(f"image {name}", "building", 0.0)
        self._log(name).unlink(missing_ok=True)
        context, layout = self._work / name, self._work / f"{name}.oci"
        context.mkdir(parents=True)
        for file, source in recipe.sources().items():
            link(source.resolve(), context / file)
        if recipe.prepare:
            recipe.prepare(context, self._log(name))
        self._buildah.build(context, _tag(name), self._mounts, self._log(name))
        shutil.rmtree(context)
        self._buildah.save(_tag(name), layout, self._log(name))
        image = self._store.add(repository(name), self._keys[name], layout)
        self._progress(f"image {name}", f"built, {image.size / 2**20:.1f} MiB", time.monotonic() - begun)

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"


def _tag(name: str) -> str:
    return f"localhost/{repository(name)}"
