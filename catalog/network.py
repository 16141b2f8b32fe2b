"""A cluster's network divided: which addresses are whose, and the proof that they suffice.

Sources: how EKS nodes take addresses, https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html; how
many nodes an update adds, https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html; how GKE
does, https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips#cluster_sizing (read 2026-11).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

# The VPC CNI gives pods whole blocks of sixteen addresses, and keeps one more of them warm.
_BLOCK = 16
_WARM_BLOCKS = 1
# AWS keeps five addresses of every subnet to itself, Google four.
_AWS_KEEPS, _GOOGLE_KEEPS = 5, 4
# Load balancers, endpoints and the control plane's interfaces take addresses beside the nodes.
_OTHERS = 64
# While a managed node group is updated, AWS adds twice as many nodes as it has zones; here each group has one.
_EKS_SURGE = 2
# While a GKE pool is updated, one node more (`max_surge`) is made in every zone.
_GKE_SURGE = 1
# AWS wants a VPC within these bounds, https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html.
AWS_PREFIXES = (16, 28)
_CONTROL_PLANE_PREFIX = 28
_PROXIES_PREFIX = 24
_SERVICES_PREFIX = 20
# A sixteenth of it still holds Google's smallest network for load balancers, /26.
_GKE_LONGEST = 22
_EKS_SERVICES = ("172.20.0.0/16", "10.100.0.0/16")


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """What one pool takes.

    Attributes:
        nodes: at most.
        zones: where they may be; all of them may be in one.
        max_pods: on one node.
        interfaces: network interfaces of one node beside the first one.
    """

    nodes: int
    zones: Sequence[str]
    max_pods: int
    interfaces: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """What is needed of one kind of address in one place, and what is there."""

    what: str
    needed: int
    available: int


@dataclass(frozen=True, kw_only=True, slots=True)
class EksPlan:
    """The subnets of a VPC.

    Attributes:
        public: by zone: NAT gateways and public load balancers.
        private: by zone: nodes and pods.
        blocks: by zone: the parts of the private subnet that are kept for pods' blocks (CIDR reservations of type
            prefix), so that single addresses never break them up.
        control: by zone: the control plane's interfaces.
        services: the cluster's own services, outside the VPC.
        budgets: per zone.
    """

    public: Mapping[str, IPv4Network]
    private: Mapping[str, IPv4Network]
    blocks: Mapping[str, tuple[IPv4Network, ...]]
    control: Mapping[str, IPv4Network]
    services: IPv4Network
    budgets: tuple[Budget, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class GkePlan:
    """The ranges of a VPC's one subnet, and two beside it.

    Attributes:
        nodes: its primary range.
        pods: a secondary range, of which each node gets a part.
        services: a secondary range.
        control_plane: the control plane's own network.
        proxies: what Google's load balancers run in.
    """

    nodes: IPv4Network
    pods: IPv4Network
    services: IPv4Network
    control_plane: IPv4Network
    proxies: IPv4Network
    budgets: tuple[Budget, ...]


def eks_plan(
    cidr: str, zones: Sequence[str], demands: Sequence[Demand], services: str | None = None, avoid: Sequence[str] = ()
) -> EksPlan:
    """Divides a VPC: one equal part a zone for nodes and pods, one more for everything public.

    Args:
        cidr: of the VPC.
        zones: where its subnets are.
        demands: of the pools.
        services: the cluster's services; one of EKS' own two choices by default.
        avoid: what this choice must not overlap.

    Raises:
        ValueError: the network is too small to be divided at all.
    """
    whole = IPv4Network(cidr)
    parts = _split(whole, len(zones) + 1)
    private = dict(zip(zones, parts, strict=False))
    halves = _split(parts[len(zones)], 2)
    public = dict(zip(zones, _split(halves[0], len(zones)), strict=False))
    control = dict(zip(zones, halves[1].subnets(new_prefix=_CONTROL_PLANE_PREFIX), strict=False))
    if len(control) < len(zones):
        raise ValueError(f"{cidr} cannot be divided for {len(zones)} zones")
    taken = [whole, *map(IPv4Network, avoid)]
    free = [c for c in map(IPv4Network, _EKS_SERVICES) if not any(c.overlaps(other) for other in taken)]
    if not services and not free:
        raise ValueError(f"the services' own networks are taken: {', '.join(_EKS_SERVICES)}; say network.services")
    return EksPlan(
        public=public,
        private=private,
        blocks={zone: _blocks(subnet) for zone, subnet in private.items()},
        control=control,
        services=IPv4Network(services) if services else free[0],
        budgets=tuple(budget for zone in zones for budget in _eks_budgets(zone, private[zone], demands)),
    )


def gke_plan(cidr: str, zones: Sequence[str], demands: Sequence[Demand], services: str | None = None) -> GkePlan:
    """Divides a network: its upper half for pods, the first quarter for nodes, the second one for everything else.

    Raises:
        ValueError: the network is too small to be divided at all.
    """
    if IPv4Network(cidr).prefixlen > _GKE_LONGEST:
        raise ValueError(f"{cidr} cannot be divided")
    low, pods = _split(IPv4Network(cidr), 2)
    nodes, others = _split(low, 2)
    own, rest = _split(others, 2)
    proxies_half, control_half = _split(rest, 2)
    taken = sum(demand.nodes + _GKE_SURGE * len(zones) for demand in demands)
    per_node = max((_power_of_two(2 * demand.max_pods) for demand in demands), default=_BLOCK)
    return GkePlan(
        nodes=nodes,
        pods=pods,
        services=IPv4Network(services) if services else _first(own, _SERVICES_PREFIX),
        control_plane=_first(control_half, _CONTROL_PLANE_PREFIX),
        proxies=_first(proxies_half, _PROXIES_PREFIX),
        budgets=(
            Budget(what="nodes", needed=taken + _OTHERS, available=nodes.num_addresses - _GOOGLE_KEEPS),
            Budget(what="pods", needed=taken * per_node, available=pods.num_addresses),
        ),
    )


def short(budgets: Sequence[Budget]) -> Iterator[Budget]:
    """The budgets that do not suffice."""
    return (budget for budget in budgets if budget.needed > budget.available)


def _eks_budgets(zone: str, subnet: IPv4Network, demands: Sequence[Demand]) -> Iterator[Budget]:
    """Pods' blocks and single addresses of one zone, when every pool has all its nodes there."""
    here = [(demand.nodes + _EKS_SURGE, demand) for demand in demands if zone in demand.zones]
    blocks = sum(nodes * (-(-demand.max_pods // _BLOCK) + _WARM_BLOCKS) for nodes, demand in here)
    singles = sum(nodes * (2 + demand.interfaces) for nodes, demand in here)
    kept = sum(part.num_addresses for part in _blocks(subnet))
    yield Budget(what=f"pods in {zone}", needed=blocks * _BLOCK, available=kept)
    yield Budget(
        what=f"nodes in {zone}", needed=singles + _OTHERS, available=subnet.num_addresses - kept - _AWS_KEEPS
    )  # fmt: skip


def _blocks(subnet: IPv4Network) -> tuple[IPv4Network, ...]:
    """The upper three quarters of a subnet."""
    low, high = _split(subnet, 2)
    return (_split(low, 2)[1], high)


def _split(network: IPv4Network, parts: int) -> list[IPv4Network]:
    """The network in equal parts, at least so many."""
    bits = (parts - 1).bit_length()
    if network.prefixlen + bits > _CONTROL_PLANE_PREFIX + 2:
        raise ValueError(f"{network} cannot be divided into {parts}")
    return list(network.subnets(prefixlen_diff=bits))


def _first(network: IPv4Network, prefix: int) -> IPv4Network:
    """The first part of the network with this prefix, or all of a smaller one."""
    return next(network.subnets(new_prefix=max(prefix, network.prefixlen)))


def _power_of_two(number: int) -> int:
    return 1 << (number - 1).bit_length()
