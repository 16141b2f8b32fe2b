"""Which objects of a file are one declaration."""

from collections.abc import Sequence
from typing import Any

Manifest = dict[str, Any]
KINDS = {
    "Deployment": ("apps/v1",),
    "Service": ("v1",),
    "HorizontalPodAutoscaler": ("autoscaling/v2",),
    "HTTPRoute": ("gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1"),
}


def together(left: Sequence[Any]) -> tuple[list[list[Manifest]], list[Any]]:
    """The objects that are one declaration each, the Deployment first, and those that belong to none.

    A Deployment is taken with the Services that choose its pods; without one nobody asks it, and it is no model.

    Args:
        left: objects of all kinds.
    """
    known = [one for one in left if isinstance(one, dict) and one.get("apiVersion") in KINDS.get(kind(one), ())]
    groups: list[list[Manifest]] = []
    taken: list[Manifest] = []
    for deployment in (one for one in known if kind(one) == "Deployment"):
        services = [one for one in known if kind(one) == "Service" and one not in taken and _chooses(one, deployment)]
        if not services:
            continue
        names = {name(service) for service in services}
        others = [
            one for one in known if one not in taken and (_scales(one, deployment) or _leads_to(one, deployment, names))
        ]
        groups.append([deployment, *services, *others])
        taken += groups[-1]
    return groups, [one for one in left if not any(one is other for other in taken)]


def _chooses(service: Manifest, deployment: Manifest) -> bool:
    """Whether a Service's selector finds a Deployment's pods."""
    selector = (service.get("spec") or {}).get("selector") or {}
    template = (deployment.get("spec") or {}).get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    return bool(selector) and _namespace(service) == _namespace(deployment) and selector.items() <= labels.items()


def _scales(one: Manifest, deployment: Manifest) -> bool:
    target = (one.get("spec") or {}).get("scaleTargetRef") or {}
    wanted = ("Deployment", name(deployment), _namespace(deployment))
    return (
        kind(one) == "HorizontalPodAutoscaler" and (target.get("kind"), target.get("name"), _namespace(one)) == wanted
    )


def _leads_to(one: Manifest, deployment: Manifest, services: set[str]) -> bool:
    """Whether a route leads to these Services and to nothing else."""
    rules = (one.get("spec") or {}).get("rules") or []
    backends = {backend.get("name") for rule in rules for backend in rule.get("backendRefs") or []}
    here = kind(one) == "HTTPRoute" and _namespace(one) == _namespace(deployment)
    return here and bool(backends) and backends <= services


def kind(manifest: Manifest) -> str:
    """Of an object."""
    return str(manifest.get("kind"))


def name(manifest: Manifest) -> str:
    """Of an object; empty where it has none."""
    return str((manifest.get("metadata") or {}).get("name") or "")


def _namespace(manifest: Manifest) -> str:
    return str((manifest.get("metadata") or {}).get("namespace") or "")
