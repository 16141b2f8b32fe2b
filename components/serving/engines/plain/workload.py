"""What runs for a declaration on plain Kubernetes: one workload a predictor, an explainer, a detector."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components import labels, versions
from components.serving.engines.context import (
    ArtifactSource,
    BuildContext,
    Placement,
    detector_key,
    explainer_key,
    image_of,
    node_key,
)
from components.serving.engines.servers import SERVERS, Runtime, container_runtime, image, runtime
from components.serving.spec import (
    Container,
    Detector,
    Explainer,
    ModelDeployment,
    ModelServer,
    Node,
    Predictor,
    Resources,
    Scaling,
)
from components.serving.spec.artifact import ArtifactReference
from components.serving.spec.deployment import Transport
from components.serving.spec.plain import PlainNode
from components.serving.spec.pod import Env, SecretRef

DEFAULT_PREDICTOR = "default"


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """One Deployment with its Service.

    Attributes:
        suffix: of its objects' roles; empty for the default predictor, so that a canary beside it changes nothing.
        name: of its objects.
        predictor: that it is, or that it explains; None for a detector.
        selector: of its pods; from names alone, because Kubernetes never lets it change.
        says_port: the declaration names the port, not only a default.
        asks: another workload of the model that it sends requests to, by name.
        declared: the artifact as the declaration names it.
        own_env: variables that its server needs.
    """

    suffix: str
    name: str
    predictor: Predictor | None
    selector: dict[str, str]
    runtime: Runtime
    image: str | None
    declared: ArtifactReference | None
    artifact: ArtifactSource | None
    placement: Placement
    scaling: Scaling
    resources: Resources
    own_env: dict[str, str]
    env: Env
    secrets: Mapping[str, SecretRef]
    container: dict[str, Any]
    pod: dict[str, Any]
    slot: PlainNode
    pod_labels: dict[str, str]
    pod_annotations: dict[str, str]
    says_port: bool = True
    asks: str | None = None


def predictor_name(model: ModelDeployment, predictor: Predictor) -> str:
    """The name of a predictor's Deployment and Service."""
    return model.name if predictor.name == DEFAULT_PREDICTOR else f"{model.name}-{predictor.name}"


def explainer_name(model: ModelDeployment, predictor: Predictor) -> str:
    """The name of an explainer's Deployment and Service."""
    return f"{predictor_name(model, predictor)}-explainer"


def detector_name(model: ModelDeployment, detector: Detector) -> str:
    """The name of a detector's Deployment and Service."""
    return f"{model.name}-detector-{detector.name}"


def workloads(model: ModelDeployment, context: BuildContext) -> list[Workload]:
    """Everything that runs for a declaration: predictors, their explainers, detectors."""
    found = []
    for predictor in model.predictors:
        found.append(_predictor(model, predictor, context))
        if predictor.explainer:
            found.append(_explainer(model, predictor, predictor.explainer, context))
    return [*found, *(_detector(model, detector, context) for detector in model.detectors)]


def names(model: ModelDeployment) -> Iterator[tuple[str, str]]:
    """The name of each workload, with the path of what it comes from."""
    for at, predictor in enumerate(model.predictors):
        yield f"predictors[{at}].name", predictor_name(model, predictor)
        if predictor.explainer:
            yield f"predictors[{at}].explainer", explainer_name(model, predictor)
    for at, detector in enumerate(model.detectors):
        yield f"detectors[{at}].name", detector_name(model, detector)


def serves_grpc(model: ModelDeployment, node: Node) -> bool:
    """Whether a node is reached over gRPC: only where the declaration asks for it."""
    if model.transport is not Transport.GRPC:
        return False
    if isinstance(node, ModelServer):
        return node.format in SERVERS and bool(SERVERS[node.format].grpc)
    return isinstance(node, Container) and node.grpc_port is not None


