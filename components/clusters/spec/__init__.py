"""What a stack says of its cluster: plain data, a union on `kind`."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from catalog.plain import Plain
from components.clusters.spec.cloud import CloudCluster, Group, Network
from components.clusters.spec.cluster_rules import unknown_places
from components.clusters.spec.eks import EksCluster
from components.clusters.spec.given import ExistingCluster, SandboxCluster
from components.clusters.spec.gke import GkeCluster
from components.clusters.spec.pool import EksPool, GkePool, NodePool, PoolName, Taint

ClusterSpec = Annotated[EksCluster | GkeCluster | SandboxCluster | ExistingCluster, Field(discriminator="kind")]

# By what `kind` says.
KINDS: Mapping[str, type[Plain]] = {
    "eks": EksCluster,
    "gke": GkeCluster,
    "sandbox": SandboxCluster,
    "existing": ExistingCluster,
}

__all__ = [
    "KINDS",
    "CloudCluster",
    "ClusterSpec",
    "EksCluster",
    "EksPool",
    "ExistingCluster",
    "GkeCluster",
    "GkePool",
    "Group",
    "Network",
    "NodePool",
    "PoolName",
    "SandboxCluster",
    "Taint",
    "unknown_places",
]
