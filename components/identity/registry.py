"""Which component gives models of a cluster their identities; imported when asked for: a cloud's SDK is slow."""

from importlib import import_module
from typing import Any

# By kind of cluster: module and class. Each takes `(name, ModelReaderArgs, opts)` and gives a `ReaderHandle`.
COMPONENTS = {
    "eks": ("components.identity.aws", "AwsModelReader"),
    "gke": ("components.identity.google", "GoogleModelReader"),
}


def component(kind: str) -> Any:
    """The component class of a kind of cluster."""
    module, name = COMPONENTS[kind]
    return getattr(import_module(module), name)
