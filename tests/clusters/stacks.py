"""Clusters as a stack file says them, as small as they may be."""

import copy
from typing import Any

from pydantic import TypeAdapter

from catalog.plain import validated
from components.clusters.spec import KINDS, ClusterSpec

EKS: dict[str, Any] = {
    "kind": "eks",
    "region": "us-east-1",
    "account": "123456789012",
    "kubernetes": "1.34",
    "admins": ["arn:aws:iam::123456789012:role/platform"],
    "pools": {"l4": {"accelerator": "l4", "max_nodes": 4}},
}
GKE: dict[str, Any] = {
    "kind": "gke",
    "region": "us-central1",
    "project": "ml-platform-1",
    "kubernetes": "1.34",
    "admins": ["group:platform@example.com"],
    "pools": {"l4": {"accelerator": "l4", "max_nodes": 4}},
}
ADAPTER: TypeAdapter[Any] = TypeAdapter(ClusterSpec)


def changed(base: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The cluster with other keys; a mapping is merged, and so are its entries' keys."""
    said = copy.deepcopy(base)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(said.get(key), dict):
            for name, entry in value.items():
                said[key][name] = {**said[key][name], **entry} if isinstance(said[key].get(name), dict) else entry
        else:
            said[key] = value
    return said


def read(said: dict[str, Any]) -> Any:
    """The cluster; fails where it is wrong."""
    cluster, errors = validated(ADAPTER, said, "cluster")
    assert not errors, "\n".join(map(str, errors))
    return cluster


def wrong(said: dict[str, Any]) -> dict[str, str]:
    """By path, what is wrong and the fix; fails where nothing is."""
    cluster, errors = validated(ADAPTER, said, "cluster", KINDS)
    assert cluster is None
    return {error.path: f"{error.why}; {error.fix}" for error in errors}
