"""What cannot be changed in an object that exists, by kind.

The table spares a question to the API server where it is complete (`settled`), and gives the answer where the API
server would not refuse: it keeps the old value without a word (a Node's `status`), or never hears of it (the official
provider replaces ConfigMaps and Secrets with other data, unless it is told not to).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.wire import Path, plain


@dataclass(frozen=True)
class Frozen:
    """The part of an object that stays as it was made.

    Args:
        parts: the paths under which nothing may change.
        but: the paths below them that may.
    """

    parts: tuple[Path, ...] = ()
    but: tuple[Path, ...] = ()

    def holds(self, path: Path) -> bool:
        """Whether a change at a path cannot be made."""
        return any(_within(path, part) for part in self.parts) and not any(_within(path, part) for part in self.but)


def paths(group: str, kind: str, old: Mapping[str, Any], *, mutable: bool) -> Frozen:
    """What is frozen in an object.

    Args:
        group: its API group.
        kind: its kind.
        old: the inputs it was made from.
        mutable: whether the data of ConfigMaps and Secrets may be changed in place.
    """
    if (group, kind) not in _DATA:
        return _TABLE.get((group, kind), Frozen())
    sealed = plain(old.get("immutable")) is True
    data = _DATA[group, kind] if sealed or not mutable else ()
    return Frozen(_frozen(*data, *(["type"] if kind == "Secret" else []), *(["immutable"] if sealed else [])))


def settled(group: str, kind: str) -> bool:
    """Whether the table holds all that is frozen in a kind, so that the API server need not be asked."""
    return (group, kind) in _SETTLED


def _frozen(*fields: str) -> tuple[Path, ...]:
    return tuple(tuple(field.split(".")) for field in fields)


def _within(path: Path, part: Path) -> bool:
    """Whether a path is at, below or above another: a change of the whole changes the part."""
    return all(a == b for a, b in zip(path, part, strict=False))


_RBAC = "rbac.authorization.k8s.io"

_DATA: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "ConfigMap"): ("data", "binaryData"),
    ("", "Secret"): ("data", "stringData"),
}

_TABLE: Mapping[tuple[str, str], Frozen] = {
    ("apps", "Deployment"): Frozen(_frozen("spec.selector")),
    ("apps", "ReplicaSet"): Frozen(_frozen("spec.selector")),
    ("apps", "DaemonSet"): Frozen(_frozen("spec.selector")),
    ("apps", "StatefulSet"): Frozen(
        _frozen("spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates")
    ),
    ("batch", "Job"): Frozen(_frozen("spec.selector", "spec.template", "spec.completionMode", "spec.manualSelector")),
    ("", "Service"): Frozen(_frozen("spec.clusterIP", "spec.clusterIPs")),
    ("", "PersistentVolumeClaim"): Frozen(_frozen("spec"), _frozen("spec.resources", "spec.volumeAttributesClassName")),
    ("", "Node"): Frozen(_frozen("status", "spec.podCIDR", "spec.podCIDRs", "spec.providerID")),
    ("", "ServiceAccount"): Frozen(),
    ("", "Namespace"): Frozen(),
    ("", "ResourceQuota"): Frozen(_frozen("spec.scopes", "spec.scopeSelector")),
    ("", "LimitRange"): Frozen(),
    ("autoscaling", "HorizontalPodAutoscaler"): Frozen(),
    ("policy", "PodDisruptionBudget"): Frozen(),
    ("networking.k8s.io", "NetworkPolicy"): Frozen(),
    ("networking.k8s.io", "IngressClass"): Frozen(_frozen("spec.controller")),
    ("discovery.k8s.io", "EndpointSlice"): Frozen(_frozen("addressType")),
    ("scheduling.k8s.io", "PriorityClass"): Frozen(_frozen("value", "preemptionPolicy")),
    ("storage.k8s.io", "StorageClass"): Frozen(
        _frozen("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode")
    ),
    ("node.k8s.io", "RuntimeClass"): Frozen(_frozen("handler")),
    (_RBAC, "Role"): Frozen(),
    (_RBAC, "ClusterRole"): Frozen(),
    (_RBAC, "RoleBinding"): Frozen(_frozen("roleRef")),
    (_RBAC, "ClusterRoleBinding"): Frozen(_frozen("roleRef")),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): Frozen(
        _frozen("spec.group", "spec.scope", "spec.names.plural", "spec.names.kind")
    ),
}

_SETTLED = frozenset(_DATA) | (frozenset(_TABLE) - {("", "Service"), ("apps", "StatefulSet"), ("batch", "Job")})
