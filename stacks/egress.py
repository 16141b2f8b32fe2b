"""What a cluster without a way to the internet cannot fetch."""

from collections.abc import Iterator

from catalog.errors import SlipwayError
from components.clusters.spec import CloudCluster
from components.clusters.spec.images import parted, reachable
from components.serving.spec import HuggingFace, Image
from stacks.locks import LockFile
from stacks.references import run_reference
from stacks.resolution import parts
from stacks.settings import Settings
from stacks.taken import giver


def errors(settings: Settings, lock: LockFile) -> Iterator[SlipwayError]:
    """EGRESS-1: with `egress: none`, images come through a cache or from the cloud itself, models from the store."""
    cluster = (giver(settings) or settings).cluster
    if not isinstance(cluster, CloudCluster) or cluster.network.egress == "nat":
        return
    for model in settings.declarations():
        path = f"models.{model.name}"
        for part in parts(model, settings.engine_of(model.name)):
            if isinstance(part.image, Image):
                reference = run_reference(part.image, lock)
                if not reachable(cluster, reference):
                    registry, _ = parted(reference)
                    yield SlipwayError(
                        f"{path}.image", reference, f"its nodes do not reach {registry} (egress: none)",
                        f"add {registry} to cluster.caches, or copy the image and lock the copy", rule="EGRESS-1",
                    )  # fmt: skip
            if isinstance(part.artifact, HuggingFace):
                yield SlipwayError(
                    f"{path}.artifact", part.artifact.repo, "its nodes do not reach huggingface.co (egress: none)",
                    "push the files into the store and name the artifact", rule="EGRESS-1",
                )  # fmt: skip
