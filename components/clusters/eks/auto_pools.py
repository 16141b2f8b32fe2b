"""Pools of a cluster in Auto Mode: EKS brings the machinery, the NodePools say what it makes.

Source: https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html (read 2026-11).
"""

from typing import Any

from catalog.gpu import SYSTEM_POOL
from components.clusters.eks.karpenter import node_pool
from components.clusters.spec import EksCluster

# The node class that EKS makes for its own pools.
_CLASS = {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"}


def objects(spec: EksCluster) -> dict[str, dict[str, Any]]:
    """A NodePool for each declared pool and for pods without accelerators; none where pools are node groups.

    Two pools named `system` would be one: EKS' own of that name stays, and Slipway's is `slipway-system`.
    """
    if spec.mode != "auto":
        return {}
    own = node_pool(spec, SYSTEM_POOL, spec.system, _CLASS)
    own["metadata"]["name"] = f"slipway-{SYSTEM_POOL}"
    pools = {name: node_pool(spec, name, pool, _CLASS) for name, pool in sorted(spec.pools.items())}
    return {f"slipway-{SYSTEM_POOL}": own, **pools}
