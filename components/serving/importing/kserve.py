"""KServe's manifests as declarations."""

import re
from typing import Any

from components.serving.engines.context import BuildContext, EngineFacts
from components.serving.engines.kserve import marks
from components.serving.importing.base import (
    Imported,
    NoPlace,
    SeveralProblems,
    declared_part,
)
from components.serving.importing.kserve_components import explainer, predictor, transformer
from components.serving.importing.kserve_kinds import graph, runtime
from components.serving.importing.kserve_parts import texts
from components.serving.importing.reading import Notes, Reading
from components.serving.spec import Exposure, ModelDeployment, Predictor, Protocol, Rollout, Transport
from components.serving.spec.kserve import KServe
from components.serving.spec.kserve_kinds import InferenceGraph, ServingRuntime
from components.serving.spec.node import ModelServer, Node

GROUP = "serving.kserve.io/"
REFUSED = {
    "LLMInferenceService": "declare the model with format vllm, or keep the manifest as it is",
    "LLMInferenceServiceConfig": "it belongs to an LLMInferenceService",
    "TrainedModel": "several models in one server are ModelMesh's; declare each model",
    "ClusterStorageContainer": "it belongs to the installation of KServe",
    "LocalModelCache": "it belongs to the installation of KServe",
    "LocalModelNamespaceCache": "it belongs to the installation of KServe",
    "LocalModelNode": "KServe makes it itself",
    "LocalModelNodeGroup": "it belongs to the installation of KServe",
}
VERSIONS = {
    "InferenceService": f"{GROUP}v1beta1",
    "InferenceGraph": f"{GROUP}v1alpha1",
    "ServingRuntime": f"{GROUP}v1alpha1",
    "ClusterServingRuntime": f"{GROUP}v1alpha1",
}
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_MODE_RULE = "the webhook writes {new} for {old}"


def read(manifest: dict[str, Any]) -> Imported:
    """A manifest of KServe as a declaration.

    Raises:
        NoPlace: one of KServe's kinds that no declaration stands for.
        SeveralProblems: fields without a place, and what KServe itself would not take.
    """
    kind = str(manifest.get("kind"))
    if kind in REFUSED:
        raise NoPlace("kind", f"{kind} is not imported: {REFUSED[kind]}")
    notes = Notes()
    whole = Reading(declared_part(manifest), "", notes)
    version = whole.take("apiVersion")
    if version != VERSIONS.get(str(whole.take("kind"))):
        raise NoPlace("apiVersion", f"KServe serves no {version} {kind}")
    metadata, spec = whole.child("metadata"), whole.child("spec")
    name, namespace = str(metadata.take("name")), str(metadata.take("namespace") or "")
    if kind in ("InferenceService", "InferenceGraph") and not _NAME.fullmatch(name):
        metadata.reject("name", "KS-01" if kind == "InferenceService" else "KS-G01", "small letters, digits and dashes")
    labels, annotations = texts(metadata, "labels"), texts(metadata, "annotations")
    metadata.done()
    common: dict[str, Any] = {"name": name, "labels": labels, "annotations": annotations}
    declaration: ModelDeployment | InferenceGraph | ServingRuntime | None
    match kind:
        case "InferenceService":
            declaration, facts = _service(spec, common, namespace, notes)
        case "InferenceGraph":
            declaration, facts = graph(spec, common), EngineFacts(keda=True)
        case _:
            declaration, facts = runtime(spec, common, cluster=kind.startswith("Cluster")), EngineFacts(keda=True)
    whole.done()
    if notes.problems or declaration is None:
        raise SeveralProblems(notes.problems)
    context = BuildContext(namespace=namespace, engine="kserve", nodes={}, facts=facts)
    return Imported(declaration=declaration, context=context, engine="kserve", differences=tuple(notes.differences))


