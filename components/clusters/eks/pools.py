"""A pool as EKS wants it said: pure functions, from the declaration to a launch template and node groups.

Sources (read 2026-11): launch templates of managed node groups,
https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html; capacity blocks, /capacity-blocks-mng.html; EFA,
/node-efa.html; the nodes' configuration, https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/.
"""

import base64
import json
from typing import Any

from catalog import gpu
from catalog.machines import Machine
from components.aws.place import STACK_TAG
from components.clusters.eks.kubeconfig import POOL_TAG
from components.clusters.spec import EksCluster, Group, NodePool
from components.clusters.spec.amis import variant
from components.names import fingerprint, joined_name

_EFFECTS = {"NoSchedule": "NO_SCHEDULE", "PreferNoSchedule": "PREFER_NO_SCHEDULE", "NoExecute": "NO_EXECUTE"}
_CAPACITY = {"on_demand": "ON_DEMAND", "reservation": "ON_DEMAND", "spot": "SPOT", "capacity_block": "CAPACITY_BLOCK"}
# Cluster Autoscaler waits until a node with this label shows its GPUs, and does not add another one meanwhile.
_AWAITED = "k8s.amazonaws.com/accelerator"
_BOUNDARY = "//"
_TEMPLATE_NAME = 128
"""At most so many characters: `LaunchTemplateName` in botocore's model of EC2."""
_ROOT_DISK = "/dev/xvda"


def group_name(spec: EksCluster, pool: str, group: Group) -> str:
    """The name of a pool's part in the program: `h100_a`, or `h100` of a pool that is not divided."""
    if len(group.zones) != 1:
        return pool
    return f"{pool}_{group.zones[0].removeprefix(spec.region)}"


def node_group(spec: EksCluster, name: str, pool: NodePool, group: Group) -> dict[str, Any]:
    """What a managed node group is, as far as the declaration says it.

    Its name in the cloud holds a fingerprint of what EKS cannot change: a new group is there before the old one goes.

    Args:
        spec: of the cluster.
        name: of the pool.
        pool: the declaration.
        group: the pool's part.
    """
    types = [machine.name for machine in offered(spec, pool, group)]
    fixed = {"ami": ami_type(pool.machine_type), "capacity": _CAPACITY[pool.capacity], "types": types}
    drawn = fingerprint(json.dumps([fixed, group.zones]))
    said: dict[str, Any] = {
        "node_group_name": f"{group_name(spec, name, group)}-{drawn}",
        "ami_type": fixed["ami"],
        "capacity_type": fixed["capacity"],
        # A capacity block's type stands in the launch template.
        **({} if pool.capacity == "capacity_block" else {"instance_types": types}),
        "version": version(spec, pool),
        "labels": group_labels(name, pool),
        "taints": taints(pool),
        "scaling_config": {"desired_size": group.minimum, "min_size": group.minimum, "max_size": group.maximum},
        "update_config": {"max_unavailable": 1},
        "node_repair_config": {"enabled": pool.node_repair},
    }
    return said | ({"release_version": pool.image} if pool.image else {})


def offered(spec: EksCluster, pool: NodePool, group: Group) -> tuple[Machine, ...]:
    """The pool's machine types that some zone of the group has; a type that it lacks would fail the whole group."""
    return tuple(
        machine
        for machine in pool.machine_types
        if any(machine.offered(spec.region, zone) is not False for zone in group.zones)
    )


def version(spec: EksCluster, pool: NodePool) -> str:
    """The nodes' Kubernetes: that of the pinned image, else the cluster's."""
    return ".".join(pool.image.split(".")[:2]) if pool.image else spec.kubernetes


def ami_type(machine: Machine) -> str:
    """The image for a machine, as EKS names it."""
    architecture = "ARM_64" if machine.architecture == "arm64" else "x86_64"
    return f"AL2023_{architecture}_{variant(machine).upper()}"


def labels(name: str, pool: NodePool) -> dict[str, str]:
    """The nodes' labels: Slipway's own, what NVIDIA's operators go by, and the pool's."""
    own = {gpu.POOL_LABEL: name}
    if accelerator := pool.machine_type.accelerator:
        own[gpu.ACCELERATOR_LABEL] = gpu.label(accelerator, pool.sharing)
    if pool.mig:
        own["nvidia.com/mig.config"] = f"all-{pool.mig}"
    return own | pool.labels


