"""Images as containerd has them unpacked: made once, so that the first pods of a new sandbox need not pull them."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path

from catalog.errors import SlipwayError
from sandbox.images.image import Image
from sandbox.images.isolated import run
from sandbox.images.store import Store, link
from sandbox.node.network import REGISTRY
from sandbox.node.packages import find, search_path
from sandbox.node.progress import Progress

# The path of a socket has 107 bytes, and the cache may be deeper than that: `/run` is empty, and seen in here alone.
_IMPORT = """
mount -t tmpfs tmpfs /run || exit 1
containerd --config "$1/config.toml" --root "$1/root" --state /run/state --address /run/socket &
for _ in $(seq 200); do
  ctr --address /run/socket --connect-timeout 1s version >/dev/null 2>&1 && break
  kill -0 $! || exit 1
  sleep 0.05
done
ctr --address /run/socket --namespace k8s.io images import --all-platforms "$1/images.tar" || exit 1
kill $! && wait $!
"""
_CONFIG = """version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[plugins."io.containerd.internal.v1.opt"]
path = "{optional}"
"""
_KEPT = 2
"""Sets that stay: clones at neighbouring versions share the cache, and a set is most of a GiB."""
_DATABASES = "*.db"
"""containerd's own records; everything else it writes once and never again."""
_CONTENT = "io.containerd.content.v1.content/blobs/sha256"


class Unpacked:
    """The directory of unpacked images in the cache; it holds the sets of two neighbouring versions.

    Args:
        directory: made where it is needed.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def ensure(self, images: Mapping[str, Image], store: Store, work: Path, progress: Progress) -> None:
        """Unpacks the images if that has not been done; without containerd the pods will pull as usual.

        Raises:
            SlipwayError: containerd does not take the images.
        """
        target = self._target(images)
        if target.exists():
            os.utime(target)
            return
        if find("containerd") is None or find("ctr") is None:
            return
        begun = time.monotonic()
        progress("images", "unpacking", 0.0)
        place = work / "unpacked"
        place.mkdir(parents=True)
        (place / "config.toml").write_text(_CONFIG.format(optional=place / "opt"))
        _archive(images, store, work / "layout", place / "images.tar")
        run(["sh", "-c", _IMPORT, "sh", str(place)], work.parent / "logs" / "unpacked.log")
        self._share(place / "root" / _CONTENT, store)
        self._directory.mkdir(exist_ok=True)
        for old in sorted(self._directory.iterdir(), key=_used)[: 1 - _KEPT]:
            old.rename(work / old.name)  # gone at once and whole, also for who copies from it
        (place / "root").rename(target)
        os.utime(target)
        progress("images", "unpacked", time.monotonic() - begun)

    def seed(self, images: Mapping[str, Image], root: Path) -> bool:
        """Makes containerd's root directory of a new sandbox, by hard links.

        Args:
            images: what it should hold.
            root: the directory; it is absent or empty.

        Returns:
            Whether the directory is now filled from the cache.
        """
        source = self._target(images)
        if not source.exists():
            return False
        fresh = root.with_name(f".{root.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        root.parent.mkdir(parents=True, exist_ok=True)
        # cp keeps owners, links, devices and attributes of the layers as they are.
        copied = subprocess.run(
            ["cp", "--archive", "--link", str(source), str(fresh)],
            capture_output=True,
            env={"PATH": search_path()},
            check=False,
        )
        if copied.returncode:  # another file system: pulling is not slower than copying
            shutil.rmtree(fresh, ignore_errors=True)
            return False
        for database in source.rglob(_DATABASES):
            own = fresh / database.relative_to(source)
            own.unlink()
            shutil.copyfile(database, own)
        with contextlib.suppress(FileNotFoundError):
            root.rmdir()
        fresh.rename(root)
        return True

    def _target(self, images: Mapping[str, Image]) -> Path:
        names = json.dumps(sorted(image.reference(REGISTRY) for image in images.values()))
        return self._directory / hashlib.sha256(names.encode()).hexdigest()[:20]

    def _share(self, content: Path, store: Store) -> None:
        """The blobs are in the cache already: one copy of each is enough."""
        for blob in content.iterdir():
            source = store.blob(blob.name)
            if source.exists():
                blob.unlink()
                link(source, blob)


def _used(path: Path) -> float:
    return path.stat().st_mtime


def _archive(images: Mapping[str, Image], store: Store, layout: Path, archive: Path) -> None:
    """All images in one OCI archive, each by the name that pods use, every blob once."""
    manifests = []
    for name, image in images.items():
        store.layout(image, layout / name)
        entry = json.loads((layout / name / "index.json").read_text())["manifests"][0]
        manifests.append({**entry, "annotations": {"io.containerd.image.name": image.reference(REGISTRY)}})
    index = layout / "index.json"
    index.write_text(json.dumps({"schemaVersion": 2, "manifests": manifests}))
    blobs = {path.name: path for name in images for path in (layout / name / "blobs" / "sha256").iterdir()}
    with tarfile.open(archive, "w") as tar:
        tar.add(layout / next(iter(images)) / "oci-layout", "oci-layout")
        tar.add(index, "index.json")
        for name, path in sorted(blobs.items()):
            tar.add(path, f"blobs/sha256/{name}")


def failure(error: SlipwayError) -> str:
    """What to say when unpacking failed: nobody has to stop for it."""
    return f"not unpacked ({error.why.strip().splitlines()[-1].strip()}): pods will pull them"