def _service(
    spec: Reading, common: dict[str, Any], namespace: str, notes: Notes
) -> tuple[ModelDeployment | None, EngineFacts]:
    annotations = common["annotations"]
    old = annotations.get(marks.DEPLOYMENT_MODE)
    if old in marks.LEGACY_MODES:
        annotations[marks.DEPLOYMENT_MODE] = new = marks.LEGACY_MODES[old]
        at = Reading({}, "metadata.annotations", notes)
        at.differ(marks.DEPLOYMENT_MODE, _MODE_RULE.format(new=new, old=old))
    mode = annotations.get(marks.DEPLOYMENT_MODE)
    # Without a word it is what KServe is installed with; its chart says Knative.
    facts = EngineFacts(keda=True, kserve_mode="standard" if mode == "Standard" else "knative")
    patience = marks.deadline(annotations)
    typed = marks.typed(annotations)
    for field in typed:
        del annotations[marks.key_of(field)]
    exposure = Exposure()
    if common["labels"].get(marks.VISIBILITY) == marks.CLUSTER_LOCAL:
        del common["labels"][marks.VISIBILITY]
        exposure = Exposure(external=False)
    autoscaler = typed.get("autoscaler_class") if mode == "Standard" else None
    predictors = _predictors(spec, mode, autoscaler)
    spec.done()
    if notes.problems:
        return None, facts
    protocol, predictors = _protocol(predictors)
    return ModelDeployment(
        **common,
        **protocol,
        team=namespace if _NAME.fullmatch(namespace) else "default",
        predictors=predictors,
        exposure=exposure,
        rollout=Rollout(deadline_seconds=patience),
        kserve=KServe(**typed) if typed else None,
        safe_defaults=False,
    ), facts


def _predictors(spec: Reading, mode: str | None, autoscaler: str | None) -> tuple[Predictor, ...]:
    beside: dict[str, Any] = {}
    if spec.has("explainer"):
        beside["explainer"] = explainer(spec.child("explainer"))
    above = transformer(spec.child("transformer")) if spec.has("transformer") else None
    if not spec.has("predictor"):
        spec.reject("predictor", "CRD", "required, but missing")
        return ()
    # Only the stable predictor's block is rewritten by the webhook, and not in ModelMesh mode.
    made, node = predictor(spec.child("predictor"), autoscaler, rewritten=mode != "ModelMesh")
    if node is None or (above is None and "transformer" in beside):
        return ()
    found = [Predictor(**made, **beside, graph=_above(above, node))]
    for canary in spec.children("canary"):
        below = canary.child("predictor")
        traffic = canary.take("trafficPercent")
        made, node = predictor(below, autoscaler, rewritten=False)
        canary.done()
        if node is not None and type(traffic) is int:
            found.append(Predictor(**made, traffic=traffic, graph=node))
        elif type(traffic) is not int:
            canary.reject("trafficPercent", "CRD", "a whole number is required")
    if len(found) > 1:
        # KServe gives the stable predictor what the canaries leave.
        rest = max(0, 100 - sum(one.traffic or 0 for one in found[1:]))
        found[0] = found[0].model_copy(update={"traffic": rest})
    return tuple(found)


def _above(transformer_: Node | None, node: Node) -> Node:
    return node if transformer_ is None else transformer_.model_copy(update={"children": (node,)})


_VERSIONS = {
    "v1": (Protocol.V1, None), "v2": (Protocol.V2, None),
    "grpc-v1": (Protocol.V1, Transport.GRPC), "grpc-v2": (Protocol.V2, Transport.GRPC),
}  # fmt: skip


def _protocol(predictors: tuple[Predictor, ...]) -> tuple[dict[str, Any], tuple[Predictor, ...]]:
    """The protocol, said once where all models agree; where they do not, each keeps its own."""
    servers = [
        (predictor, node)
        for predictor in predictors
        for _, node in predictor.nodes("")
        if isinstance(node, ModelServer)
    ]
    said = {node.kserve.protocol_version if node.kserve else None for _, node in servers}
    if len(said) != 1 or (version := said.pop()) is None:
        return {}, predictors
    protocol, transport = _VERSIONS[version]
    return {"protocol": protocol, "transport": transport}, tuple(
        predictor.model_copy(update={"graph": _without_version(predictor.graph)}) for predictor in predictors
    )


def _without_version(node: Node) -> Node:
    changed: dict[str, Any] = {"children": tuple(_without_version(child) for child in node.children)}
    if isinstance(node, ModelServer) and node.kserve is not None:
        slot = node.kserve.model_copy(update={"protocol_version": None})
        changed["kserve"] = None if slot == type(slot)() else slot
    return node.model_copy(update=changed)


__all__ = ["GROUP", "REFUSED", "VERSIONS", "read"]
