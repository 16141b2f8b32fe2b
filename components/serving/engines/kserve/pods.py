"""Containers and pods of a component: what is declared, and what is safe where nothing is."""

from collections.abc import Mapping
from typing import Any

from catalog.quantity import quantity
from components.serving.engines.context import NodeContext, Placement, asked_for, image_of
from components.serving.spec import Container, Explainer, ModelDeployment, ModelServer, Node, Resources

CONTAINER = "kserve-container"
STORAGE_URI = "STORAGE_URI"
PROTOCOL = "PROTOCOL"
# What the webhook gives a container of the user's own, unless the cluster's operator has changed it.
# Source: KServe v0.20.0, charts/kserve-resources, `inferenceService.resources`.
WEBHOOK_CPU, WEBHOOK_MEMORY = "1", "2Gi"
_CPU, _MEMORY = "100m", "512Mi"


def merged(made: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    """Both, maps inside maps likewise; where both say something, the second wins."""
    result = dict(made)
    for key, value in declared.items():
        mine = result.get(key)
        result[key] = merged(mine, value) if isinstance(mine, Mapping) and isinstance(value, Mapping) else value
    return result


def env_of(node: Node | Explainer) -> list[dict[str, Any]]:
    """The variables of a container as Kubernetes has them, in declared order."""
    found = [_variable(name, value) for name, value in node.env.items()]
    for name, secret in getattr(node, "secrets", {}).items():
        found.append({"name": name, "valueFrom": {"secretKeyRef": {"name": secret.name, "key": secret.key}}})
    return found


def _variable(name: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {"name": name}
    return {"name": name, "value": value} if isinstance(value, str) else {"name": name, "valueFrom": value}


def resources_of(resources: Resources, placement: Placement, *, safe: bool, webhook: bool) -> dict[str, Any]:
    """The resources of a container as Kubernetes has them.

    Args:
        resources: as declared.
        placement: where its pod goes.
        safe: requests are filled in.
        webhook: limits that the webhook would fill in are filled in, too.
    """
    cpu, memory = resources.cpu or (_CPU if safe else None), resources.memory or (_MEMORY if safe else None)
    limits: dict[str, str] = {"memory": memory} if memory else {}
    requests: dict[str, str] = ({"cpu": cpu} if cpu else {}) | limits
    if safe and webhook:
        # Without a limit of its own, one of a single core would be added.
        limits = {"cpu": cpu if cpu and _more(cpu, WEBHOOK_CPU) else WEBHOOK_CPU} | limits
    if resources.accelerators:
        limits |= asked_for(resources.accelerators, placement)
    found = {"requests": requests | resources.requests, "limits": limits | resources.limits}
    return {key: value for key, value in found.items() if value}


def _more(one: str, other: str) -> bool:
    return quantity(one) > quantity(other)


def container_of(
    node: ModelServer | Container | Explainer, what: NodeContext, *, safe: bool, own: bool
) -> dict[str, Any]:
    """What a node says of its container; the declared fields win.

    Args:
        node: a model server, a container, or an explainer.
        what: what it runs, and where; without an image that is left to its runtime.
        safe: resources and a security context are filled in.
        own: a container of the user's own, for which the webhook has defaults, not one of a runtime.
    """
    image = image_of(node.image, what)
    made: dict[str, Any] = {"image": image} if image else {}
    if args := getattr(node, "args", ()):
        made["args"] = list(args)
    if env := env_of(node):
        made["env"] = env
    if resources := resources_of(node.resources, what.placement, safe=safe, webhook=own):
        made["resources"] = resources
    if safe:
        made["securityContext"] = {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
    return merged(made, node.container)


def pod_of(model: ModelDeployment, context: NodeContext, spread: dict[str, str] | None) -> dict[str, Any]:
    """What the stack and safety add to a component's pod, before what is declared of it.

    Args:
        model: the declaration.
        context: where the pod may go.
        spread: labels of the component's pods where they should not share a node, or None.
    """
    made: dict[str, Any] = {}
    if context.placement.node_selector:
        made["nodeSelector"] = context.placement.node_selector
    if context.placement.tolerations:
        made["tolerations"] = context.placement.tolerations
    if not model.safe_defaults:
        return made
    made |= {"serviceAccountName": model.name, "automountServiceAccountToken": False}
    if spread is not None:
        made["topologySpreadConstraints"] = [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": spread},
            }
        ]
    return made


def pod_security(mode: str) -> dict[str, Any]:
    """The pod's security context, which Knative takes only where a feature flag allows it.

    It is there for KServe's own first step, which says nothing itself.
    """
    if mode != "Standard":
        return {}
    return {"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}}


def with_container(pod: Mapping[str, Any], container: dict[str, Any], at: int) -> dict[str, Any]:
    """The pod with a component's container among the others that it declares.

    Args:
        pod: fields of a PodSpec.
        container: the component's own.
        at: its place.
    """
    others = list(pod.get("containers", []))
    return {**pod, "containers": [*others[:at], container, *others[at:]]}
