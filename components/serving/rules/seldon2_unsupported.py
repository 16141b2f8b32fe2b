"""What Seldon Core 2 cannot express: each is refused, and the engines that can are named."""

from collections.abc import Callable, Iterator
from typing import Any

from components.serving.engines.context import EngineFacts
from components.serving.engines.seldon2 import words
from components.serving.engines.seldon2.parts import loadable
from components.serving.rules.base import Check, Finding
from components.serving.rules.seldon2_view import SOURCE, seldon2, things, views
from components.serving.spec import (
    Builtin,
    Container,
    Format,
    HuggingFace,
    Method,
    ModelDeployment,
    ModelServer,
    PayloadLogging,
    Protocol,
    Role,
    Scaling,
)
from components.serving.spec.seldon2_kinds import Kind

Found = Iterator[Finding]
_PROTOCOLS = {
    Protocol.V1: ("kserve", "plain"),
    Protocol.SELDON: ("seldon1",),
    Protocol.TENSORFLOW: ("seldon1", "kserve", "plain"),
    Protocol.OPENAI: ("kserve", "plain"),
}
_FORMATS = {Format.VLLM: ("kserve", "plain"), Format.PMML: ("kserve",), Format.PADDLE: ("kserve",)}
# What of a node, explainer or detector is a container's or pod's: they have none of their own.
_CONTAINER = ("image", "server_version", "args", "env", "secrets", "container", "pod")


def _cannot(number: int, source: str = f"{SOURCE}operator/apis/mlops/v1alpha1/") -> Callable[[Check], Check]:
    return seldon2(f"S2-X{number:02}", source, ModelDeployment)


def _refused(path: str, value: Any, why: str, engines: tuple[str, ...], fix: str = "leave it out") -> Finding:
    named = engines[0] if len(engines) == 1 else f"{', '.join(engines[:-1])} or {engines[-1]}"
    return Finding(path=path, value=str(value), why=why, fix=f"{fix}, or use engine {named}")


@_cannot(1)
def no_routers(model: ModelDeployment, _: EngineFacts) -> Found:
    """No node chooses among its children: steps run where their triggers have come."""
    for path, _predictor, node in model.nodes():
        if node.role is Role.ROUTER:
            why = "a Pipeline has no routers, and learns from no rewards"
            yield _refused(f"{path}.role", "router", why, ("seldon1", "kserve"), "give steps triggers (seldon2.step)")


@_cannot(2)
def nothing_built_in(model: ModelDeployment, _: EngineFacts) -> Found:
    """Every step is a model."""
    for path, _predictor, node in model.nodes():
        if isinstance(node, Builtin):
            why = "Seldon Core 2 has no nodes of its own"
            fix = "declare two predictors with traffic" if node.implementation == "random_ab_test" else "use a model"
            yield _refused(f"{path}.implementation", node.implementation, why, ("seldon1",), fix)


@_cannot(3)
def no_feedback(model: ModelDeployment, _: EngineFacts) -> Found:
    """No rewards are sent back."""
    if model.feedback:
        yield _refused("feedback", "true", "Seldon Core 2 takes no rewards", ("seldon1",))


@_cannot(4)
def no_resources_of_its_own(model: ModelDeployment, _: EngineFacts) -> Found:
    """Of a Model's resources only its memory is said: cores and accelerators are its Server's."""
    for path, thing in things(model):
        for name in ("cpu", "accelerators", "requests", "limits"):
            if getattr(thing.resources, name) not in (None, {}):
                why = "a Model shares its Server's pods: only their podSpec says it"
                fix = "say it in the pod_spec of a Server, and name that (seldon2.server)"
                yield _refused(f"{path}.resources.{name}", "", why, ("seldon1", "kserve", "plain"), fix)


@_cannot(5, f"{SOURCE}docs-gb/scaling/")
def no_scale_to_zero(model: ModelDeployment, _: EngineFacts) -> Found:
    """Models are not scaled to zero."""
    for path, scaling in _scalings(model):
        if scaling.autoscaled and scaling.min_replicas == 0:
            why = "the autoscaler of Models keeps one replica"
            yield _refused(f"{path}.min_replicas", 0, why, ("kserve", "seldon1", "plain"), "give at least 1")


@_cannot(6, f"{SOURCE}docs-gb/ (inference)")
def only_v2(model: ModelDeployment, _: EngineFacts) -> Found:
    """Everything speaks the open inference protocol, v2."""
    if model.protocol in _PROTOCOLS:
        why = "Seldon Core 2 speaks v2 alone"
        yield _refused("protocol", model.protocol.value, why, _PROTOCOLS[model.protocol], "set v2")


@_cannot(7)
def no_containers_of_its_own(model: ModelDeployment, _: EngineFacts) -> Found:
    """A model runs inside a Server: there is no container, image or pod of its own."""
    for path, thing in things(model):
        if isinstance(thing, Container):
            why = "Servers load models from files; an image would need a ServerConfig of its own, beside Seldon's agent"
            fix = "make it a model of MLServer's (format custom, requirements mlserver and python)"
            yield _refused(path, "container", why, ("seldon1", "kserve", "plain"), fix)
            continue
        for name in _CONTAINER:
            if getattr(thing, name, None):
                why = "a Model has no container of its own: its Server's pods run it"
                yield _refused(f"{path}.{name}", "", why, ("seldon1", "kserve", "plain"))


@_cannot(8, f"{SOURCE}operator/config/serverconfigs/")
def no_server_of_the_format(model: ModelDeployment, _: EngineFacts) -> Found:
    """The formats are those that MLServer and Triton read."""
    for path, _predictor, node in model.nodes():
        if isinstance(node, ModelServer) and not loadable(node):
            why = "neither MLServer nor Triton, as they are shipped, reads it"
            yield _refused(f"{path}.format", node.format.value, why, _FORMATS[node.format], "use another format")


