"""What a stack says of a toy cluster."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from catalog.machines import Cloud
from components.clusters.spec.cloud import CloudCluster
from components.clusters.spec.cluster_rules import UNREAD
from components.clusters.spec.pool import NodePool, PoolName


class ToyPool(NodePool):
    """A pool of a toy cluster."""

    cloud: ClassVar[Cloud] = Cloud.TOY

    @property
    def _named_in(self) -> Cloud | None:
        return self.cloud


class ToyCluster(CloudCluster):
    """A toy cluster, whose network is not divided."""

    cloud: ClassVar[Cloud] = Cloud.TOY
    pool: ClassVar[type[NodePool]] = ToyPool
    owner_key: ClassVar[str] = "tenant"
    default_cidr: ClassVar[str] = "10.0.0.0/16"
    max_skew: ClassVar[int] = 3
    stand_ins: ClassVar[Mapping[str, Any]] = {"region": "", "kubernetes": UNREAD, "tenant": "unread", "admins": ["x"]}

    kind: Literal["toy"]
    tenant: Annotated[str, Field(pattern=r"^[a-z]+$")]
    system: ToyPool = ToyPool(machine="toy-cpu", min_nodes=2, max_nodes=4)
    pools: dict[PoolName, ToyPool] = {}

    @property
    def store_cidrs(self) -> tuple[str, ...]:
        """Anywhere."""
        return ("0.0.0.0/0",)

    @property
    def identity_annotation(self) -> str | None:
        """The reader."""
        return "toy.example/reader"

    @property
    def own_pools(self) -> Mapping[str, NodePool]:
        """The declared pools by name."""
        return self.pools

    @property
    def system_pool(self) -> NodePool:
        """The pool of what runs the cluster itself."""
        return self.system
