"""What Cluster Autoscaler is in the cluster: pure functions.

Sources: as `autoscaler`; what it reads in the cluster, the example of its project for AWS (read 2026-11).
"""

from typing import Any

from catalog.gpu import POOL_LABEL, SYSTEM_POOL
from components.clusters.eks.addons import SYSTEM_NAMESPACE
from components.clusters.spec import EksCluster
from components.clusters.spec.images import pulled
from components.labels import MANAGED_BY
from components.versions import CLUSTER_AUTOSCALER, CLUSTER_AUTOSCALER_IMAGE

SERVICE_ACCOUNT = "cluster-autoscaler"
_RBAC = "rbac.authorization.k8s.io"
_LABELS = {"app.kubernetes.io/name": SERVICE_ACCOUNT, MANAGED_BY: "slipway"}
_READ = ("get", "list", "watch")
# Neither root nor anybody whom the node knows.
_NOBODY = 65534
_PORT = 8085


def owned_tag(cluster: str) -> str:
    """The key of the tag that EKS puts on the Auto Scaling groups of a cluster's managed groups, with `owned`."""
    return f"k8s.io/cluster-autoscaler/{cluster}"


def image(spec: EksCluster) -> str:
    """Of the minor version that the cluster has: it decides as that version's scheduler would."""
    return pulled(spec, f"{CLUSTER_AUTOSCALER_IMAGE}:{CLUSTER_AUTOSCALER[spec.kubernetes]}")


def objects(cluster: str, spec: EksCluster, role: Any | None) -> dict[str, dict[str, Any]]:
    """The objects by their kind.

    Args:
        cluster: its name.
        spec: of the cluster.
        role: ARN of its role, where service accounts name it; None where an association does.
    """
    annotations = {"annotations": {"eks.amazonaws.com/role-arn": role}} if role is not None else {}
    account = {"kind": "ServiceAccount", "name": SERVICE_ACCOUNT, "namespace": SYSTEM_NAMESPACE}

    def of(api: str, kind: str, *, everywhere: bool = False, **body: Any) -> dict[str, Any]:
        place = {} if everywhere else {"namespace": SYSTEM_NAMESPACE}
        metadata = {"name": SERVICE_ACCOUNT, **place, "labels": _LABELS}
        return {"apiVersion": api, "kind": kind, "metadata": metadata, **body}

    def bound(kind: str) -> dict[str, Any]:
        return {"roleRef": {"apiGroup": _RBAC, "kind": kind, "name": SERVICE_ACCOUNT}, "subjects": [account]}

    named = of("v1", "ServiceAccount", automountServiceAccountToken=False)
    one = {"matchLabels": {"app.kubernetes.io/name": SERVICE_ACCOUNT}}
    return {
        "service-account": named | {"metadata": named["metadata"] | annotations},
        "cluster-role": of(f"{_RBAC}/v1", "ClusterRole", everywhere=True, rules=_cluster_rules()),
        "cluster-role-binding": of(f"{_RBAC}/v1", "ClusterRoleBinding", everywhere=True, **bound("ClusterRole")),
        "role": of(f"{_RBAC}/v1", "Role", rules=_rules()),
        "role-binding": of(f"{_RBAC}/v1", "RoleBinding", **bound("Role")),
        "deployment": of(
            "apps/v1",
            "Deployment",
            spec={
                "replicas": 1,
                "selector": one,
                "template": {"metadata": {"labels": _LABELS}, "spec": _pod(cluster, spec)},
            },
        ),
        # The node it runs on can be emptied: another one goes on where this one was.
        "disruption-budget": of("policy/v1", "PodDisruptionBudget", spec={"maxUnavailable": 1, "selector": one}),
    }


def arguments(cluster: str) -> list[str]:
    """Its flags.

    Args:
        cluster: its name.
    """
    return [
        "--cloud-provider=aws",
        f"--node-group-auto-discovery=asg:tag={owned_tag(cluster)}=owned",
        # A pool has one group a zone.
        "--balance-similar-node-groups",
        "--expander=least-waste",
        # Models keep their artifacts on the node, and fetch them anew on another one.
        "--skip-nodes-with-local-storage=false",
    ]


def _pod(cluster: str, spec: EksCluster) -> dict[str, Any]:
    container = {
        "name": SERVICE_ACCOUNT,
        "image": image(spec),
        "command": ["/cluster-autoscaler"],
        "args": arguments(cluster),
        # The metadata service, which it would ask otherwise, answers no pod.
        "env": [{"name": "AWS_REGION", "value": spec.region}],
        "ports": [{"name": "http", "containerPort": _PORT}],
        "livenessProbe": {"httpGet": {"path": "/health-check", "port": "http"}, "initialDelaySeconds": 30},
        "resources": {"requests": {"cpu": "100m", "memory": "600Mi"}, "limits": {"memory": "600Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    return {
        "serviceAccountName": SERVICE_ACCOUNT,
        # It asks the API server; no other pod of a stack does.
        "automountServiceAccountToken": True,
        "priorityClassName": "system-cluster-critical",
        "nodeSelector": {POOL_LABEL: SYSTEM_POOL},
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _NOBODY,
            "runAsGroup": _NOBODY,
            "fsGroup": _NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
    }


def _cluster_rules() -> list[dict[str, Any]]:
    """What it reads to decide as the scheduler does, and how it empties a node."""
    claims = ("persistentvolumeclaims", "persistentvolumes")
    storage = ("csidrivers", "csinodes", "csistoragecapacities", "storageclasses", "volumeattachments")
    return [
        _rule("", ("namespaces", "nodes", "pods", "replicationcontrollers", "services", *claims), _READ),
        _rule("", ("nodes",), ("update",)),
        _rule("", ("pods/eviction",), ("create",)),
        _rule("", ("pods/status",), ("update",)),
        _rule("", ("events",), ("create", "patch")),
        _rule("apps", ("daemonsets", "replicasets", "statefulsets"), _READ),
        _rule("batch", ("jobs",), _READ),
        _rule("policy", ("poddisruptionbudgets",), _READ),
        _rule("resource.k8s.io", ("deviceclasses", "resourceclaims", "resourceslices"), _READ),
        _rule("storage.k8s.io", storage, _READ),
    ]


def _rules() -> list[dict[str, Any]]:
    """Its own lease and its own status; names cannot limit who creates."""
    return [
        _rule("coordination.k8s.io", ("leases",), ("create",)),
        _rule("coordination.k8s.io", ("leases",), ("get", "update"), SERVICE_ACCOUNT),
        _rule("", ("configmaps",), ("create",)),
        _rule("", ("configmaps",), ("delete", "get", "update"), f"{SERVICE_ACCOUNT}-status"),
    ]


def _rule(group: str, resources: tuple[str, ...], verbs: tuple[str, ...], *names: str) -> dict[str, Any]:
    limited = {"resourceNames": list(names)} if names else {}
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs), **limited}
