"""Whether a cluster's network has enough addresses, and none that others have."""

from collections.abc import Callable
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from catalog.machines import Cloud
from catalog.network import AWS_PREFIXES, EksPlan, GkePlan, short
from catalog.plain import Refusal
from components.clusters.spec.cluster_rules import Wrong

if TYPE_CHECKING:
    from components.clusters.spec.cloud import CloudCluster

Planner = Callable[[str], EksPlan | GkePlan]

_WIDEST_PREFIX = 8
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))


def wrong(cluster: "CloudCluster", planner: Planner) -> Wrong:
    """Everything that is wrong with a cluster's addresses."""
    if not cluster.zones or len(set(cluster.zones)) < len(cluster.zones):
        return
    whole = IPv4Network(cluster.cidr)
    yield from _bounds(cluster, whole)
    yield from _overlaps(cluster, whole)
    yield from _enough(cluster, planner)


def _bounds(cluster: "CloudCluster", whole: IPv4Network) -> Wrong:
    if not any(whole.subnet_of(private) for private in _PRIVATE):
        yield (
            "network.cidr",
            Refusal(str(whole), "others on the internet have these addresses", "give a part of 10.0.0.0/8"),
        )
    smallest, largest = AWS_PREFIXES
    if cluster.cloud is Cloud.AWS and not smallest <= whole.prefixlen <= largest:
        yield (
            "network.cidr",
            Refusal(str(whole), f"AWS makes VPCs from /{smallest} to /{largest}", "give one of this size"),
        )


def _overlaps(cluster: "CloudCluster", whole: IPv4Network) -> Wrong:
    for other in cluster.network.avoid:
        if whole.overlaps(IPv4Network(other)):
            yield (
                "network.cidr",
                Refusal(str(whole), f"it overlaps {other}, which it will be joined with", "give another network"),
            )
    services = cluster.network.services
    if services is None:
        return
    if whole.overlaps(IPv4Network(services)):
        yield (
            "network.services",
            Refusal(services, f"it overlaps network.cidr ({whole})", "give another network, or none"),
        )
    for other in cluster.network.avoid:
        if IPv4Network(services).overlaps(IPv4Network(other)):
            yield (
                "network.services",
                Refusal(services, f"it overlaps {other}, which it will be joined with", "give another"),
            )


def _enough(cluster: "CloudCluster", planner: Planner) -> Wrong:
    lacking = _lacking(cluster.cidr, planner)
    if not lacking:
        return
    prefix = IPv4Network(cluster.cidr).prefixlen
    lowest = AWS_PREFIXES[0] if cluster.cloud is Cloud.AWS else _WIDEST_PREFIX
    sufficient = [p for p in range(prefix - 1, lowest - 1, -1) if not _lacking(f"0.0.0.0/{p}", planner)]
    fix = f"give a network of /{sufficient[0]} or larger" if sufficient else "give fewer nodes, or less max_pods"
    yield "network.cidr", Refusal(cluster.cidr, f"too few addresses: {'; '.join(lacking)}", fix)


def _lacking(cidr: str, planner: Planner) -> list[str]:
    """What is too little, in words; nothing where all suffices."""
    try:
        plan = planner(cidr)
    except ValueError as error:
        return [str(error)]
    return [f"{b.what} need {b.needed} of {b.available}" for b in short(plan.budgets)]
