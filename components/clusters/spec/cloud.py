"""What a cluster of either cloud says of itself."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from catalog import regions
from catalog.capacity import Nodes
from catalog.gpu import SYSTEM_POOL
from catalog.machines import Cloud
from catalog.network import Demand
from catalog.plain import Plain, Refusal, Refusals
from components.clusters.spec import cluster_rules
from components.clusters.spec.pool import NodePool, Texts


def _is_network(value: str) -> str:
    try:
        ipaddress.IPv4Network(value)
    except ValueError as error:
        raise Refusal(value, f"no IPv4 network: {error}", "give one such as 10.0.0.0/16") from error
    return value


Cidr = Annotated[str, AfterValidator(_is_network)]
Cidrs = Annotated[tuple[Cidr, ...], Field(strict=False)]
ClusterName = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$")]
# Quoted, because YAML reads 1.30 as the number 1.3.
KubernetesVersion = Annotated[str, Field(pattern=r"^1\.\d{2}$")]


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A part of a pool that scales by itself."""

    zones: tuple[str, ...]
    minimum: int
    maximum: int


class Network(Plain):
    """The cluster's own network.

    Attributes:
        cidr: its addresses, all of them private to it; the planner divides them. Each cloud has a default.
        zones: where nodes are; by default the region's first three.
        egress: `nat` lets nodes reach the internet, through one gateway a zone; with `none` they reach the cloud's own
            services and the stack's image caches alone.
        max_pods: on one node; addresses are kept for so many.
        services: addresses of the cluster's services; chosen by the planner by default.
        avoid: networks that this one will be joined with, and must not overlap.
    """

    cidr: Cidr | None = None
    zones: Texts = ()
    egress: Literal["nat", "none"] = "nat"
    max_pods: Annotated[int, Field(ge=8, le=250)] = 110
    services: Cidr | None = None
    avoid: Cidrs = ()


class CloudCluster(Plain):
    """What is the same for EKS and GKE.

    Attributes:
        name: of the cluster; `slipway-<stack>` by default. Fixed from its creation on.
        kubernetes: its minor version. Said, never a default: a new Slipway must not upgrade a cluster.
        mode: `standard` has node pools of its own; with `auto` (EKS Auto Mode, GKE Autopilot) the cloud makes nodes.
        api_access: how the engine reaches the API server, which is private otherwise: from a `runner` inside the
            network, from listed `cidrs`, or through a `tunnel` (AWS Systems Manager, GKE's DNS endpoint).
        api_cidrs: with `cidrs`, from where.
        admins: who administers the cluster; whoever creates it does not by that alone.
        system: the pool of what runs the cluster itself; without taints.
        pools: all others, by name.
        logs_days: how long the control plane's logs are kept.
        kms_key: an existing key that encrypts the cluster's secrets; by default the stack makes one.
    """

    cloud: ClassVar[Cloud]
    pool: ClassVar[type[NodePool]]
    owner_key: ClassVar[str]
    """The key that says whose the cluster is."""
    default_cidr: ClassVar[str]
    max_skew: ClassVar[int]
    """By how many minor versions nodes may be older than the control plane; newer they may never be."""

    name: ClusterName | None = None
    region: str
    kubernetes: KubernetesVersion
    mode: Literal["standard", "auto"] = "standard"
    network: Network = Network()
    api_access: Literal["runner", "cidrs", "tunnel"] = "runner"
    api_cidrs: Cidrs = ()
    admins: Annotated[tuple[str, ...], Field(min_length=1, strict=False)]
    logs_days: int = 90
    kms_key: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if wrong := [*cluster_rules.wrong(self), *self._wrong_here()]:
            raise Refusals(wrong)
        return self

    def _wrong_here(self) -> cluster_rules.Wrong:
        """What this cloud alone refuses."""
        yield from ()

    @property
    def owner(self) -> str:
        """Account or project."""
        return str(getattr(self, self.owner_key))

    def tunnel(self, cluster: str) -> str | None:
        """The command that opens the tunnel to the API server; None where there is none to open.

        Args:
            cluster: its name in the cloud.
        """
        return None

    @property
    def store_cidrs(self) -> tuple[str, ...]:
        """Where pods reach the artifact store, and who gives them their identity."""
        raise NotImplementedError

    @property
    def identity_annotation(self) -> str | None:
        """What a service account is annotated with, so that its pods have an identity; None where nothing is."""
        raise NotImplementedError

    @property
    def selectors(self) -> Mapping[str, Mapping[str, str]]:
        """What pods must name to get nodes that the cloud makes by itself, by pool."""
        return {}

    @property
    def unpinned_pools(self) -> tuple[str, ...]:
        """The pools whose nodes get another image without being asked; none where the cloud keeps to what it says."""
        return ()

    @property
    def own_pools(self) -> Mapping[str, NodePool]:
        """The declared pools by name."""
        raise NotImplementedError

    @property
    def system_pool(self) -> NodePool:
        """The pool of what runs the cluster itself."""
        raise NotImplementedError

    @property
    def all_pools(self) -> Mapping[str, NodePool]:
        """The pools that the stack makes, the system pool first; in `auto` the cloud makes the nodes."""
        system = {} if self.mode == "auto" else {SYSTEM_POOL: self.system_pool}
        return {**system, **self.own_pools}

    @property
    def cidr(self) -> str:
        """The network's addresses."""
        return self.network.cidr or self.default_cidr

    @property
    def zones(self) -> tuple[str, ...]:
        """Where nodes are; empty where the region's zones are not known and none are named."""
        return self.network.zones or regions.zones(self.cloud, self.region)[: regions.DEFAULT_ZONES]

    @property
    def demands(self) -> tuple[Demand, ...]:
        """What each pool takes of the network's addresses."""
        return tuple(
            Demand(
                nodes=pool.maximum,
                zones=self.zones_of(pool),
                max_pods=self.network.max_pods,
                interfaces=max(m.efa for m in pool.machine_types) if pool.fast_network else 0,
            )
            for pool in self.all_pools.values()
        )

    @property
    def bought(self) -> tuple[Nodes, ...]:
        """What each pool takes of the account's quotas and money."""
        return tuple(
            Nodes(
                pool=name,
                region=self.region,
                machines=pool.machine_types,
                minimum=pool.minimum,
                maximum=pool.maximum,
                spot=pool.capacity == "spot",
            )
            for name, pool in self.all_pools.items()
        )

    def groups_of(self, pool: NodePool) -> tuple[Group, ...]:
        """A pool by zones, so that one without machines holds up no other; together never more than the pool.

        A pool with fewer nodes than zones stays whole, and its only node is wherever there is a machine.
        """
        zones = self.zones_of(pool)
        if pool.maximum < len(zones):
            return (Group(zones=zones, minimum=pool.minimum, maximum=pool.maximum),)
        return tuple(
            Group(
                zones=(zone,),
                minimum=pool.minimum // len(zones) + (at < pool.minimum % len(zones)),
                maximum=pool.maximum // len(zones) + (at < pool.maximum % len(zones)),
            )
            for at, zone in enumerate(zones)
        )

    def zones_of(self, pool: NodePool) -> tuple[str, ...]:
        """Where a pool's nodes are: its own zones, or those of the cluster's that may have one of its machine types."""
        return pool.zones or tuple(
            zone
            for zone in self.zones
            if any(machine.offered(self.region, zone) is not False for machine in pool.machine_types)
        )