def _predictor(model: ModelDeployment, predictor: Predictor, context: BuildContext) -> Workload:
    node = predictor.graph
    if not isinstance(node, ModelServer | Container):
        raise TypeError(f"the plain engine has no {node.kind}")
    known = context.of(node_key(model, predictor, node))
    runs = _runtime(model, node)
    return Workload(
        suffix="" if predictor.name == DEFAULT_PREDICTOR else f"-{predictor.name}",
        name=predictor_name(model, predictor),
        predictor=predictor,
        selector={labels.MODEL: model.name, labels.PREDICTOR: predictor.name},
        runtime=runs,
        image=image_of(node.image, known) or _server_image(node),
        declared=node.artifact,
        artifact=known.artifact,
        placement=known.placement,
        scaling=model.scaling_of(predictor),
        resources=node.resources,
        own_env=runs.env,
        env=node.env,
        secrets=node.secrets,
        container=node.container,
        pod=node.pod,
        slot=node.plain or PlainNode(),
        pod_labels=predictor.labels,
        pod_annotations=predictor.annotations,
        says_port=isinstance(node, ModelServer) or node.port is not None,
    )


def _server_image(node: ModelServer | Container) -> str | None:
    """By reference, where no stack says which it has built."""
    return image(node) or versions.MLSERVER_FULL_IMAGE if isinstance(node, ModelServer) else None


def _runtime(model: ModelDeployment, node: ModelServer | Container) -> Runtime:
    if isinstance(node, ModelServer):
        return runtime(model.name, node, model.protocol)
    return container_runtime(node, model.protocol)


def _explainer(model: ModelDeployment, predictor: Predictor, explainer: Explainer, context: BuildContext) -> Workload:
    """Its container answers at `/explain` and is told the predictor's URL, and its method with parameters as JSON."""
    told = {
        "EXPLAINER_METHOD": explainer.method.value,
        "EXPLAINER_PARAMETERS": json.dumps(explainer.parameters, sort_keys=True),
        "MODEL_NAME": model.name,
        "PREDICTOR_URL": f"http://{predictor_name(model, predictor)}",
    }
    suffix = "-explainer" if predictor.name == DEFAULT_PREDICTOR else f"-{predictor.name}-explainer"
    selector = {labels.MODEL: model.name, labels.EXPLAINER: predictor.name}
    watcher = _watcher(explainer, explainer_key(predictor), context, told)
    replicas = Scaling(min_replicas=1 if explainer.replicas is None else explainer.replicas)
    return Workload(
        suffix=suffix,
        name=explainer_name(model, predictor),
        predictor=predictor,
        selector=selector,
        scaling=replicas,
        asks=predictor_name(model, predictor),
        **watcher,
    )


def _detector(model: ModelDeployment, detector: Detector, context: BuildContext) -> Workload:
    """Its container gets copies of the requests, at the paths at which the model gets them."""
    told = {
        "DETECTOR_KIND": detector.watches,
        "DETECTOR_PARAMETERS": json.dumps(detector.parameters, sort_keys=True),
        "MODEL_NAME": model.name,
    }
    if detector.batch_size is not None:
        told["DETECTOR_BATCH_SIZE"] = str(detector.batch_size)
    if detector.reply_url is not None:
        told["REPLY_URL"] = detector.reply_url
    return Workload(
        suffix=f"-detector-{detector.name}",
        name=detector_name(model, detector),
        predictor=None,
        selector={labels.MODEL: model.name, labels.DETECTOR: detector.name},
        scaling=Scaling(),
        **_watcher(detector, detector_key(detector.name), context, told),
    )


def _watcher(part: Explainer | Detector, key: str, context: BuildContext, told: dict[str, str]) -> dict[str, Any]:
    """What explainers and detectors have in common: a container with the ports and probes of a user's own."""
    known = context.of(key)
    return {
        "runtime": _WATCHING,
        "image": image_of(part.image, known),
        "declared": part.artifact,
        "artifact": known.artifact,
        "placement": known.placement,
        "resources": part.resources,
        "own_env": told,
        "env": part.env,
        "secrets": {},
        "container": part.container,
        "pod": part.pod,
        "slot": PlainNode(),
        "pod_labels": {},
        "pod_annotations": {},
    }


# As a container of the user's own that says nothing else.
_WATCHING = Runtime(args=[], env={}, port=8080, ready_path="/health/ready", live_path="/health/live")
