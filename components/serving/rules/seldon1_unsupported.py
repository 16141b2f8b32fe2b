"""What Seldon Core 1 cannot do: each is refused, and the engines that can are named."""

from collections.abc import Callable, Iterator
from typing import Any

from components.serving import fields
from components.serving.engines.context import EngineFacts
from components.serving.engines.seldon1 import words
from components.serving.rules.base import Check, Finding, rule
from components.serving.rules.seldon1 import ENGINE, found, slots
from components.serving.spec import Builtin, HuggingFace, Method, ModelDeployment, ModelServer, Scaling
from components.serving.spec.seldon1 import Seldon1Explainer


def _cannot(number: int, source: str) -> Callable[[Check], Check]:
    return rule(f"S1-X{number:02}", source=source, engine=ENGINE)


@_cannot(1, "operator/controllers/istio.go")
def fixed_path(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The path is /seldon/<namespace>/<name>/, and no other."""
    if model.exposure.path is not None:
        why = "Seldon Core 1 serves it under /seldon/<namespace>/<name>/"
        yield found("exposure.path", model.exposure.path, why, "leave it out; plain and kserve can")


@_cannot(2, "operator/controllers/istio.go, operator/controllers/ambassador/")
def no_header_routes(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Requests are not sent to a predictor by a header."""
    if model.exposure.headers:
        why = "its VirtualService goes by weights only"
        yield found("exposure.headers", "", why, "use seldon1.ambassador.header with Ambassador; plain can")


@_cannot(3, "operator/controllers/seldondeployment_controller.go")
def always_exposed(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Everything is exposed through the gateway."""
    if not model.exposure.external:
        why = "the operator exposes every deployment through its gateway"
        yield found("exposure.external", "false", why, "leave it out; plain and kserve can")


@_cannot(4, "operator/controllers/seldondeployment_controller.go (createDeploymentWithoutEngine)")
def fixed_rollout(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Every rollout surges as the operator has it: at most 10 percent of the pods are missing."""
    rollout = model.rollout
    if rollout.strategy == "recreate" or rollout.surge != 1:
        why = "the operator always rolls with maxUnavailable 10% and Kubernetes' own surge"
        yield found("rollout", rollout.strategy, why, "leave it out; plain and kserve can")


@_cannot(5, "operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go")
def known_metrics(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """Replicas follow cores, memory, the request rate or a query; not requests under way."""
    for path, scaling in _scalings(model):
        kinds = {metric.kind for metric in scaling.metrics}
        if "concurrency" in kinds:
            why = "the executor does not measure requests under way"
            yield found(f"{path}.metrics", "concurrency", why, "scale on rps; kserve with Knative can")
        asked = [m for m in scaling.metrics if m.kind in ("rps", "prometheus") and not getattr(m, "server", None)]
        if asked and not facts.prometheus:
            yield found(f"{path}.metrics", asked[0].kind, "no Prometheus is named", "say engines.prometheus")
        if scaling.autoscaled and scaling.min_replicas == 0 and kinds <= {"cpu", "memory"}:
            why = "without a pod there is neither"
            yield found(f"{path}.min_replicas", "0", why, "scale on rps or a query")


@_cannot(6, "operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go (SeldonHpaSpec)")
def no_behavior(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """How fast replicas follow cores and memory is Kubernetes' own."""
    for path, scaling in _scalings(model):
        if scaling.behavior and {metric.kind for metric in scaling.metrics} <= {"cpu", "memory"}:
            yield found(f"{path}.behavior", "", "hpaSpec has no place for it", "leave it out; plain can")


@_cannot(7, "operator/apis/machinelearning.seldon.io/v1/prepack.go")
def no_versions(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A known server is not chosen by a version."""
    for path, node, _slot in slots(model):
        if isinstance(node, ModelServer):
            for field in ("format_version", "server_version"):
                if value := getattr(node, field):
                    why = "predictor_servers has one image a server"
                    yield found(f"{path}.{field}", value, why, "name an image; kserve can")


@_cannot(8, "docs-gb/servers/ (HUGGINGFACE_SERVER)")
def hub_models(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A model of the hub is served by HUGGINGFACE_SERVER, at its main revision."""
    for path, node, _slot in slots(model):
        artifact = None if isinstance(node, Builtin) else node.artifact
        if not isinstance(artifact, HuggingFace):
            continue
        if not isinstance(node, ModelServer) or words.implementation(node) != "HUGGINGFACE_SERVER":
            why = "only HUGGINGFACE_SERVER fetches from the hub"
            yield found(f"{path}.artifact", artifact.repo, why, "use format huggingface; kserve and plain can")
        elif artifact.revision != "main":
            why = "HUGGINGFACE_SERVER takes no revision"
            yield found(f"{path}.artifact.revision", artifact.revision, why, "leave it out; kserve and plain can")


@_cannot(9, "operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go (Logger)")
def no_logger_options(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A logger has a URL and a mode."""
    logged = [("logging", model.logging), *((f"{path}.logging", node.logging) for path, _, node in model.nodes())]
    for path, logging in logged:
        if logging and logging.options:
            yield found(f"{path}.options", "", "its logger has no options", "leave them out; kserve can")


@_cannot(10, "operator/controllers/seldondeployment_explainers.go")
def explainers_of_alibi(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """An explainer is one of Alibi's, or an image of one's own by its type; its pod is the operator's."""
    for at, predictor in enumerate(model.predictors):
        path, explainer = f"predictors[{at}].explainer", predictor.explainer
        if explainer is None:
            continue
        slot = explainer.seldon1 or Seldon1Explainer()
        if explainer.method not in words.METHODS and explainer.method is not Method.CUSTOM and not slot.type:
            why = "Alibi's server has no such method"
            yield found(
                f"{path}.method", explainer.method, why, "use method custom with an image and a type; plain can"
            )
        if explainer.pod:
            yield found(f"{path}.pod", "", "the operator makes its pod", "leave it out; plain and kserve can")


@_cannot(11, "components/alibi-detect-server/ (a deployment of its own)")
def no_detectors(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Detectors are no part of a SeldonDeployment."""
    for at, detector in enumerate(model.detectors):
        why = "a detector is a deployment of its own, which gets payloads from a logger"
        yield found(f"detectors[{at}]", detector.name, why, "log to its URL; plain and seldon2 make it themselves")


@_cannot(12, "executor/predictor/predictor_process.go")
def bare_builtins(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """What is built in has no container of its own."""
    for path, node, _slot in slots(model):
        if isinstance(node, Builtin):
            for field in ("args", "env", "secrets", "container", "pod"):
                if getattr(node, field):
                    yield found(f"{path}.{field}", "", "the executor plays this node itself", "leave it out")


@_cannot(13, "helm-charts/seldon-core-operator/ (the CRD's schema)")
def known_pod_fields(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Containers and pods have the fields that the CRD knows; the API server drops newer ones."""
    for path, node, _slot in slots(model):
        for field, table in (("container", "seldon1.Container"), ("pod", "seldon1.PodSpec")):
            yield from _dropped(f"{path}.{field}", table, getattr(node, field))


def _dropped(path: str, table: str, given: dict[str, Any]) -> Iterator[Finding]:
    for error in fields.errors_at(table, given, path, custom=True) if given else ():
        if error.reason is fields.Reason.UNKNOWN_FIELD:
            yield found(
                error.path, "", "this CRD is older than the field: it would be dropped", "leave it out; plain can"
            )


def _scalings(model: ModelDeployment) -> Iterator[tuple[str, Scaling]]:
    yield "scaling", model.scaling
    for at, predictor in enumerate(model.predictors):
        if predictor.scaling:
            yield f"predictors[{at}].scaling", predictor.scaling
