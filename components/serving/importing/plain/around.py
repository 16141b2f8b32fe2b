"""What stands around a Deployment: its Service, its autoscaler, its route."""

import re
from collections.abc import Sequence
from typing import Any

from components.serving.importing.plain.grouping import KINDS
from components.serving.importing.reading import Reading, present
from components.serving.spec import Cpu, Exposure, Memory
from components.serving.spec.plain import MoreService, PlainEngine
from components.serving.spec.scaling import Metric, Scaling

_META = "not what a declaration says: it belongs to this one object on the server"
_PATH = re.compile(r"/[\w./-]*[\w-]")


def services(tops: Sequence[Reading], name: str, namespace: str | None) -> dict[str, Any]:
    """The slots of a node that its Services fill."""
    read = []
    for top in tops:
        top.take("apiVersion")
        metadata, spec = top.child("metadata"), top.child("spec")
        top.done()
        read.append((_metadata(metadata, name, namespace), spec.rest()))
    (about, first), *others = read
    more = tuple(MoreService(metadata=metadata, spec=spec) for metadata, spec in others)
    return {"service_metadata": about, "service": first, "more_services": more}


def _metadata(metadata: Reading, name: str, namespace: str | None) -> dict[str, Any]:
    """What an object's metadata says beside the model's own name."""
    own = metadata.take("name")
    if metadata.take("namespace") != namespace:
        metadata.refuse("namespace", "the Deployment is in another one")
    found = present(name=own if own != name else None, labels=metadata.said("labels"))
    found |= present(annotations=metadata.said("annotations"))
    for key in metadata.rest():
        metadata.refuse(key, _META)
    return found


def autoscaler(top: Reading | None, name: str, namespace: str | None) -> tuple[Scaling | None, dict[str, Any]]:
    """The range of replicas, and the slots of a node that an autoscaler fills."""
    if top is None:
        return None, {}
    top.take("apiVersion")
    metadata, spec = top.child("metadata"), top.child("spec")
    top.done()
    slot: dict[str, Any] = {}
    at_least, at_most, metrics = spec.take("minReplicas"), spec.take("maxReplicas"), spec.take("metrics")
    if at_least is None:
        spec.differ("minReplicas", "autoscaling/v2 takes 1 where it is not said")
    read = [_metric(metric) for metric in metrics or []]
    ours = tuple(metric for metric in read if metric is not None)
    if not metrics:
        spec.differ("metrics", "autoscaling/v2 takes 80 percent of the requested cores where none is said")
    elif len(ours) < len(read):
        ours, slot["metrics"] = (), metrics
    target = spec.take("scaleTargetRef")
    if target != {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}:
        slot["scaleTargetRef"] = target
    behavior = spec.said("behavior") or {}
    spec.done()
    scaling = spec.make(
        Scaling, min_replicas=1 if at_least is None else at_least, max_replicas=at_most, metrics=ours, behavior=behavior
    )
    return scaling, {"autoscaler": slot, "autoscaler_metadata": _metadata(metadata, name, namespace)}


def _metric(given: dict[str, Any]) -> Metric | None:
    """A share of the requested cores or memory; None for anything else."""
    for kind in (Cpu, Memory):
        target = ((given.get("resource") or {}).get("target") or {}).get("averageUtilization")
        if isinstance(target, int):
            ours = kind(target=target)
            wanted = {"type": "Utilization", "averageUtilization": target}
            if given == {"type": "Resource", "resource": {"name": ours.kind, "target": wanted}}:
                return ours
    return None


def route(top: Reading | None, name: str, namespace: str | None) -> tuple[Exposure, PlainEngine | None]:
    """Where it is reached; without a route only from inside."""
    if top is None:
        return Exposure(external=False), None
    if top.take("apiVersion") != KINDS["HTTPRoute"][0]:
        top.differ("apiVersion", "both versions have the same shape, and v1 is the one that is stored")
    metadata, spec = top.child("metadata"), top.child("spec")
    top.done()
    said = spec.rest()
    engine = spec.make(PlainEngine, route=said, route_metadata=_metadata(metadata, name, namespace))
    return Exposure(path=_path(said)), engine


def _path(route: dict[str, Any]) -> str | None:
    """The prefix of the first rule, where it has one that a declaration can say."""
    for rule in route.get("rules") or []:
        for match in rule.get("matches") or []:
            path = match.get("path") or {}
            if path.get("type") == "PathPrefix" and _PATH.fullmatch(path.get("value") or ""):
                return str(path["value"])
    return None
