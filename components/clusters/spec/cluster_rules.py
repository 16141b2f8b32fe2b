"""What a cluster and its pools cannot be together; each rule gives the key and what is wrong with it, or nothing."""

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING

from catalog import regions
from catalog.gpu import SYSTEM_POOL
from catalog.machines import Machine, offers
from catalog.plain import Refusal, nearest

if TYPE_CHECKING:
    from components.clusters.spec.cloud import CloudCluster
    from components.clusters.spec.pool import NodePool

Wrong = Iterator[tuple[str, Refusal]]

# Stands for a version that could not be read, and is compared with nothing.
UNREAD = "1.00"
# Fewer addresses than this prefix has are not most of the internet.
WIDEST_PREFIX = 8
# In `auto` the cloud chooses these.
_AUTO = ("image", "driver", "placement_group", "autoscaler", "disk_gib", "alternatives", "nodes", "min_nodes", "taints")


def wrong(cluster: "CloudCluster") -> Wrong:
    """Everything that is wrong with a cluster whose keys are right by themselves."""
    for rule in (_region, _zones, _access, _admins, _system, _names, _auto):
        yield from rule(cluster)
    if cluster.region in regions.regions(cluster.cloud):
        for name, pool in cluster.all_pools.items():
            where = name if name == SYSTEM_POOL and pool is cluster.system_pool else f"pools.{name}"
            for rule_of_pool in (_pool_zones, _offered, _spot, _skew):
                for key, refusal in rule_of_pool(cluster, pool):
                    yield f"{where}.{key}", refusal


def unknown_places(cluster: "CloudCluster") -> Iterator[tuple[str, Machine, str]]:
    """Pools, machine types and zones of which nobody here knows whether they go together."""
    for name, pool in cluster.all_pools.items():
        for machine in pool.machine_types:
            for zone in pool.zones or cluster.zones:
                if machine.offered(cluster.region, zone) is None:
                    yield name, machine, zone


def _region(cluster: "CloudCluster") -> Wrong:
    known = regions.regions(cluster.cloud)
    if cluster.region not in known:
        yield "region", Refusal(cluster.region, f"{cluster.cloud} has no such region", nearest(cluster.region, known))


def _zones(cluster: "CloudCluster") -> Wrong:
    known = regions.zones(cluster.cloud, cluster.region)
    named = cluster.network.zones
    for zone in named:
        if known and zone not in known:
            yield "network.zones", Refusal(zone, f"no zone of {cluster.region}", f"give some of {', '.join(known)}")
    if len(set(named)) < len(named):
        yield "network.zones", Refusal("", "a zone is named twice", "name each once")
    if not cluster.zones and cluster.region in regions.regions(cluster.cloud):
        yield "network.zones", Refusal("", f"the zones of {cluster.region} are not known here", "name them")


def _access(cluster: "CloudCluster") -> Wrong:
    for cidr in cluster.api_cidrs:
        if ipaddress.IPv4Network(cidr).prefixlen < WIDEST_PREFIX:
            why = "whoever knows the address could try to log in"
            yield (
                "api_cidrs",
                Refusal(cidr, why, "name the addresses that need it, or give api_access: runner or tunnel"),
            )
    if cluster.api_access == "cidrs" and not cluster.api_cidrs:
        yield "api_cidrs", Refusal("", "with api_access: cidrs nobody reaches the API server", "name the addresses")
    if cluster.api_access != "cidrs" and cluster.api_cidrs:
        yield (
            "api_cidrs",
            Refusal("", f"not used with api_access: {cluster.api_access}", "give api_access: cidrs, or remove it"),
        )


def _admins(cluster: "CloudCluster") -> Wrong:
    if len(set(cluster.admins)) < len(cluster.admins):
        yield "admins", Refusal("", "one is named twice, and the cloud refuses the second", "name each once")


def _system(cluster: "CloudCluster") -> Wrong:
    pool = cluster.system_pool
    if pool.taints:
        yield (
            "system.taints",
            Refusal("", "without an untainted pool the cluster's own pods have no node", "remove them"),
        )
    if pool.machine_type.accelerator:
        why = "nodes with accelerators are tainted, and the cluster's own pods would have none"
        yield (
            "system",
            Refusal(pool.machine_type.name, why, "give a machine type without, and a pool for the accelerator"),
        )
    if pool.capacity != "on_demand":
        yield (
            "system.capacity",
            Refusal(pool.capacity, "the cluster's own pods cannot wait for machines", "give on_demand"),
        )
    if not pool.minimum:
        yield "system.min_nodes", Refusal("0", "the cluster's own pods need a node", "give at least 1")
    if pool.autoscaler != "managed":
        yield "system.autoscaler", Refusal(pool.autoscaler, "it runs on these nodes itself", "give managed")


