"""Through which address a cluster's nodes pull an image: the image's own, or that of the cluster's cache.

Sources: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-working-pulling.html and
https://cloud.google.com/artifact-registry/docs/repositories/remote-repo (read 2026-11).
"""

from components.clusters.spec.cloud import CloudCluster
from components.clusters.spec.eks import EksCluster
from components.clusters.spec.gke import GkeCluster

DOCKER_HUB = "docker.io"
# Registries of the clouds themselves, which nodes reach without the internet.
_OWN = {"aws": (".amazonaws.com",), "gcp": (".pkg.dev", ".gcr.io", "gcr.io")}


def parted(reference: str) -> tuple[str, str]:
    """An image's registry and the rest of its reference; without one it is of Docker Hub."""
    first, slash, rest = reference.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first, rest if first != DOCKER_HUB or "/" in rest else f"library/{rest}"
    return DOCKER_HUB, reference if slash else f"library/{reference}"


def pulled(cluster: CloudCluster, reference: str) -> str:
    """The reference by which nodes pull the image: through the cluster's cache where it has one of its registry."""
    registry, rest = parted(reference)
    match cluster:
        case EksCluster() if registry in cluster.caches:
            return f"{cluster.account}.dkr.ecr.{cluster.region}.amazonaws.com/{registry}/{rest}"
        case GkeCluster() if registry in cluster.caches:
            return f"{cluster.region}-docker.pkg.dev/{cluster.project}/{repository(registry)}/{rest}"
    return reference


def repository(registry: str) -> str:
    """The name of the repository that caches a registry; Artifact Registry's names have no dots."""
    return registry.replace(".", "-")


def reachable(cluster: CloudCluster, reference: str) -> bool:
    """Whether nodes can pull the image."""
    if cluster.network.egress == "nat":
        return True
    registry, _ = parted(pulled(cluster, reference))
    return registry.endswith(_OWN.get(cluster.cloud.value, ()))
