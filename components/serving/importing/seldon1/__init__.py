"""A SeldonDeployment as a declaration."""

from dataclasses import replace
from typing import Any

from components.serving.engines.context import EngineFacts
from components.serving.engines.seldon1 import words
from components.serving.importing.base import Imported, SeveralProblems, bare_context
from components.serving.importing.reading import Notes, Reading, present, without_nulls
from components.serving.importing.seldon1 import components
from components.serving.importing.seldon1.annotations import common_and_slot
from components.serving.importing.seldon1.predictor import read_predictor
from components.serving.spec import ModelDeployment, ModelServer, Predictor, Protocol, Rollout, Scaling
from components.serving.spec.exposure import DEADLINES
from components.serving.spec.seldon1 import Seldon1, Seldon1Predictor

_DEAD = "nothing reads it: the operator has no OAuth gateway any more"
_META = "not what a declaration says: it belongs to this one object on the server"
REFUSED_FIELDS = {
    "spec.oauth_key": _DEAD,
    "spec.oauth_secret": _DEAD,
    "metadata": f"{_META}, but for name, namespace, labels and annotations",
    "spec.predictors[].componentSpecs[].metadata": f"{components.METADATA}, and no more",
}
"""Fields of a SeldonDeployment without a place in a declaration, and why."""
# A team's name is that of its namespace; an object without one lands here.
_TEAM = "default"


def read(manifest: dict[str, Any]) -> Imported:
    """Reads one SeldonDeployment.

    Raises:
        SeveralProblems: fields without a place, or that the operator would not take.
    """
    notes = Notes()
    top = Reading(without_nulls(manifest), "", notes)
    if top.take("apiVersion") != words.API_VERSION:
        top.differ("apiVersion", "all versions have the same shape, and v1 is the one that is stored")
    top.take("kind")
    metadata, spec = top.child("metadata"), top.child("spec")
    top.done()
    name, namespace = metadata.take("name"), metadata.said("namespace")
    if name is None:
        metadata.reject("name", "CRD", "required: it names every object that the operator makes")
        raise SeveralProblems(notes.problems)
    about = {"labels": metadata.said("labels") or {}, "annotations": metadata.said("annotations") or {}}
    for key in metadata.rest():
        metadata.refuse(key, _META)
    declared = _declared(spec, name)
    if notes.problems:
        raise SeveralProblems(notes.problems)
    model = metadata.make(ModelDeployment, name=name, team=namespace or _TEAM, safe_defaults=False, **about, **declared)
    if model is None:
        raise SeveralProblems(notes.problems)
    context = replace(bare_context(namespace or "", "seldon1", {}), facts=_facts(model))
    return Imported(declaration=model, context=context, engine="seldon1", differences=tuple(notes.differences))


def _declared(spec: Reading, name: str) -> dict[str, Any]:
    """The fields of the declaration that `spec` gives."""
    for key in ("oauth_key", "oauth_secret"):
        spec.lose(key, _DEAD)
    protocol, transport = _protocol(spec), spec.said("transport")
    replicas = spec.take("replicas")
    exposure, slot = common_and_slot(spec.said("annotations") or {})
    slot |= present(spec_name=spec.said("name"), server_type=spec.said("serverType"))
    if replicas == 1:
        slot["replicas"] = 1
    readings = spec.children("predictors")
    if not readings:
        spec.reject("predictors", "S1-02", "a SeldonDeployment has at least one predictor")
    predictors = [read_predictor(reading, name, protocol) for reading in readings]
    spec.done()
    predictors, secret = _shared(predictors, "tls_secret")
    predictors, deadline = _shared(predictors, "progress_deadline", DEADLINES)
    fields = present(
        protocol=protocol,
        transport=transport,
        exposure=exposure | present(tls_secret=secret) or None,
        rollout=Rollout(deadline_seconds=deadline) if deadline else None,
        scaling=None if replicas in (None, 1) else Scaling(min_replicas=replicas),
        seldon1=Seldon1(**slot) if slot else None,
    )
    return fields | {"predictors": tuple(predictors)}


def _protocol(spec: Reading) -> Protocol | None:
    value = spec.said("protocol")
    if value == "kfserving":
        spec.differ("protocol", "kfserving is the former name of v2: the operator takes both for the same")
        return Protocol.V2
    return Protocol(value) if value else None


def _shared(
    predictors: list[Predictor | None], field: str, only: range | None = None
) -> tuple[list[Predictor | None], Any]:
    """A value that all predictors have in their slot, moved to where the whole declaration says it."""
    slots = [predictor.seldon1 if predictor else None for predictor in predictors]
    values = {getattr(slot, field) if slot else None for slot in slots}
    value = next(iter(values), None)
    if len(values) != 1 or value is None or (only is not None and value not in only):
        return predictors, None
    without = [slot.model_copy(update={field: None}) for slot in slots if slot]
    return [
        predictor.model_copy(update={"seldon1": slot if slot != Seldon1Predictor() else None}) if predictor else None
        for predictor, slot in zip(predictors, without, strict=True)
    ], value


def _facts(model: ModelDeployment) -> EngineFacts:
    """The cluster that this runs on: it has the servers that the manifest names, and KEDA where it is used."""
    every = tuple(protocol.value for protocol in words.PROTOCOLS)
    named = {words.implementation(node) for _, _, node in model.nodes() if isinstance(node, ModelServer)}
    return EngineFacts(keda=True, seldon1_servers=dict.fromkeys(sorted(named - set(words.SERVER_PROTOCOLS)), every))
