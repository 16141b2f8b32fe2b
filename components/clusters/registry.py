"""Which component makes which kind of cluster; imported when asked for: a cloud's SDK is slow to import."""

from importlib import import_module
from typing import Any

# By kind: module and class. Each takes `(name, args, opts)` and gives a `ClusterHandle` as `handle`.
COMPONENTS = {
    "eks": ("components.clusters.eks", "EksCluster"),
    "gke": ("components.clusters.gke", "GkeCluster"),
    "existing": ("components.clusters.existing", "ExistingCluster"),
    "sandbox": ("components.clusters.sandbox", "SandboxCluster"),
}


def component(kind: str) -> Any:
    """The component class of a kind of cluster; the class of its arguments is `<Class>Args`, beside it."""
    module, name = COMPONENTS[kind]
    return getattr(import_module(module), name)
