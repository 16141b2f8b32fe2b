"""An InferenceService: its predictor, transformer, explainer and canaries."""

from dataclasses import dataclass
from typing import Any

from components.serving.engines.context import BuildContext, Manifest, explainer_key, image_of, node_key, uri_of
from components.serving.engines.kserve import marks, scaling
from components.serving.engines.kserve.pods import (
    CONTAINER,
    STORAGE_URI,
    container_of,
    merged,
    pod_of,
    pod_security,
    with_container,
)
from components.serving.spec import (
    Builtin,
    Container,
    Explainer,
    Format,
    HuggingFace,
    Method,
    ModelDeployment,
    ModelServer,
    Node,
    PayloadLogging,
    Predictor,
    Protocol,
    Role,
    Transport,
)
from components.serving.spec.artifact import ArtifactReference
from components.serving.spec.kserve import KServeExplainer, KServeNode, KServePredictor
from components.serving.spec.kserve_parts import Component, Extension, Logger

API_VERSION = "serving.kserve.io/v1beta1"
SERVICE_LABEL = "serving.kserve.io/inferenceservice"
COMPONENT_LABEL = "component"
DEFAULT_PREDICTOR = "default"
# Formats whose only shipped runtime does not speak v1, which is what KServe takes where nothing is said.
# Source: KServe v0.20.0, config/runtimes/; for Triton and vLLM the webhook itself says so.
ONLY_V2 = frozenset({Format.MLFLOW, Format.ONNX, Format.TRITON, Format.VLLM})
_NO_NODE, _NO_PREDICTOR, _NO_EXPLAINER = KServeNode(), KServePredictor(), KServeExplainer()


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """What becomes one InferenceService: a model, with a transformer in front of it or without.

    Attributes:
        name: of the InferenceService.
        predictors: the stable one, then its canaries; each with the transformer and the model of its graph.
    """

    name: str
    predictors: tuple[tuple[Predictor, Node | None, Node], ...]


def split(graph: Node) -> tuple[Node | None, Node] | None:
    """Transformer and model of a graph; None where one InferenceService cannot be it."""
    if isinstance(graph, Builtin):
        return None
    if not graph.children:
        return None, graph
    if graph.role not in (Role.TRANSFORMER, Role.OUTPUT_TRANSFORMER) or not isinstance(graph, Container):
        return None
    (child, *others) = graph.children
    if others or child.children or isinstance(child, Builtin) or child.role is not Role.MODEL:
        return None
    return graph, child


def service(model: ModelDeployment, context: BuildContext, unit: Unit) -> Manifest:
    """The InferenceService.

    Args:
        model: the declaration.
        context: what the stack adds.
        unit: which part of the declaration.
    """
    (stable, transformer, main), *canaries = unit.predictors
    spec: dict[str, Any] = {"predictor": _predictor(model, context, stable, main, canary=False)}
    if transformer is not None:
        spec["transformer"] = _transformer(model, context, stable, transformer)
    if stable.explainer is not None:
        spec["explainer"] = _explainer(model, context, stable, stable.explainer)
    if canaries:
        spec["canary"] = [
            {
                "predictor": _predictor(model, context, predictor, node, canary=True),
                "trafficPercent": 0 if predictor.traffic is None else predictor.traffic,
            }
            for predictor, _, node in canaries
        ]
    return {
        "apiVersion": API_VERSION,
        "kind": "InferenceService",
        "metadata": marks.metadata(
            unit.name, context.namespace, marks.labels_of(model, context), marks.annotations(model, context, main)
        ),
        "spec": spec,
    }


def _predictor(
    model: ModelDeployment, context: BuildContext, predictor: Predictor, node: Node, *, canary: bool
) -> dict[str, Any]:
    slot, own = predictor.kserve or _NO_PREDICTOR, node.kserve or _NO_NODE
    made: dict[str, Any] = {}
    name = slot.name if slot.name is not None else predictor.name
    if canary or slot.name is not None or name != DEFAULT_PREDICTOR:
        made["name"] = name
    if isinstance(node, ModelServer):
        block = marks.format_name(node) if own.framework_block else "model"
        made[block] = _model(model, context, predictor, node)
        pod = _pod(model, context, predictor, node, "predictor")
    else:
        pod = _with_own(model, context, predictor, node, "predictor")
    if own.storage_uris:
        made["storageUris"] = [uri.written() for uri in own.storage_uris]
    if slot.storage_container_name is not None:
        made["storageContainerName"] = slot.storage_container_name
    if slot.worker is not None:
        worker: dict[str, Any] = dict(slot.worker.pod)
        sizes = ("pipelineParallelSize", slot.worker.pipeline_parallel_size), (
            "tensorParallelSize", slot.worker.tensor_parallel_size)  # fmt: skip
        made["workerSpec"] = worker | {key: size for key, size in sizes if size is not None}
    made |= (
        pod | scaling.replicas(model, predictor, canary=canary) | _extension(model, context, predictor, canary=canary)
    )
    return made | _logger(own, node.logging or model.logging) | _pod_marks(predictor.labels, predictor.annotations)


