"""A Deployment with the Service before it, its autoscaler and its route, as one declaration."""

from collections.abc import Sequence
from typing import Any

from components.serving.engines.plain.workload import DEFAULT_PREDICTOR
from components.serving.importing.base import Difference, Imported, NoPlace, Rejected, SeveralProblems, bare_context
from components.serving.importing.plain.around import autoscaler, route, services
from components.serving.importing.plain.container import read_container
from components.serving.importing.plain.grouping import Manifest, kind, name, together
from components.serving.importing.reading import Notes, Reading, present
from components.serving.spec import ModelDeployment, Predictor
from components.serving.spec.scaling import Scaling

__all__ = ["read", "together"]
# A team's name is that of its namespace; an object without one lands here.
_TEAM = "default"


def read(objects: Sequence[Manifest]) -> Imported:
    """Reads what `together` put together.

    Raises:
        SeveralProblems: fields without a place.
    """
    by_kind: dict[str, list[Manifest]] = {}
    for one in objects:
        by_kind.setdefault(kind(one), []).append(one)
    notes = {id(one): Notes() for one in objects}
    for known, several in by_kind.items():
        for one in several[1:] if known != "Service" else ():
            notes[id(one)].problems.append(NoPlace("kind", f"one declaration has one {known}"))
    declared = _declared(by_kind, notes)
    problems = [_at(problem, one) for one in objects for problem in notes[id(one)].problems]
    if problems or declared is None:
        raise SeveralProblems(problems)
    differences = [
        Difference(path=f"{_prefix(one)}{d.path}", rule=d.rule) for one in objects for d in notes[id(one)].differences
    ]
    namespace = (objects[0].get("metadata") or {}).get("namespace") or ""
    return Imported(
        declaration=declared,
        context=bare_context(namespace, "plain", {}),
        engine="plain",
        differences=tuple(differences),
    )


def _declared(by_kind: dict[str, list[Manifest]], notes: dict[int, Notes]) -> ModelDeployment | None:
    tops = {known: [Reading(one, "", notes[id(one)]) for one in found] for known, found in by_kind.items()}
    for top in (top for found in tops.values() for top in found):
        top.take("kind")
    deployment = tops["Deployment"][0]
    deployment.take("apiVersion")
    metadata, spec = deployment.child("metadata"), deployment.child("spec")
    deployment.done()
    own, namespace = metadata.take("name"), metadata.take("namespace")
    scaling, slot = autoscaler(next(iter(tops.get("HorizontalPodAutoscaler", ())), None), own, namespace)
    slot |= services(tops["Service"], own, namespace)
    predictor, replicas = _predictor(spec, slot, autoscaled=scaling is not None)
    exposure, engine = route(next(iter(tops.get("HTTPRoute", ())), None), own, namespace)
    labels, annotations = metadata.said("labels"), metadata.said("annotations")
    metadata.done()
    if predictor is None:
        return None
    said = present(labels=labels, annotations=annotations, plain=engine)
    return metadata.make(
        ModelDeployment,
        name=own,
        team=namespace or _TEAM,
        safe_defaults=False,
        predictors=(predictor,),
        scaling=scaling or Scaling(min_replicas=1 if replicas is None else replicas),
        exposure=exposure,
        **said,
    )


def _predictor(spec: Reading, slot: dict[str, Any], *, autoscaled: bool) -> tuple[Predictor | None, int | None]:
    """The predictor, and the number of replicas that the Deployment says."""
    replicas = spec.take("replicas")
    template = spec.child("template")
    metadata, pod = template.child("metadata"), template.child("spec")
    template.done()
    rest = spec.rest()
    if autoscaled and replicas is not None:
        rest["replicas"] = replicas
    slot["leave_replicas"] = replicas is None and not autoscaled
    slot["deployment"] = rest
    labels, annotations = metadata.said("labels"), metadata.said("annotations")
    slot["pod_metadata"] = metadata.rest()
    containers = pod.take("containers") or []
    if not containers:
        pod.refuse("containers", "a model has a container")
        return None, replicas
    others = {"containers": containers[1:]} if containers[1:] else {}
    node = read_container(Reading(containers[0], f"{pod.path}.containers[0]", pod.notes), pod.rest() | others, slot)
    if node is None:
        return None, replicas
    said = present(labels=labels, annotations=annotations)
    return metadata.make(Predictor, name=DEFAULT_PREDICTOR, graph=node, **said), replicas


def _prefix(manifest: Manifest) -> str:
    return f"{kind(manifest)}/{name(manifest)}:"


def _at(problem: NoPlace | Rejected, manifest: Manifest) -> NoPlace | Rejected:
    path = f"{_prefix(manifest)}{problem.path}"
    if isinstance(problem, Rejected):
        return Rejected(path, problem.rule, problem.why)
    return NoPlace(path, problem.why)