@_cannot(9, f"{SOURCE}docs-gb/scaling/")
def scaled_by_its_own_measure(model: ModelDeployment, _: EngineFacts) -> Found:
    """Models are scaled by requests that wait, and by nothing else."""
    for path, scaling in _scalings(model):
        for name in ("metrics", "behavior"):
            if getattr(scaling, name):
                why = "the autoscaler of Models goes by the requests that wait, as its chart says"
                yield _refused(f"{path}.{name}", "", why, ("seldon1", "kserve", "plain"))


@_cannot(10, f"{SOURCE}operator/apis/mlops/v1alpha1/model_types.go (LoggingSpec)")
def logs_everything_to_one_place(model: ModelDeployment, _: EngineFacts) -> Found:
    """Payloads are logged whole, and only where the installation says."""
    logged = [("logging", model.logging), *((f"{path}.logging", node.logging) for path, _p, node in model.nodes())]
    for path, logging in logged:
        for name in PayloadLogging.model_fields if logging else ():
            value = getattr(logging, name)
            if value not in (None, "all", {}):
                why = "a logger is only on or off"
                yield _refused(f"{path}.{name}", value, why, ("seldon1", "kserve"))


@_cannot(11, f"{SOURCE}k8s/helm-charts/seldon-core-v2-setup/values.yaml (security)")
def one_gateway_for_all(model: ModelDeployment, _: EngineFacts) -> Found:
    """Certificates, and who may ask, are those of the gateway that all models share."""
    if model.exposure.tls_secret is not None:
        why = "TLS inside is the installation's"
        yield _refused("exposure.tls_secret", model.exposure.tls_secret, why, ("seldon1", "plain"))
    if model.exposure.callers:
        why = "all models are asked through one Service, seldon-mesh"
        yield _refused("exposure.callers", ", ".join(model.exposure.callers), why, ("kserve", "plain"))


@_cannot(12, f"{SOURCE}scheduler/pkg/scheduler/")
def versions_follow_each_other(model: ModelDeployment, _: EngineFacts) -> Found:
    """A new version is loaded beside the old one, which then goes."""
    if model.rollout.strategy == "recreate" or model.rollout.surge != 1:
        why = "the scheduler loads the new version first, as many replicas as the old one has"
        yield _refused("rollout", model.rollout.strategy, why, ("kserve", "plain"))


@_cannot(13, f"{SOURCE}docs-gb/ (drift and outlier detection)")
def detectors_answer_into_topics(model: ModelDeployment, _: EngineFacts) -> Found:
    """Detectors are models of Alibi Detect, whose verdicts are in Kafka topics."""
    for at, detector in enumerate(model.detectors):
        if detector.reply_url is not None:
            why = "verdicts are written to the step's Kafka topic"
            yield _refused(f"detectors[{at}].reply_url", detector.reply_url, why, ("plain",))
        if detector.watches == "metrics":
            why = "MLServer's detectors look at requests, not at rewards"
            yield _refused(f"detectors[{at}].watches", "metrics", why, ("plain",))


@_cannot(14, f"{SOURCE}docs-gb/ (explainers)")
def explainers_of_alibi(model: ModelDeployment, _: EngineFacts) -> Found:
    """Explainers are those of MLServer's Alibi runtime."""
    for at, predictor in enumerate(model.predictors):
        explainer = predictor.explainer
        if explainer is None or explainer.method in words.METHODS or (explainer.seldon2 and explainer.seldon2.type):
            continue
        engines = ("kserve", "plain") if explainer.method is Method.SQUARE_ATTACK else ("plain",)
        fix = "give its type (seldon2.type)" if explainer.method is Method.CUSTOM else "use another method"
        why = "MLServer's Alibi runtime has no such method"
        yield _refused(f"predictors[{at}].explainer.method", explainer.method.value, why, engines, fix)


@_cannot(15, f"{SOURCE}docs-gb/ (rclone)")
def files_come_by_rclone(model: ModelDeployment, _: EngineFacts) -> Found:
    """A model's files come from a store that rclone reads, which the Hugging Face hub is not."""
    for path, thing in things(model):
        artifact = getattr(thing, "artifact", None)
        if isinstance(artifact, HuggingFace):
            why = "rclone does not read the hub"
            fix = "put its files into the artifact store"
            yield _refused(f"{path}.artifact", artifact.repo, why, ("kserve", "plain"), fix)


@_cannot(16)
def objects_have_names_of_their_own(model: ModelDeployment, _: EngineFacts) -> Found:
    """Predictors, nodes, detectors and explainers make objects with different names."""
    seen: set[tuple[str, str]] = set()
    for view in views(model, Kind):
        name = (type(view.made).__name__, view.made.name)
        if name in seen:
            why = f"two {name[0]}s would have this name, which joins those of deployment, predictor and node"
            yield Finding(path=view.where, value=view.made.name, why=why, fix="rename the predictor or the node")
        seen.add(name)


@_cannot(17)
def versions_are_in_requirements(model: ModelDeployment, _: EngineFacts) -> Found:
    """A version of the format is a capability of a Server."""
    for path, _predictor, node in model.nodes():
        if isinstance(node, ModelServer) and node.format_version:
            why = "a Model says no version: only a Server's capabilities can tell it"
            fix = "require the capability that names it (seldon2.requirements)"
            yield _refused(f"{path}.format_version", node.format_version, why, ("kserve",), fix)


def _scalings(model: ModelDeployment) -> Iterator[tuple[str, Scaling]]:
    yield "scaling", model.scaling
    for at, predictor in enumerate(model.predictors):
        if predictor.scaling:
            yield f"predictors[{at}].scaling", predictor.scaling
