"""What a stack says of a GKE cluster."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from catalog.gpu import SYSTEM_POOL
from catalog.machines import Cloud
from catalog.network import GkePlan, gke_plan
from catalog.plain import Plain, Refusal
from catalog.upgrades import SKEW
from components.clusters.spec import address_rules
from components.clusters.spec.cloud import CloudCluster
from components.clusters.spec.cluster_rules import UNREAD, Wrong
from components.clusters.spec.pool import GkePool, NodePool, PoolName

ProjectId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")]
# What Artifact Registry keeps copies of: https://cloud.google.com/artifact-registry/docs/repositories/remote-overview
Upstream = Literal["docker.io", "registry.k8s.io", "quay.io", "ghcr.io", "public.ecr.aws", "nvcr.io"]
Member = Annotated[str, Field(pattern=r"^(user|group|serviceAccount):[^@\s:]+@[^@\s:]+\.[a-z]+$")]

COMPUTE_CLASS = "cloud.google.com/compute-class"
"""Pods with this label among their selectors get nodes of the class."""

_MAX_LOG_DAYS = 3650
# Where pods ask for their identity's token: https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy
# (read 2026-11).
_METADATA = ("169.254.169.254/32", "169.254.169.252/32")


class ArtifactRegistryCache(Plain):
    """A remote repository of one registry.

    Attributes:
        credential: the secret's version with the password there (`projects/P/secrets/S/versions/V`), where it wants
            one; Artifact Registry's own service account must be allowed to read it.
        username: of the account there.
    """

    credential: Annotated[str | None, Field(pattern=r"^projects/[^/]+/secrets/[^/]+/versions/[^/]+$")] = None
    username: str | None = None


class GkeCluster(CloudCluster):
    """A GKE cluster in a network of its own.

    Attributes:
        project: the Google project; with credentials of another one nothing is changed.
        zone: makes the control plane zonal, in this zone: cheaper, and away whenever the zone is. Regional by default.
            Numbers of nodes are always those of the whole pool, over all zones.
        admins: users, groups and service accounts, as IAM members.
        release_channel: how early Google upgrades.
        caches: registries whose images are pulled through Artifact Registry.
    """

    cloud: ClassVar[Cloud] = Cloud.GCP
    pool: ClassVar[type[NodePool]] = GkePool
    owner_key: ClassVar[str] = "project"
    default_cidr: ClassVar[str] = "10.0.0.0/12"
    max_skew: ClassVar[int] = SKEW["gke"]
    stand_ins: ClassVar[Mapping[str, Any]] = {
        "region": "", "kubernetes": UNREAD, "project": "unread", "admins": ["user:unread@example.com"],
    }  # fmt: skip

    kind: Literal["gke"]
    project: ProjectId
    zone: str | None = None
    admins: Annotated[tuple[Member, ...], Field(min_length=1, strict=False)]
    release_channel: Literal["rapid", "regular", "stable", "extended"] = "regular"
    system: GkePool = GkePool(machine="n2-standard-4", min_nodes=2, max_nodes=4)
    pools: dict[PoolName, GkePool] = {}
    caches: dict[Upstream, ArtifactRegistryCache] = {
        name: ArtifactRegistryCache() for name in ("docker.io", "registry.k8s.io", "quay.io", "ghcr.io")
    }

    def _wrong_here(self) -> Wrong:
        """What Google refuses."""
        if self.zone and self.zones and self.zone not in self.zones:
            why = "the control plane would be where no node is"
            yield "zone", Refusal(self.zone, why, f"give one of {', '.join(self.zones)}")
        if self.zone and self.mode == "auto":
            yield "zone", Refusal(self.zone, "Autopilot's control plane is always in all zones", "remove it")
        for name, pool in self.all_pools.items():
            if pool.alternatives and pool.autoscaler == "managed" and self.mode == "standard":
                where = "system" if pool is self.system else f"pools.{name}"
                why = "a node pool of GKE has one machine type"
                yield f"{where}.alternatives", Refusal("", why, "give autoscaler: node_auto_provisioning, or remove it")
        if not 1 <= self.logs_days <= _MAX_LOG_DAYS:
            why = f"Cloud Logging keeps logs for 1 to {_MAX_LOG_DAYS} days"
            yield "logs_days", Refusal(str(self.logs_days), why, "give a number between")
        if self.mode == "standard":
            yield from address_rules.wrong(self, self.plan)

    def plan(self, cidr: str) -> GkePlan:
        """How a network of these addresses is divided.

        Raises:
            ValueError: it is too small to be divided at all.
        """
        return gke_plan(cidr, self.zones, self.demands, self.network.services)

    @property
    def store_cidrs(self) -> tuple[str, ...]:
        """Cloud Storage has no addresses of its own; the metadata server has two, the same on every node."""
        return ("0.0.0.0/0", *_METADATA)

    @property
    def identity_annotation(self) -> str | None:
        """The Google service account."""
        return "iam.gke.io/gcp-service-account"

    @property
    def provisioned(self) -> dict[str, NodePool]:
        """The pools that are compute classes, by name; with Autopilot, that of pods without accelerators, too."""
        if self.mode == "auto":
            return {SYSTEM_POOL: self.system, **self.pools}
        return {name: pool for name, pool in self.pools.items() if pool.autoscaler == "node_auto_provisioning"}

    @property
    def selectors(self) -> Mapping[str, Mapping[str, str]]:
        """Of each class its name: GKE sets it on the nodes, as label and taint."""
        return {name: {COMPUTE_CLASS: name} for name in self.provisioned}

    @property
    def own_pools(self) -> Mapping[str, NodePool]:
        """The declared pools by name."""
        return self.pools

    @property
    def system_pool(self) -> NodePool:
        """The pool of what runs the cluster itself."""
        return self.system
