"""What KServe cannot express, with the engines that can."""

from collections.abc import Iterator

from components.serving.engines.context import EngineFacts
from components.serving.engines.kserve.plan import Inexpressible, plan
from components.serving.rules.base import Finding
from components.serving.rules.kserve_view import UPSTREAM, autoscaler, kserve, mode
from components.serving.spec import Builtin, Format, ModelDeployment, ModelServer, PrometheusQuery, Protocol, Transport

_TYPES = f"{UPSTREAM}pkg/apis/serving/v1beta1"
_GRAPH = f"{UPSTREAM}pkg/apis/serving/v1alpha1/inference_graph.go, cmd/router/main.go"
_FIXED = 0.01
_LABEL = 63


@kserve("KS-X01", _TYPES)
def feedback(model: ModelDeployment, _facts: EngineFacts) -> Iterator[Finding]:
    """KServe sends no rewards back."""
    if model.feedback:
        yield Finding(path="feedback", value="true", why="KServe has no feedback", fix="use engine seldon1")


@kserve("KS-X02", _TYPES)
def detectors(model: ModelDeployment, _facts: EngineFacts) -> Iterator[Finding]:
    """KServe has no detectors of its own."""
    if model.detectors:
        yield Finding(
            path="detectors", value="", why="KServe has none: a logger can feed one that is deployed by itself",
            fix="use engine seldon2 or plain, or set logging to a detector's URL",
        )  # fmt: skip


@kserve("KS-X03", _TYPES)
def shadow(model: ModelDeployment, _facts: EngineFacts) -> Iterator[Finding]:
    """KServe sends no copies of requests."""
    for at, predictor in enumerate(model.predictors):
        if predictor.shadow:
            yield Finding(
                path=f"predictors[{at}].shadow", value="true", why="KServe mirrors no requests",
                fix="use engine seldon1, seldon2 or plain",
            )  # fmt: skip


@kserve("KS-X04", _TYPES)
def headers(model: ModelDeployment, _facts: EngineFacts) -> Iterator[Finding]:
    """KServe does not route by a header."""
    if model.exposure.headers:
        yield Finding(
            path="exposure.headers", value="", why="KServe routes by shares alone", fix="use engine plain or seldon2"
        )


@kserve("KS-X05", _TYPES)
def protocol(model: ModelDeployment, _facts: EngineFacts) -> Iterator[Finding]:
    """KServe speaks v1 and v2; TensorFlow's protocol is v1 of its server, OpenAI's that of vLLM and Hugging Face."""
    if model.protocol is Protocol.SELDON:
        yield Finding(
            path="protocol", value="seldon", why="KServe does not speak it", fix="set v2, or use engine seldon1"
        )
    if model.protocol is Protocol.OPENAI and model.transport is Transport.GRPC:
        yield Finding(
            path="transport", value="grpc", why="OpenAI's protocol is one over HTTP", fix="set rest, or protocol v2"
        )
    fitting = {
        Protocol.TENSORFLOW: {Format.TENSORFLOW},
        Protocol.OPENAI: {Format.VLLM, Format.HUGGINGFACE, Format.CUSTOM},
    }.get(model.protocol or Protocol.V2)
    for path, _, node in model.nodes():
        if fitting is not None and isinstance(node, ModelServer) and node.format not in fitting:
            yield Finding(
                path="protocol", value=str(model.protocol), why=f"no runtime of {node.format} ({path}) speaks it",
                fix="set protocol v1 or v2",
            )  # fmt: skip


@kserve("KS-X06", _TYPES)
def exposure(model: ModelDeployment, _facts: EngineFacts) -> Iterator[Finding]:
    """Host, path and certificate of a model come from KServe's own settings."""
    for name in ("host", "path", "tls_secret"):
        value = getattr(model.exposure, name)
        if value is not None:
            engines = "seldon1" if name == "tls_secret" else "plain"
            yield Finding(
                path=f"exposure.{name}", value=value, why="KServe makes it from its own settings",
                fix=f"remove it, or use engine {engines}",
            )  # fmt: skip