def _extension(model: ModelDeployment, context: BuildContext, predictor: Predictor, *, canary: bool) -> dict[str, Any]:
    mode = marks.mode(model, context.facts.kserve_mode)
    scale = predictor.scaling if canary else model.scaling_of(predictor)
    autoscaler = marks.class_of(model) if mode == "Standard" else None
    made = scaling.metrics(scale, autoscaler, context.facts) if scale else {}
    if model.exposure.timeout_seconds is not None:
        made["timeout"] = model.exposure.timeout_seconds
    if model.safe_defaults and mode == "Standard" and not canary:
        made["deploymentStrategy"] = _strategy(model, context)
    return made | _written(predictor.kserve)


def _strategy(model: ModelDeployment, context: BuildContext) -> dict[str, Any]:
    if not context.surge or model.rollout.strategy == "recreate":
        return {"type": "Recreate"}
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": model.rollout.surge, "maxUnavailable": 0}}


def _written(slot: Extension | None) -> dict[str, Any]:
    if slot is None:
        return {}
    return slot.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude={"name", "storage_container_name", "worker"}
    )


def _logger(slot: KServeNode | KServeExplainer, logging: PayloadLogging | None) -> dict[str, Any]:
    logger: Logger | None = slot.logger
    if logger is not None:
        return {"logger": logger.written()}
    if logging is None:
        return {}
    return {"logger": {**({"url": logging.url} if logging.url else {}), "mode": logging.mode, **logging.options}}


def _pod_marks(labels: dict[str, str], annotations: dict[str, str]) -> dict[str, Any]:
    found = {"labels": labels, "annotations": annotations}
    return {key: dict(value) for key, value in found.items() if value}


def _model(model: ModelDeployment, context: BuildContext, predictor: Predictor, node: ModelServer) -> dict[str, Any]:
    slot, place = node.kserve or _NO_NODE, context.of(node_key(model, predictor, node))
    made: dict[str, Any] = {}
    if not slot.framework_block:
        version = {"version": node.format_version} if node.format_version is not None else {}
        made["modelFormat"] = {"name": marks.format_name(node)} | version
    values = {
        "protocolVersion": protocol_version(model, node),
        "runtime": slot.runtime,
        "runtimeVersion": node.server_version,
        "storageUri": _uri(node.artifact, uri_of(node.artifact, place)),
        "storage": slot.storage.written() if slot.storage else None,
        "confidential": slot.confidential.written() if slot.confidential else None,
    }
    made |= {key: value for key, value in values.items() if value is not None}
    return made | container_of(node, image_of(node.image, place), safe=model.safe_defaults, own=False)


def _uri(artifact: ArtifactReference | None, uri: str | None) -> str | None:
    if uri is None and isinstance(artifact, HuggingFace):
        return f"hf://{artifact.repo}:{artifact.revision}"
    return uri


def protocol_version(model: ModelDeployment, node: ModelServer) -> str | None:
    """The protocol of a model; None where KServe's own default, v1, is left to it."""
    slot = node.kserve or _NO_NODE
    if slot.protocol_version is not None:
        return slot.protocol_version
    match model.protocol:
        case None if not model.safe_defaults and model.transport is None:
            return None
        case None:
            version = "v2" if node.format in ONLY_V2 else "v1"
        case Protocol.V1 | Protocol.TENSORFLOW:
            version = "v1"
        case _:
            version = "v2"
    return f"grpc-{version}" if model.transport is Transport.GRPC else version


