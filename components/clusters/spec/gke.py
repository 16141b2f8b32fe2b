"""What a stack says of a GKE cluster."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from catalog.machines import Cloud
from components.clusters.spec.cloud import CloudCluster
from components.clusters.spec.pool import GkePool, NodePool, PoolName

ProjectId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")]
Member = Annotated[str, Field(pattern=r"^(user|group|serviceAccount):[^@\s:]+@[^@\s:]+\.[a-z]+$")]


class GkeCluster(CloudCluster):
    """A GKE cluster in a network of its own.

    Attributes:
        project: the Google project; with credentials of another one nothing is changed.
        zone: makes the control plane zonal, in this zone: cheaper, and away whenever the zone is. Regional by default.
            Numbers of nodes are always those of the whole pool, over all zones.
        admins: users, groups and service accounts that administer the cluster.
        release_channel: how early Google upgrades.
        caches: registries whose images are pulled through Artifact Registry.
    """

    cloud: ClassVar[Cloud] = Cloud.GCP
    default_cidr: ClassVar[str] = "10.0.0.0/12"

    kind: Literal["gke"]
    project: ProjectId
    zone: str | None = None
    admins: Annotated[tuple[Member, ...], Field(min_length=1, strict=False)]
    release_channel: Literal["rapid", "regular", "stable", "extended"] = "regular"
    system: GkePool = GkePool(machine="n2-standard-4", min_nodes=2, max_nodes=4)
    pools: dict[PoolName, GkePool] = {}
    caches: Annotated[
        tuple[Literal["docker.io", "public.ecr.aws", "quay.io", "registry.k8s.io", "ghcr.io", "nvcr.io"], ...],
        Field(strict=False),
    ] = ("docker.io", "registry.k8s.io", "quay.io", "ghcr.io")

    @property
    def own_pools(self) -> Mapping[str, NodePool]:
        """The declared pools by name."""
        return self.pools

    @property
    def system_pool(self) -> NodePool:
        """The pool of what runs the cluster itself."""
        return self.system