def group_labels(name: str, pool: NodePool) -> dict[str, str]:
    """The labels of a managed group's nodes: theirs, and what Cluster Autoscaler goes by."""
    accelerator = pool.machine_type.accelerator
    awaited = accelerator and gpu.resource(accelerator, pool.cloud, pool.sharing) == gpu.RESOURCE
    return labels(name, pool) | ({_AWAITED: str(accelerator)} if awaited else {})


def kubernetes_taints(pool: NodePool) -> list[dict[str, str]]:
    """The nodes' taints, as Kubernetes writes them."""
    accelerator = pool.machine_type.accelerator
    own = [gpu.taint(accelerator)] if accelerator else []
    return [*own, *({"key": t.key, "value": t.value, "effect": t.effect} for t in pool.taints)]


def taints(pool: NodePool) -> list[dict[str, str]]:
    """The nodes' taints, as EKS writes them."""
    return [taint | {"effect": _EFFECTS[taint["effect"]]} for taint in kubernetes_taints(pool)]


def own_name(cluster: str, pool: str) -> str:
    """What is a pool's own in an account, where other clusters' pools have theirs: a template, a placement group."""
    return joined_name(cluster, pool, limit=_TEMPLATE_NAME)


def launch_template(cluster: str, stack: str, spec: EksCluster, name: str, pool: NodePool) -> dict[str, Any]:
    """What a pool's machines are, without what other resources make (security group, placement group).

    Nobody's pod reaches the metadata service, and so nobody's takes the node's role: its answers go one hop far.

    Args:
        cluster: its name.
        stack: in the tag that machines and disks get from here alone: EKS makes them, not the engine.
        spec: of the cluster.
        name: of the pool.
        pool: the declaration.
    """
    tags = {"Name": f"{cluster}-{name}", POOL_TAG: name, STACK_TAG: stack}
    said: dict[str, Any] = {
        "name": own_name(cluster, name),
        "update_default_version": True,
        "metadata_options": {
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
            "instance_metadata_tags": "disabled",
        },
        "monitoring": {"enabled": True},
        "block_device_mappings": [
            {
                "device_name": _ROOT_DISK,
                "ebs": {
                    "volume_size": pool.disk,
                    "volume_type": "gp3",
                    "encrypted": "true",
                    "delete_on_termination": "true",
                },
            }
        ],
        "tag_specifications": [{"resource_type": kind, "tags": tags} for kind in ("instance", "volume")],
        "user_data": user_data(spec.network.max_pods, local_nvme=pool.local_nvme),
    }
    return said | _reserved(pool)


def _reserved(pool: NodePool) -> dict[str, Any]:
    """How reserved machines are had; nothing for others."""
    if pool.reservation is None:
        return {}
    target = {"capacity_reservation_target": {"capacity_reservation_id": pool.reservation}}
    said: dict[str, Any] = {"capacity_reservation_specification": target}
    if pool.capacity == "capacity_block":
        said["instance_market_options"] = {"market_type": "capacity-block"}
        said["instance_type"] = pool.machine_type.name
    return said


def interfaces(pool: NodePool) -> int:
    """Elastic Fabric Adapters of a node; none for a pool without a fast network."""
    return min(machine.efa for machine in pool.machine_types) if pool.fast_network else 0


def network_interfaces(count: int, security_group: Any) -> list[dict[str, Any]]:
    """One adapter on every network card; the first one is the node's own interface, too.

    Args:
        count: of adapters.
        security_group: the cluster's own, which lets adapters talk with each other.
    """
    return [
        {
            "device_index": 0 if card == 0 else 1,
            "network_card_index": card,
            "interface_type": "efa",
            "associate_public_ip_address": "false",
            "delete_on_termination": "true",
            "security_groups": [security_group],
        }
        for card in range(count)
    ]


def user_data(max_pods: int, *, local_nvme: bool) -> str:
    """The nodes' own configuration, which EKS adds its own to: base64 of a MIME document.

    It sets nothing but how many pods a node takes (the planner's number) and where they write: what the kubelet may and
    may not do stays as in AWS' image.
    """
    config: dict[str, Any] = {"kubelet": {"config": {"maxPods": max_pods}}}
    if local_nvme:
        config["instance"] = {"localStorage": {"strategy": "RAID0"}}
    node = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": config}
    lines = (
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"',
        "",
        f"--{_BOUNDARY}",
        "Content-Type: application/node.eks.aws",
        "",
        json.dumps(node),
        "",
        f"--{_BOUNDARY}--",
        "",
    )
    return base64.b64encode("\n".join(lines).encode()).decode()
