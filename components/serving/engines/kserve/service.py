"""An InferenceService: predictor, transformer, explainer, canaries."""

from dataclasses import dataclass
from typing import Any

from components.serving.engines.context import BuildContext, Manifest, explainer_key, node_key, uri_of
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
from components.serving.spec.kserve import KServeExplainer, KServeNode, KServePredictor, Worker
from components.serving.spec.kserve_parts import Component, Extension, StorageUri

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
    made = _Service(model, context, unit.name, marks.mode(model, context.facts.kserve_mode))
    (stable, transformer, main), *canaries = unit.predictors
    spec: dict[str, Any] = {"predictor": made.predictor(stable, main, canary=False)}
    if transformer is not None:
        spec["transformer"] = made.transformer(stable, transformer)
    if stable.explainer is not None:
        spec["explainer"] = made.explainer(stable, stable.explainer)
    if canaries:
        spec["canary"] = [
            {"predictor": made.predictor(predictor, node, canary=True), "trafficPercent": predictor.traffic or 0}
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


@dataclass(frozen=True, slots=True)
class _Service:
    """What all components of one service are made from.

    Attributes:
        name: of the InferenceService.
        mode: `Standard`, `Knative` or `ModelMesh`.
    """

    model: ModelDeployment
    context: BuildContext
    name: str
    mode: str

    def predictor(self, predictor: Predictor, node: Node, *, canary: bool) -> dict[str, Any]:
        slot, own = predictor.kserve or _NO_PREDICTOR, node.kserve or _NO_NODE
        made: dict[str, Any] = {}
        name = slot.name if slot.name is not None else predictor.name
        # A service of a graph has the predictor's name in its own.
        if canary or slot.name is not None or (name != DEFAULT_PREDICTOR and self.name == self.model.name):
            made["name"] = name
        if isinstance(node, ModelServer):
            block = marks.format_name(node) if own.framework_block else "model"
            made[block] = self._model(predictor, node)
            pod = self._pod(predictor, node, "predictor")
        else:
            pod = self._with_own(predictor, node, "predictor")
        made |= _storage_uris(own.storage_uris)
        if slot.storage_container_name is not None:
            made["storageContainerName"] = slot.storage_container_name
        if slot.worker is not None:
            made["workerSpec"] = _worker(slot.worker)
        made |= pod | scaling.replicas(self.model, predictor, canary=canary) | self._extension(predictor, canary=canary)
        return made | _logger(own, node.logging or self.model.logging) | _marks(predictor.labels, predictor.annotations)

    def _extension(self, predictor: Predictor, *, canary: bool) -> dict[str, Any]:
        scale = predictor.scaling if canary else self.model.scaling_of(predictor)
        autoscaler = marks.class_of(self.model) if self.mode == "Standard" else None
        made = scaling.metrics(scale, autoscaler, self.context.facts) if scale else {}
        return made | self._shared(strategy=not canary) | _written(predictor.kserve)

    def _shared(self, *, strategy: bool) -> dict[str, Any]:
        """What the declaration says for all components at once."""
        made: dict[str, Any] = {}
        if self.model.exposure.timeout_seconds is not None:
            made["timeout"] = self.model.exposure.timeout_seconds
        if not (strategy and self.model.safe_defaults and self.mode == "Standard"):
            return made
        if not self.context.surge or self.model.rollout.strategy == "recreate":
            return made | {"deploymentStrategy": {"type": "Recreate"}}
        rolling = {"maxSurge": self.model.rollout.surge, "maxUnavailable": 0}
        return made | {"deploymentStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling}}

    def _model(self, predictor: Predictor, node: ModelServer) -> dict[str, Any]:
        slot, place = node.kserve or _NO_NODE, self.context.of(node_key(self.model, predictor, node))
        made: dict[str, Any] = {}
        if not slot.framework_block:
            version = {"version": node.format_version} if node.format_version is not None else {}
            made["modelFormat"] = {"name": marks.format_name(node)} | version
        values = {
            "protocolVersion": protocol_version(self.model, node),
            "runtime": slot.runtime,
            "runtimeVersion": node.server_version,
            "storageUri": _uri(node.artifact, uri_of(node.artifact, place)),
            "storage": slot.storage.written() if slot.storage else None,
            "confidential": slot.confidential.written() if slot.confidential else None,
        }
        made |= {key: value for key, value in values.items() if value is not None}
        return made | container_of(node, place, safe=self.model.safe_defaults, own=False)

    def _pod(self, predictor: Predictor, node: Node, component: str) -> dict[str, Any]:
        several = component == "predictor" and self.model.scaling_of(predictor).min_replicas > 1
        spread = {SERVICE_LABEL: self.name, COMPONENT_LABEL: component} if several and self.mode == "Standard" else None
        made = pod_of(self.model, self.context.of(node_key(self.model, predictor, node)), spread)
        return merged(made | self._security(), node.pod)

    def _security(self) -> dict[str, Any]:
        return pod_security(self.mode) if self.model.safe_defaults else {}

    def _with_own(self, predictor: Predictor, node: Node, component: str) -> dict[str, Any]:
        """The pod of a container of the user's own."""
        if not isinstance(node, Container):
            raise TypeError(f"KServe has no {node.kind} as {component}")
        place = self.context.of(node_key(self.model, predictor, node))
        own = container_of(node, place, safe=self.model.safe_defaults, own=True)
        own = {"name": CONTAINER} | _ports(node) | _with_uri(own, node.artifact, uri_of(node.artifact, place))
        return with_container(self._pod(predictor, node, component), own, (node.kserve or _NO_NODE).container_at)

    def transformer(self, predictor: Predictor, node: Node) -> dict[str, Any]:
        slot = node.kserve or _NO_NODE
        made = _storage_uris(slot.storage_uris) | self._with_own(predictor, node, "transformer")
        return made | self._component(slot.component) | _logger(slot, node.logging)

    def _component(self, declared: Component | None) -> dict[str, Any]:
        made = {"minReplicas": 1, "maxReplicas": 1} if self.model.safe_defaults else {}
        return made | self._shared(strategy=True) | _written(declared)

    def explainer(self, predictor: Predictor, explainer: Explainer) -> dict[str, Any]:
        slot, place = explainer.kserve or _NO_EXPLAINER, self.context.of(explainer_key(predictor))
        made = _storage_uris(slot.storage_uris)
        pod = merged(pod_of(self.model, place, None) | self._security(), explainer.pod)
        own = container_of(explainer, place, safe=self.model.safe_defaults, own=True)
        uri = uri_of(explainer.artifact, place)
        if explainer.method is Method.SQUARE_ATTACK or slot.art_type is not None:
            made["art"] = _art(explainer, slot, _uri(explainer.artifact, uri)) | own
        else:
            own = {"name": CONTAINER} | _with_uri(own, explainer.artifact, uri)
            pod = with_container(pod, own, slot.container_at)
        replicas = explainer.replicas
        number = {} if replicas is None else {"minReplicas": replicas, "maxReplicas": replicas}
        return made | pod | self._component(None) | number | _written(slot.component) | _logger(slot, None)


def _art(explainer: Explainer, slot: KServeExplainer, uri: str | None) -> dict[str, Any]:
    values = {
        "type": slot.art_type if slot.art_type is not None else "SquareAttack",
        "storageUri": uri,
        "runtimeVersion": slot.runtime_version,
        "storage": slot.storage.written() if slot.storage else None,
        "config": explainer.parameters or None,
    }
    return {key: value for key, value in values.items() if value is not None}


def _storage_uris(uris: tuple[StorageUri, ...] | None) -> dict[str, Any]:
    return {"storageUris": [uri.written() for uri in uris]} if uris else {}


def _worker(worker: Worker) -> dict[str, Any]:
    sizes = {
        "pipelineParallelSize": worker.pipeline_parallel_size,
        "tensorParallelSize": worker.tensor_parallel_size,
    }
    return worker.pod | {key: size for key, size in sizes.items() if size is not None}


def _written(slot: Extension | None) -> dict[str, Any]:
    if slot is None:
        return {}
    elsewhere = {"name", "storage_container_name", "worker"}
    return slot.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=elsewhere)


def _logger(slot: KServeNode | KServeExplainer, logging: PayloadLogging | None) -> dict[str, Any]:
    if slot.logger is not None:
        return {"logger": slot.logger.written()}
    if logging is None:
        return {}
    return {"logger": {**({"url": logging.url} if logging.url else {}), "mode": logging.mode, **logging.options}}


def _marks(labels: dict[str, str], annotations: dict[str, str]) -> dict[str, Any]:
    return {key: dict(value) for key, value in (("labels", labels), ("annotations", annotations)) if value}


def _uri(artifact: ArtifactReference | None, uri: str | None) -> str | None:
    if uri is None and isinstance(artifact, HuggingFace):
        return f"hf://{artifact.repo}:{artifact.revision}"
    return uri


def _with_uri(container: dict[str, Any], artifact: ArtifactReference | None, found: str | None) -> dict[str, Any]:
    """A container of the user's own is told by a variable what its first step is to fetch."""
    uri = _uri(artifact, found)
    if uri is None:
        return container
    return container | {"env": [{"name": STORAGE_URI, "value": uri}, *container.get("env", [])]}


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


def _ports(node: Container) -> dict[str, Any]:
    """Port and probes: KServe sends everything to the first port."""
    if node.port is None:
        port = node.grpc_port
        return {} if port is None else {"ports": [{"name": "h2c", "containerPort": port, "protocol": "TCP"}]}
    made: dict[str, Any] = {"ports": [{"name": "http1", "containerPort": node.port, "protocol": "TCP"}]}
    asked = {"readinessProbe": (node.ready_path, 3), "livenessProbe": (node.live_path, 6)}
    for probe, (path, failures) in asked.items():
        if path is not None:
            http = {"path": path, "port": node.port}
            made[probe] = {"httpGet": http, "periodSeconds": 10, "failureThreshold": failures}
    return made