def _pod(
    model: ModelDeployment, context: BuildContext, predictor: Predictor, node: Node, component: str
) -> dict[str, Any]:
    mode = marks.mode(model, context.facts.kserve_mode)
    several = mode == "Standard" and model.scaling_of(predictor).min_replicas > 1 and component == "predictor"
    spread = {SERVICE_LABEL: model.name, COMPONENT_LABEL: component} if several else None
    made = pod_of(model, context.of(node_key(model, predictor, node)), spread)
    return merged(made | (pod_security(mode) if model.safe_defaults else {}), node.pod)


def _with_own(
    model: ModelDeployment, context: BuildContext, predictor: Predictor, node: Node, component: str
) -> dict[str, Any]:
    """The pod of a container of the user's own."""
    if not isinstance(node, Container):
        raise TypeError(f"KServe has no {node.kind} as {component}")
    place = context.of(node_key(model, predictor, node))
    made = {"name": CONTAINER} | container_of(node, image_of(node.image, place), safe=model.safe_defaults, own=True)
    uri = _uri(node.artifact, uri_of(node.artifact, place))
    if uri is not None:
        made["env"] = [{"name": STORAGE_URI, "value": uri}, *made.get("env", [])]
    made = _ports(node) | made
    return with_container(
        _pod(model, context, predictor, node, component), made, (node.kserve or _NO_NODE).container_at
    )


def _ports(node: Container) -> dict[str, Any]:
    """Port and probes: KServe sends everything to the first port."""
    made: dict[str, Any] = {}
    if node.port is not None:
        made["ports"] = [{"name": "http1", "containerPort": node.port, "protocol": "TCP"}]
        asked = {"readinessProbe": (node.ready_path, 3), "livenessProbe": (node.live_path, 6)}
        for probe, (path, failures) in asked.items():
            if path is not None:
                made[probe] = {
                    "httpGet": {"path": path, "port": node.port},
                    "periodSeconds": 10,
                    "failureThreshold": failures,
                }
    elif node.grpc_port is not None:
        made["ports"] = [{"name": "h2c", "containerPort": node.grpc_port, "protocol": "TCP"}]
    return made


def _transformer(model: ModelDeployment, context: BuildContext, predictor: Predictor, node: Node) -> dict[str, Any]:
    slot = node.kserve or _NO_NODE
    made: dict[str, Any] = {}
    if slot.storage_uris:
        made["storageUris"] = [uri.written() for uri in slot.storage_uris]
    made |= _with_own(model, context, predictor, node, "transformer")
    return made | _component(model, context, slot.component) | _logger(slot, node.logging)


def _component(model: ModelDeployment, context: BuildContext, declared: Component | None) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if model.safe_defaults:
        made |= {"minReplicas": 1, "maxReplicas": 1}
        if marks.mode(model, context.facts.kserve_mode) == "Standard":
            made["deploymentStrategy"] = _strategy(model, context)
    if model.exposure.timeout_seconds is not None:
        made["timeout"] = model.exposure.timeout_seconds
    return made | _written(declared)


def _explainer(
    model: ModelDeployment, context: BuildContext, predictor: Predictor, explainer: Explainer
) -> dict[str, Any]:
    slot, place = explainer.kserve or _NO_EXPLAINER, context.of(explainer_key(predictor))
    mode = marks.mode(model, context.facts.kserve_mode)
    safe = model.safe_defaults
    made: dict[str, Any] = {}
    if slot.storage_uris:
        made["storageUris"] = [uri.written() for uri in slot.storage_uris]
    pod = merged(pod_of(model, place, None) | (pod_security(mode) if safe else {}), explainer.pod)
    container = container_of(explainer, image_of(explainer.image, place), safe=safe, own=True)
    uri = _uri(explainer.artifact, uri_of(explainer.artifact, place))
    if explainer.method is Method.SQUARE_ATTACK or slot.art_type is not None:
        values = {
            "type": slot.art_type or "SquareAttack",
            "storageUri": uri,
            "runtimeVersion": slot.runtime_version,
            "storage": slot.storage.written() if slot.storage else None,
            "config": explainer.parameters or None,
        }
        made["art"] = {key: value for key, value in values.items() if value is not None} | container
    else:
        if uri is not None:
            container["env"] = [{"name": STORAGE_URI, "value": uri}, *container.get("env", [])]
        pod = with_container(pod, {"name": CONTAINER} | container, slot.container_at)
    number = (
        {} if explainer.replicas is None else {"minReplicas": explainer.replicas, "maxReplicas": explainer.replicas}
    )
    return made | pod | _component(model, context, None) | number | _written(slot.component) | _logger(slot, None)
