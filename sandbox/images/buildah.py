"""buildah with a storage of its own, without a daemon and without any setting of this machine."""

from collections.abc import Sequence
from pathlib import Path

from sandbox.images.isolated import run

TIMESTAMP = 1735689600
"""The time of everything in an image (2025-01-01): the same content gives the same digest."""

Mount = tuple[Path, str]
"""A path here and where a build step sees it."""


class Buildah:
    """Builds in one storage directory, which can be thrown away.

    Args:
        work: the directory; made where it is missing.
    """

    def __init__(self, work: Path) -> None:
        self._work = work
        work.mkdir(parents=True, exist_ok=True)

    def build(self, context: Path, tag: str, mounts: Sequence[Mount], log: Path) -> None:
        """Runs the Containerfile of a context: every `RUN` on this machine's network, in a chroot."""
        volumes = [f"--volume={here}:{there}:ro" for here, there in mounts]
        fixed = ["--isolation", "chroot", "--network", "host", "--timestamp", str(TIMESTAMP), "--format", "oci"]
        self._buildah(log, "bud", *fixed, "--pull=never", *volumes, "--tag", tag, str(context))

    def load(self, layout: Path, tag: str, log: Path) -> None:
        """Takes an image out of an OCI image layout."""
        # buildah names it after the path, which may have capitals: so the path is a relative one.
        identity = self._buildah(log, "pull", "--quiet", f"oci:{layout.name}", directory=layout.parent).split()[-1]
        self._buildah(log, "tag", identity, tag)

    def save(self, tag: str, layout: Path, log: Path) -> None:
        """Puts an image into an OCI image layout, layers compressed with zstd: smaller than gzip, twice as fast."""
        options = ("--quiet", "--format", "oci", "--compression-format", "zstd", "--compression-level", "3")
        self._buildah(log, "push", *options, tag, f"oci:{layout}")

    def _buildah(self, log: Path, *arguments: str, directory: Path | None = None) -> str:
        storage = ("--root", f"{self._work}/root", "--runroot", f"{self._work}/run", "--storage-driver", "overlay")
        return run(["buildah", *storage, *arguments], log, directory=directory)
