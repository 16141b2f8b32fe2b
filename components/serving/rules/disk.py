"""Whether the disk of a node holds what a pod brings along."""

from collections.abc import Iterator

from catalog import gpu
from catalog.fit import GIB, gib
from components.clusters.spec import NodePool
from components.serving.engines.context import EngineFacts
from components.serving.engines.plain.pods import PVC
from components.serving.rules.base import Finding, rule
from components.serving.rules.fit import Placed, files_of
from components.serving.spec import Node, Uri

_SOURCE = (
    "https://kubernetes.io/docs/concepts/architecture/garbage-collection/#container-image-lifecycle (read 2026-11): "
    "above 85 % of the disk (imageGCHighThresholdPercent) the kubelet removes images"
)
_FILLED = 0.85
# What is pulled lies there packed and, about twice as large, unpacked.
_UNPACKED = 3


@rule("FIT-12", source=_SOURCE, trap=True, about=Placed)
def disk_holds_it(placed: Placed, _: EngineFacts) -> Iterator[Finding]:
    """The disk of some node that a pod may go to holds its files and three times its image, unless that is streamed."""
    if placed.sizes is None:
        return
    for path, _predictor, node in placed.model.nodes():
        files, said = _files(placed, node)
        image = placed.images.get(path, 0)
        pools = _carrying(placed, node)
        known = [
            (disk, files + (0 if pool.image_streaming else _UNPACKED * image))
            for pool in pools
            if (disk := disk_of(pool)) is not None
        ]
        if not known or len(known) < len(pools) or any(need <= disk * _FILLED for disk, need in known):
            continue
        largest, need = max(known)
        brought = [*said, *([f"{_UNPACKED} times an image of {image / 1e9:.3g} GB"] if need > files else [])]
        yield Finding(
            path=path,
            value=gib(need),
            why=f"no node that it may go to has that much disk: the largest has {gib(largest)}, of which "
            f"{1 - _FILLED:.0%} have to stay free ({'; '.join(brought)})",
            fix=f"give the pool disk_gib: {int(need / _FILLED / GIB) + 1}, or machines with larger disks",
        )


def _carrying(placed: Placed, node: Node) -> list[NodePool]:
    wanted = node.resources.accelerators
    if wanted:
        return list(placed.fitting(wanted).values())
    return [pool for name, pool in placed.pools.items() if name == gpu.SYSTEM_POOL]


def _files(placed: Placed, node: Node) -> tuple[int, tuple[str, ...]]:
    """Bytes that are written to the node's disk; what lies on a volume is not."""
    artifact = None if node.kind == "builtin" else node.artifact
    if artifact is None or (isinstance(artifact, Uri) and artifact.uri.startswith(PVC)):
        return 0, ()
    files, said = files_of(placed.model, [node], placed.sizes or {})
    return files or 0, said


def disk_of(pool: NodePool) -> int | None:
    """Bytes of the disk with a node's images and its pods' scratch space; None where no cloud makes it."""
    if pool.cloud is None:
        return None
    return pool.machine_type.local_nvme_gb * 10**9 if pool.local_nvme else pool.disk * GIB
