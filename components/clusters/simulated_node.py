"""A simulated node: what the scheduler sees of a machine that is not there."""

from typing import Any

from catalog import gpu
from catalog.machines import Machine

REPLACE_ON_CHANGE = "slipway.dev/replace-on-change"


def simulated_node(name: str, pool: str, machine: Machine, sharing: gpu.Sharing = gpu.WHOLE) -> dict[str, Any]:
    """The Node object of one simulated machine.

    The API server keeps the status a node was created with, whatever is applied later: a change of shape makes the
    node anew, which the annotation asks the provider for.

    Args:
        name: of the node.
        pool: of the stack.
        machine: whose allocatable resources it offers.
        sharing: how its GPUs are shared.
    """
    labels = {
        "kubernetes.io/arch": machine.architecture,
        "kubernetes.io/os": "linux",
        "kubernetes.io/hostname": name,
        "node.kubernetes.io/instance-type": machine.name,
        gpu.POOL_LABEL: pool,
    }
    taints = [gpu.SIMULATED_TAINT]
    if machine.accelerator:
        labels |= gpu.node_selector(machine.accelerator, sharing)
        taints = [gpu.taint(machine.accelerator), gpu.SIMULATED_TAINT]
        if gpu.base_resource(machine.accelerator) == gpu.RESOURCE:
            labels |= {
                "nvidia.com/gpu.count": str(machine.accelerator_count),
                "nvidia.com/gpu.memory": str(machine.accelerator_memory_mib),
                "nvidia.com/gpu.present": "true",
            }
    allocatable = gpu.allocatable(machine, sharing)
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": labels,
            "annotations": {gpu.SIMULATED_ANNOTATION: "fake", REPLACE_ON_CHANGE: "true"},
        },
        "spec": {"taints": taints},
        "status": {"allocatable": allocatable, "capacity": allocatable},
    }
