"""Who administers a GKE cluster."""

from collections.abc import Sequence
from typing import Any

from components.labels import MANAGED_BY

_API = "rbac.authorization.k8s.io"
_KINDS = {"group": "Group", "user": "User", "serviceAccount": "User"}


def administrators(admins: Sequence[str]) -> dict[str, Any]:
    """The binding of the administrators, by the names under which Google's identities are known in the cluster.

    Args:
        admins: members of IAM: users, groups, service accounts.
    """
    members = [admin.split(":", 1) for admin in admins]
    return {
        "apiVersion": f"{_API}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "slipway-administrators", "labels": {MANAGED_BY: "slipway"}},
        "roleRef": {"apiGroup": _API, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": _API, "kind": _KINDS[kind], "name": name} for kind, name in members],
    }
