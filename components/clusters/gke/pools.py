"""A pool as GKE wants it said: pure functions, from the declaration to node pools.

Sources (read 2026-11), all below https://cloud.google.com/kubernetes-engine/docs: how-to/gpus, /gpus-multi,
/timesharing-gpus, /node-upgrades, /image-streaming, concepts/plan-tpus; which machines take which disks,
https://cloud.google.com/compute/docs/disks/hyperdisks#machine-type-support.
"""

import json
from typing import Any

from catalog import gpu
from catalog.machines import Machine
from components.clusters.gke.network import PODS
from components.clusters.spec import GkeCluster, Group, NodePool
from components.names import fingerprint, safe_name

_EFFECTS = {"NoSchedule": "NO_SCHEDULE", "PreferNoSchedule": "PREFER_NO_SCHEDULE", "NoExecute": "NO_EXECUTE"}
SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_NAME = 40
# Of a machine type's name, the beginnings of those that take no Persistent Disk.
_HYPERDISK = ("a3-ultragpu", "a4-", "a4x-", "c4-", "c4a-", "c4d-", "ct6e-", "g4-", "h4d-", "n4-", "n4a-", "n4d-", "x4-")
# GPUDirect over RDMA; the others have GPUDirect-TCPX, which pods bring themselves.
_RDMA = ("a3-ultragpu", "a4-")
_LOCAL_SSD_GB = 375
_RESERVATION = "compute.googleapis.com/reservation-name"


def group_name(spec: GkeCluster, pool: str, group: Group) -> str:
    """The name of a pool's part in the program: `h100_a`, or `h100` of a pool that is not divided."""
    if len(group.zones) != 1:
        return pool
    return f"{pool}_{group.zones[0].removeprefix(spec.region).strip('-')}"


def node_pool(spec: GkeCluster, name: str, pool: NodePool, group: Group, key: str) -> dict[str, Any]:
    """What a node pool is, as far as the declaration says it.

    Its name in the cloud holds a fingerprint of what GKE cannot change: the new nodes are there before the old ones go.

    Args:
        spec: of the cluster.
        name: of the pool.
        pool: the declaration.
        group: the pool's part.
        key: that encrypts the nodes' disks.
    """
    nodes = node_config(name, pool, key)
    said: dict[str, Any] = {
        "node_locations": list(group.zones),
        "max_pods_per_node": spec.network.max_pods,
        "node_config": nodes,
        "network_config": network_config(pool),
        "management": {"auto_repair": pool.node_repair, "auto_upgrade": True},
        "upgrade_settings": upgrade_settings(pool),
        **size(pool, group),
    }
    if pool.placement_group:
        said["placement_policy"] = {"type": "COMPACT"}
    if pool.image:
        said["version"] = pool.image
    return {"name": _named(spec, name, group, _fixed(said)), **said}


def _fixed(said: dict[str, Any]) -> list[Any]:
    """What makes a new pool when it changes (`catalog/replaces`); the service account and scopes never do."""
    nodes = said["node_config"]
    keys = (
        "boot_disk_kms_key", "ephemeral_storage_local_ssd_config", "guest_accelerators", "metadata",
        "reservation_affinity", "shielded_instance_config", "spot",
    )  # fmt: skip
    return [
        *(nodes.get(key) for key in keys),
        *(said.get(key) for key in ("max_pods_per_node", "placement_policy")),
        said["network_config"],
    ]


def _named(spec: GkeCluster, name: str, group: Group, fixed: list[Any]) -> str:
    part = group_name(spec, name, group)
    # GKE takes no underscore: the part `a_b` of a pool `a` and a pool `a-b` differ in the fingerprint alone.
    own = part.replace("_", "-")
    drawn = fingerprint(json.dumps([part, *fixed]))
    return f"{safe_name(own if own[0].isalpha() else f'n{own}', _NAME - len(drawn) - 1)}-{drawn}"


def size(pool: NodePool, group: Group) -> dict[str, Any]:
    """How many nodes a part has, over all its zones; GKE counts everything else for each zone by itself.

    A part over several zones has fewer nodes than zones. It begins with none, and gets one wherever there is a machine.
    """
    if pool.max_nodes is None and len(group.zones) == 1:
        return {"node_count": group.minimum}
    return {
        "initial_node_count": group.minimum if len(group.zones) == 1 else 0,
        "autoscaling": {
            "total_min_node_count": group.minimum,
            "total_max_node_count": group.maximum,
            "location_policy": "ANY" if pool.capacity in ("spot", "reservation") else "BALANCED",
        },
    }