def _names(cluster: "CloudCluster") -> Wrong:
    if SYSTEM_POOL in cluster.own_pools:
        yield (
            f"pools.{SYSTEM_POOL}",
            Refusal("", "two pools would have this name", "give it as `system`, or another name"),
        )


def _auto(cluster: "CloudCluster") -> Wrong:
    if cluster.mode != "auto":
        return
    if "system" in cluster.model_fields_set:
        yield "system", Refusal("", "in mode auto the cloud makes these nodes", "remove it")
    for name, pool in cluster.own_pools.items():
        for key in _AUTO:
            if key in pool.model_fields_set:
                yield f"pools.{name}.{key}", Refusal("", "in mode auto the cloud chooses it", "remove it")


def _pool_zones(cluster: "CloudCluster", pool: "NodePool") -> Wrong:
    for zone in pool.zones:
        if zone not in cluster.zones:
            yield "zones", Refusal(zone, "no zone of the cluster", f"give some of {', '.join(cluster.zones)}")


def _offered(cluster: "CloudCluster", pool: "NodePool") -> Wrong:
    """Some machine type in every named zone, or in one of the cluster's zones where none is named."""
    region, types = cluster.region, pool.machine_types
    key = "accelerator" if pool.accelerator else "machine"
    places = [machine for machine in types if region in machine.zones]
    if not places:
        yield key, Refusal(_said(pool), f"{region} has no {types[0].name}", _elsewhere(cluster, pool))
        return
    for zone in pool.zones:
        if all(machine.offered(region, zone) is False for machine in types):
            yield (
                "zones",
                Refusal(zone, f"{zone} has no {types[0].name}", f"zones that have it: {_having(cluster, places)}"),
            )
    if not pool.zones and cluster.zones and not cluster.zones_of(pool):
        why = f"none of the cluster's zones has {types[0].name}"
        yield key, Refusal(_said(pool), why, f"zones that have it: {_having(cluster, places)}")


def _spot(cluster: "CloudCluster", pool: "NodePool") -> Wrong:
    if pool.capacity == "spot" and len(pool.machine_types) < 2 and len(cluster.zones_of(pool)) < 2:
        why = "one machine type in one zone is often not to be had, and all its nodes are taken back at once"
        yield "capacity", Refusal("spot", why, "give alternatives, or more zones")


def _skew(cluster: "CloudCluster", pool: "NodePool") -> Wrong:
    if pool.image is None or cluster.kubernetes == UNREAD:
        return
    nodes, server = int(pool.image.split(".")[1]), int(cluster.kubernetes.split(".")[1])
    if nodes > server:
        yield (
            "image",
            Refusal(pool.image, f"nodes newer than the cluster ({cluster.kubernetes})", "upgrade the cluster first"),
        )
    elif server - nodes > cluster.max_skew:
        why = f"more than {cluster.max_skew} minor versions older than the cluster ({cluster.kubernetes})"
        yield "image", Refusal(pool.image, why, "upgrade the pool first")


def _said(pool: "NodePool") -> str:
    return f"{pool.count} x {pool.accelerator}" if pool.accelerator else pool.machine_type.name


def _having(cluster: "CloudCluster", machines: list[Machine]) -> str:
    zones = {
        zone
        for zone in regions.zones(cluster.cloud, cluster.region)
        if any(machine.offered(cluster.region, zone) for machine in machines)
    }
    return ", ".join(sorted(zones)) or "not known here"


def _elsewhere(cluster: "CloudCluster", pool: "NodePool") -> str:
    """What the region has of the accelerator, or where the machine is."""
    machine = pool.machine_type
    if machine.accelerator:
        here = [m for m in offers(cluster.cloud, machine.accelerator) if cluster.region in m.zones]
        if here:
            names = ", ".join(f"{m.name} ({m.accelerator_count})" for m in here)
            return f"give another machine type with {machine.accelerator}; {cluster.region} has {names}"
    return f"regions that have it: {', '.join(sorted(machine.zones)) or 'not known here'}"
