"""Which component makes which kind of cluster; imported when asked for: a cloud's SDK is slow to import."""

from importlib import import_module
from typing import Any

# By kind: module and class. Each takes `(name, args, opts)` and gives a `ClusterHandle` as `handle`.
COMPONENTS = {
    "eks": ("components.clusters.eks.cluster", "EksCluster"),
    "gke": ("components.clusters.gke.cluster", "GkeCluster"),
    "existing": ("components.clusters.existing", "ExistingCluster"),
    "sandbox": ("components.clusters.sandbox", "SandboxCluster"),
}


def component(kind: str) -> Any:
    """The component class of a kind of cluster; those of clouds take `CloudClusterArgs`."""
    module, name = COMPONENTS[kind]
    return getattr(import_module(module), name)