def node_config(name: str, pool: NodePool, key: str) -> dict[str, Any]:
    """What a pool's machines are, without the service account.

    Args:
        name: of the pool.
        pool: the declaration.
        key: that encrypts their disks.
    """
    machine = pool.machine_type
    said: dict[str, Any] = {
        "machine_type": machine.name,
        "image_type": "COS_CONTAINERD",
        "disk_type": disk_type(machine),
        "disk_size_gb": pool.disk,
        "boot_disk_kms_key": key,
        "oauth_scopes": list(SCOPES),
        "labels": labels(name, pool),
        "taints": [
            {"key": taint["key"], "value": taint.get("value", ""), "effect": _EFFECTS[taint["effect"]]}
            for taint in taints(pool)
        ],
        "metadata": {"disable-legacy-endpoints": "true"},
        "workload_metadata_config": {"mode": "GKE_METADATA"},
        "shielded_instance_config": shielded(machine),
        "kubelet_config": {"insecure_kubelet_readonly_port_enabled": "FALSE"},
        "gvnic": {"enabled": True},
        **accelerators(pool),
        **_bought(pool),
    }
    if pool.local_nvme:
        said["ephemeral_storage_local_ssd_config"] = {"local_ssd_count": machine.local_nvme_gb // _LOCAL_SSD_GB}
    if pool.image_streaming:
        said["gcfs_config"] = {"enabled": True}
    if pool.fast_network and machine.name.startswith(_RDMA):
        said["gpudirect_strategy"] = "RDMA"
    return said


def shielded(machine: Machine) -> dict[str, bool]:
    """Secure boot loads no driver that Google has not signed; nodes with accelerators do without it."""
    return {"enable_secure_boot": machine.accelerator is None, "enable_integrity_monitoring": True}


def disk_type(machine: Machine) -> str:
    """The kind of disk that the machine takes."""
    return "hyperdisk-balanced" if machine.name.startswith(_HYPERDISK) else "pd-balanced"


def accelerators(pool: NodePool) -> dict[str, Any]:
    """GPUs with the driver that belongs to the nodes' version; TPUs come with their machine type alone."""
    machine = pool.machine_type
    if machine.accelerator is None or gpu.base_resource(machine.accelerator) != gpu.RESOURCE:
        return {}
    said: dict[str, Any] = {
        "type": machine.gcp_accelerator,
        "count": machine.accelerator_count,
        "gpu_driver_installation_config": {"gpu_driver_version": "DEFAULT"},
    }
    if pool.mig:
        said["gpu_partition_size"] = pool.mig
    if pool.time_slicing:
        said["gpu_sharing_config"] = {
            "gpu_sharing_strategy": "TIME_SHARING",
            "max_shared_clients_per_gpu": pool.time_slicing,
        }
    return {"guest_accelerators": [said]}


def _bought(pool: NodePool) -> dict[str, Any]:
    """How the machines are had."""
    if pool.capacity == "spot":
        return {"spot": True}
    if pool.reservation is None:
        return {}
    affinity = {"consume_reservation_type": "SPECIFIC_RESERVATION", "key": _RESERVATION, "values": [pool.reservation]}
    return {"reservation_affinity": affinity}


def network_config(pool: NodePool) -> dict[str, Any]:
    """No node has an address on the internet; GKE makes what GPUDirect needs beside the cluster's own network."""
    said: dict[str, Any] = {"enable_private_nodes": True, "pod_range": PODS}
    return said | ({"accelerator_network_profile": "auto"} if pool.fast_network else {})


def upgrade_settings(pool: NodePool) -> dict[str, Any]:
    """One node after the other: a new one first, but for accelerators, of which there is rarely one more to be had."""
    scarce = pool.machine_type.accelerator is not None or pool.reservation is not None
    return {"strategy": "SURGE", "max_surge": 0 if scarce else 1, "max_unavailable": 1 if scarce else 0}


def labels(name: str, pool: NodePool) -> dict[str, str]:
    """The nodes' labels: Slipway's own, and the pool's."""
    accelerator = pool.machine_type.accelerator
    own = {gpu.ACCELERATOR_LABEL: gpu.label(accelerator, pool.sharing)} if accelerator else {}
    return {gpu.POOL_LABEL: name, **own, **pool.labels}


def taints(pool: NodePool) -> list[dict[str, str]]:
    """The nodes' taints, as Kubernetes writes them; that of accelerators is the one which GKE sets by itself, too."""
    accelerator = pool.machine_type.accelerator
    own = [gpu.taint(accelerator)] if accelerator else []
    return [*own, *({"key": t.key, "value": t.value, "effect": t.effect} for t in pool.taints)]


def words(spec: GkeCluster) -> str:
    """What a person should know before it costs money: regional or zonal, and how many nodes that is in all."""
    kind = f"zonal in {spec.zone}" if spec.zone else f"regional in {spec.region}"
    if spec.mode == "auto":
        return f"{kind}, Autopilot: nodes as pods need them, in {', '.join(spec.zones)}"
    pools = [f"{name} {_range(pool.minimum, pool.maximum)}" for name, pool in spec.all_pools.items()]
    lowest = sum(pool.minimum for pool in spec.all_pools.values())
    most = sum(pool.maximum for pool in spec.all_pools.values())
    return f"{kind}: {_range(lowest, most)} nodes in all, over {', '.join(spec.zones)} ({', '.join(pools)})"


def _range(lowest: int, most: int) -> str:
    return str(most) if lowest == most else f"{lowest} to {most}"
