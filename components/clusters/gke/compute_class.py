"""Pools whose nodes GKE makes by itself: compute classes, and the bounds of what they may cost.

Sources (read 2026-11): https://cloud.google.com/kubernetes-engine/docs/reference/crds/computeclass and
/docs/how-to/node-auto-provisioning, by which the bounds hold for compute classes, too.
"""

import math
from typing import Any

from catalog import gpu
from components.clusters.gke.pools import SCOPES, labels, taints
from components.clusters.spec import GkeCluster, NodePool

Manifest = dict[str, Any]


def compute_class(spec: GkeCluster, name: str, pool: NodePool, nodes: str, key: str) -> Manifest:
    """The class of a pool: its machine types in their order, the first that is to be had.

    Args:
        spec: of the cluster.
        name: of the pool.
        pool: the declaration.
        nodes: address of the nodes' service account.
        key: that encrypts the nodes' disks.
    """
    config: Manifest = {
        "serviceAccount": nodes,
        "imageType": "cos_containerd",
        "nodeLabels": labels(name, pool),
        "autoRepair": pool.node_repair,
        "autoUpgrade": True,
    }
    own = [taint for taint in taints(pool) if taint["key"] not in (gpu.RESOURCE, gpu.TPU)]
    if own:
        config["taints"] = own
    if pool.image_streaming:
        config["imageStreaming"] = {"enabled": True}
    return {
        "apiVersion": "cloud.google.com/v1",
        "kind": "ComputeClass",
        "metadata": {"name": name},
        "spec": {
            "nodePoolAutoCreation": {"enabled": True},
            "nodePoolConfig": config,
            "priorities": [_rule(spec, pool, at, key) for at in range(len(pool.machine_types))],
            "whenUnsatisfiable": "DoNotScaleUp",
        },
    }


def _rule(spec: GkeCluster, pool: NodePool, at: int, key: str) -> Manifest:
    machine = pool.machine_types[at]
    rule: Manifest = {
        "machineType": machine.name,
        "location": {"zones": list(spec.zones_of(pool))},
        "storage": {"bootDiskKMSKey": key, "bootDiskSize": pool.disk},
    }
    if machine.accelerator and gpu.base_resource(machine.accelerator) == gpu.RESOURCE:
        rule["gpu"] = {
            "type": machine.gcp_accelerator, "count": machine.accelerator_count, "driverVersion": "default",
        }  # fmt: skip
    elif machine.accelerator:
        topology = gpu.tpu_topology(machine)
        rule["tpu"] = {"type": machine.gcp_accelerator, "count": machine.accelerator_count, "topology": topology}
    if pool.capacity == "spot":
        rule["spot"] = True
    if pool.reservation:
        rule["reservations"] = {"affinity": "Specific", "specific": [{"name": pool.reservation}]}
    return rule


def autoscaling(spec: GkeCluster, nodes: str, key: str) -> Manifest:
    """What the cluster says of nodes that GKE makes by itself.

    Args:
        spec: of the cluster.
        nodes: address of the nodes' service account.
        key: that encrypts the nodes' disks.
    """
    defaults: Manifest = {"service_account": nodes, "oauth_scopes": list(SCOPES)}
    if spec.mode == "auto":
        return {"auto_provisioning_defaults": defaults | {"boot_disk_kms_key": key}}
    if not spec.provisioned:
        return {"enabled": False}
    # The key is said by each class: said here, where it was not before, it would make the cluster anew.
    return {
        "enabled": True,
        "autoscaling_profile": "BALANCED",
        "auto_provisioning_locations": list(spec.zones),
        "auto_provisioning_defaults": defaults
        | {
            "image_type": "COS_CONTAINERD",
            "management": {"auto_repair": True, "auto_upgrade": True},
            "shielded_instance_config": {"enable_secure_boot": True, "enable_integrity_monitoring": True},
        },
        "resource_limits": limits(spec),
    }


def limits(spec: GkeCluster) -> list[Manifest]:
    """How much all pools together may have; the autoscaler makes nothing beyond it, of these or of other pools."""
    pools = spec.all_pools.values()
    found = {
        "cpu": sum(pool.maximum * max(m.vcpus for m in pool.machine_types) for pool in pools),
        "memory": sum(pool.maximum * max(math.ceil(m.memory_mib / 1024) for m in pool.machine_types) for pool in pools),
    }
    for pool in pools:
        for kind in sorted({m.gcp_accelerator for m in pool.machine_types if m.gcp_accelerator}):
            most = max(m.accelerator_count for m in pool.machine_types if m.gcp_accelerator == kind)
            found[kind] = found.get(kind, 0) + pool.maximum * most
    return [{"resource_type": kind, "minimum": 0, "maximum": most} for kind, most in found.items()]
