"""A finished image, and how a pod names it."""

from dataclasses import dataclass

NAMESPACE = "slipway"
"""The sandbox's own images are `slipway/<name>` in every registry."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """An image in the cache.

    Args:
        name: its repository in a registry, such as `slipway/mlserver`.
        key: the digest of everything it was made from.
        digest: of its manifest, `sha256:...`.
        blobs: the size in bytes of its manifest, configuration and layers, by digest.
    """

    name: str
    key: str
    digest: str
    blobs: dict[str, int]

    @property
    def size(self) -> int:
        """How many bytes a pull moves where nothing of it is yet."""
        return sum(self.blobs.values())

    def reference(self, registry: str) -> str:
        """The name that always means this content: `127.0.0.1:25000/slipway/mlserver@sha256:...`."""
        return f"{registry}/{self.name}@{self.digest}"
