"""A team's place in a cluster: namespace, limits, access, network."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pulumi

from components.contracts import ClusterHandle, TeamHandle
from components.kubernetes_object import KubernetesObject
from components.labels import MANAGED_BY
from components.labels import TEAM as TEAM_LABEL
from components.serving.spec import Team as TeamSpec

# Defaults of a container that says nothing, so that a quota never refuses it.
_CONTAINER_DEFAULTS = {
    "default": {"memory": "512Mi"},
    "defaultRequest": {"cpu": "50m", "memory": "128Mi"},
}
# What is enforced where an engine itself adds containers that `restricted` refuses (docs/engines.md, Pod Security).
_WEAKER = {"seldon1": "baseline"}


@dataclass(frozen=True, kw_only=True, slots=True)
class TeamArgs:
    """A team in one cluster.

    Attributes:
        engines: those that serve its models there.
    """

    team: str
    spec: TeamSpec
    cluster: ClusterHandle
    engines: Collection[str] = ()


class Team(pulumi.ComponentResource):
    """One team's namespace and what guards it. Makes no users: the group `slipway:team:<name>` is bound."""

    handle: TeamHandle

    def __init__(self, name: str, args: TeamArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:teams:Team", name, None, opts)
        marker = args.cluster.marker
        child = pulumi.ResourceOptions(parent=self)
        objects = team_objects(args.team, args.spec, args.engines)
        namespace = KubernetesObject(name, objects.pop("namespace"), marker, child)
        inside = pulumi.ResourceOptions(parent=self, depends_on=[namespace])
        guards = [KubernetesObject(f"{name}-{role}", manifest, marker, inside) for role, manifest in objects.items()]
        self.handle = TeamHandle(namespace=args.team, made=namespace, guards=guards)
        self.register_outputs({"namespace": args.team})


def team_objects(team: str, spec: TeamSpec, engines: Collection[str] = ()) -> dict[str, dict[str, Any]]:
    """The objects of a team by role, the namespace first.

    Args:
        team: its name, which is the namespace's.
        spec: owner and quota.
        engines: those that serve its models; one that needs it lowers the level of Pod Security that is enforced. What
            is against `restricted` is warned of and written into the audit log all the same.
    """
    labels = {MANAGED_BY: "slipway", TEAM_LABEL: team}

    def of(api: str, kind: str, name: str, **body: Any) -> dict[str, Any]:
        return {
            "apiVersion": api,
            "kind": kind,
            "metadata": {"name": name, "namespace": team, "labels": labels},
            **body,
        }

    objects: dict[str, dict[str, Any]] = {
        "namespace": {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": team,
                "labels": labels | _pod_security(engines),
                "annotations": {"slipway.dev/owner": spec.owner},
            },
        },
        "limits": of("v1", "LimitRange", "defaults", spec={"limits": [{"type": "Container", **_CONTAINER_DEFAULTS}]}),
        "role": of("rbac.authorization.k8s.io/v1", "Role", "team", rules=_RULES),
        "role-binding": of(
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            "team",
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "team"},
            subjects=[
                {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": f"slipway:team:{team}"},
            ],
        ),
        "network": of("networking.k8s.io/v1", "NetworkPolicy", "default", spec=_NOTHING),
    }
    if spec.quota:
        objects["quota"] = of("v1", "ResourceQuota", "quota", spec={"hard": spec.quota})
    return objects


def _pod_security(engines: Collection[str]) -> dict[str, str]:
    enforced = next((_WEAKER[engine] for engine in sorted(engines) if engine in _WEAKER), "restricted")
    levels = {"enforce": enforced, "audit": "restricted", "warn": "restricted"}
    return {f"pod-security.kubernetes.io/{mode}": level for mode, level in levels.items()}


_RULES = [
    {"apiGroups": [""], "resources": ["pods", "pods/log", "services", "events"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": ["apps"], "resources": ["deployments", "replicasets"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": ["gateway.networking.k8s.io"], "resources": ["httproutes"], "verbs": ["get", "list", "watch"]},
]

# Nobody reaches a pod and no pod reaches anybody; what a model needs, its own policies allow.
_NOTHING = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
