"""How an accelerator is named in Kubernetes: resource key, product label, taint; one place for every cloud.

Sources: resource and label names, NVIDIA device plugin and GPU feature discovery,
https://github.com/NVIDIA/k8s-device-plugin and https://github.com/NVIDIA/gpu-feature-discovery (read 2026-11).
"""

from catalog.machines import Accelerator

RESOURCE = "nvidia.com/gpu"
POOL_LABEL = "slipway.dev/pool"
ACCELERATOR_LABEL = "slipway.dev/accelerator"
SYSTEM_POOL = "system"
TAINT = {"key": RESOURCE, "value": "present", "effect": "NoSchedule"}
TOLERATION = {"key": RESOURCE, "operator": "Exists", "effect": "NoSchedule"}

# A simulated node carries one more taint: nothing lands there that does not say it may be simulated.
SIMULATED_ANNOTATION = "kwok.x-k8s.io/node"
SIMULATED_TAINT = {"key": SIMULATED_ANNOTATION, "value": "fake", "effect": "NoSchedule"}
SIMULATED_TOLERATION = {"key": SIMULATED_ANNOTATION, "operator": "Exists", "effect": "NoSchedule"}


def node_selector(accelerator: Accelerator) -> dict[str, str]:
    """The labels of the nodes that carry this accelerator."""
    return {ACCELERATOR_LABEL: accelerator.value}