@kserve("KS-X07", _GRAPH)
def graph(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """A graph is a transformer in front of a model, a chain of models, or a random choice between two."""
    try:
        plan(model, mode(model, facts))
    except Inexpressible as error:
        yield Finding(
            path=error.path, value="", why=error.why,
            fix="use engine seldon1; an InferenceGraph of one's own can switch, or ask several at once",
        )  # fmt: skip


@kserve("KS-X08", _GRAPH)
def shares(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """Whole percents alone can be split; in Knative mode they make 100 in all."""
    for path, _, node in model.nodes():
        if not isinstance(node, Builtin) or node.implementation != "random_ab_test":
            continue
        for parameter in node.parameters:
            if not _is_share(parameter.name, parameter.value):
                yield Finding(
                    path=f"{path}.parameters", value=f"{parameter.name}={parameter.value}",
                    why="a splitter takes the share ratioA in whole percents", fix="give ratioA, such as 0.25",
                )  # fmt: skip
    total = sum(predictor.traffic or 0 for predictor in model.predictors)
    if len(model.predictors) > 1 and mode(model, facts) != "Standard" and total != 100:
        yield Finding(
            path="predictors", value=str(total), why="the weights of a splitter make 100 in all",
            fix="give every predictor its traffic",
        )  # fmt: skip


def _is_share(name: str, value: str) -> bool:
    try:
        percent = float(value) * 100
    except ValueError:
        return False
    return name == "ratioA" and 0 <= percent <= 100 and abs(percent - round(percent)) < _FIXED


@kserve("KS-X09", _TYPES)
def canary_parts(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """Canaries share the stable predictor's transformer and explainer; several services have no explainer."""
    standard = mode(model, facts) == "Standard"
    for at, predictor in enumerate(model.predictors):
        if predictor.explainer is not None and (at > 0 or _has_routers(model, facts)):
            yield Finding(
                path=f"predictors[{at}].explainer", value="", why="KServe explains the stable predictor of one service",
                fix="declare it at the first predictor, or deploy the explained model by itself",
            )  # fmt: skip
        if at > 0 and standard and predictor.graph.children and not _has_routers(model, facts):
            yield Finding(
                path=f"predictors[{at}].graph", value="", why="a canary has no transformer of its own",
                fix="declare its model alone; the stable predictor's transformer is in front of both",
            )  # fmt: skip


def _has_routers(model: ModelDeployment, facts: EngineFacts) -> bool:
    try:
        return bool(plan(model, mode(model, facts)).routers)
    except Inexpressible:
        return False


@kserve("KS-X10", _TYPES)
def parameters(model: ModelDeployment, _facts: EngineFacts) -> Iterator[Finding]:
    """KServe hands no typed parameters to a model."""
    for path, _, node in model.nodes():
        if node.parameters and not isinstance(node, Builtin):
            yield Finding(
                path=f"{path}.parameters", value="", why="KServe knows none", fix="use args or env, or engine seldon1"
            )


@kserve("KS-X11", f"{UPSTREAM}pkg/controller/v1beta1/inferenceservice/reconcilers/")
def metrics(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """Requests scale in Knative mode, a query with KEDA in Standard mode; targets are whole numbers."""
    standard = mode(model, facts) == "Standard"
    for at, predictor in enumerate(model.predictors):
        path = f"predictors[{at}].scaling.metrics" if predictor.scaling is not None else "scaling.metrics"
        for metric in (predictor.scaling or model.scaling).metrics:
            why = _metric(metric.kind, facts, autoscaler(model, facts), standard=standard)
            if why is None and not isinstance(metric, PrometheusQuery) and metric.target != int(metric.target):
                why = "KServe's targets are whole numbers", "round it"
            if why is not None:
                yield Finding(path=path, value=metric.kind, why=why[0], fix=why[1])


def _metric(kind: str, facts: EngineFacts, class_: str | None, *, standard: bool) -> tuple[str, str] | None:
    if kind == "prometheus":
        if not standard:
            return "Knative's autoscaler asks no Prometheus", "use Standard mode with KEDA"
        if not facts.keda or class_ != "keda":
            return "only KEDA asks Prometheus", "install KEDA, and set kserve=KServe(autoscaler_class='keda')"
    elif kind in ("concurrency", "rps") and standard and class_ == "keda":
        return "KEDA counts no requests here", "use Knative mode, or a Prometheus query"
    elif kind == "memory" and not standard:
        return "in Knative mode the target of memory is in MiB, not in percent", "use Standard mode"
    return None


@kserve("KS-X12", _TYPES)
def named_format(model: ModelDeployment, _facts: EngineFacts) -> Iterator[Finding]:
    """The format custom is named in KServe's slot."""
    for path, _, node in model.nodes():
        if (
            isinstance(node, ModelServer)
            and node.format is Format.CUSTOM
            and not (node.kserve and node.kserve.model_format is not None)
        ):
            yield Finding(
                path=f"{path}.format", value="custom", why="KServe needs the name that a runtime supports",
                fix="set kserve=KServeNode(model_format=...)",
            )  # fmt: skip


@kserve("KS-X13", f"{UPSTREAM}pkg/constants/constants.go")
def joined_names(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """The names that KServe makes of a model's have at most 63 characters."""
    try:
        units = plan(model, mode(model, facts)).units
    except Inexpressible:
        return
    for unit in units:
        for at, (predictor, transformer, _) in enumerate(unit.predictors):
            slot = predictor.kserve.name if predictor.kserve else None
            own = slot if slot is not None else predictor.name
            middle = f"-{own}" if at > 0 or own not in ("", "default") else ""
            longest = f"{unit.name}{middle}-{'transformer' if transformer is not None and not middle else 'predictor'}"
            # What C-43 joins to the model's own is longer.
            if len(longest) > _LABEL and longest != f"{model.name}-predictor":
                yield Finding(
                    path="name", value=longest, why=f"{len(longest)} characters, one of Kubernetes' names has 63",
                    fix="shorten the name of the model, its predictor or its node",
                )  # fmt: skip


@kserve("KS-X15")
def rollout(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """Outside of Standard mode nothing can be said of how a new version takes over."""
    said = model.rollout.strategy == "recreate" or model.rollout.surge != 1
    if said and mode(model, facts) != "Standard":
        yield Finding(
            path="rollout", value=model.rollout.strategy, why="Knative starts a new revision before the old one goes",
            fix="leave it out, or use Standard mode, or engine plain",
        )  # fmt: skip
