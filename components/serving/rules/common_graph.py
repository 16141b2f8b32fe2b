"""The nodes of a graph, whatever the engine: their names, their formats, their files."""

import re
from collections.abc import Callable, Iterator, Sequence

from components.serving.engines.context import EngineFacts
from components.serving.rules.base import Check, Finding, rule
from components.serving.spec import Builtin, Format, ModelDeployment, ModelServer, Protocol, Role, Uri
from components.serving.spec.artifact import ArtifactReference

_P = Protocol
_ANY = frozenset(Protocol)
# Which protocols some engine's server of the format speaks. Sources: kserve v0.20.0 config/runtimes/*.yaml;
# seldon-core v1 helm-charts/seldon-core-operator/values.yaml `predictor_servers`; Seldon Core 2 speaks v2 only.
PROTOCOLS: dict[Format, frozenset[Protocol]] = {
    Format.SKLEARN: frozenset({_P.V1, _P.V2, _P.SELDON}),
    Format.XGBOOST: frozenset({_P.V1, _P.V2, _P.SELDON}),
    Format.LIGHTGBM: frozenset({_P.V1, _P.V2, _P.SELDON}),
    Format.MLFLOW: frozenset({_P.V2, _P.SELDON}),
    Format.TENSORFLOW: frozenset({_P.V1, _P.V2, _P.SELDON, _P.TENSORFLOW}),
    Format.PYTORCH: frozenset({_P.V1, _P.V2}),
    Format.ONNX: frozenset({_P.V2}),
    Format.TRITON: frozenset({_P.V2}),
    Format.HUGGINGFACE: frozenset({_P.V1, _P.V2, _P.OPENAI}),
    Format.VLLM: frozenset({_P.OPENAI}),
    Format.PMML: frozenset({_P.V1, _P.V2}),
    Format.PADDLE: frozenset({_P.V1, _P.V2}),
    Format.CUSTOM: _ANY,
}
# What some engine's downloader fetches: kserve v0.20.0 pkg/apis/serving/v1beta1 (storage prefixes), and the remotes of
# rclone's own names that Seldon Core's samples use.
SCHEMES = frozenset(
    {
        "s3", "gs", "pvc", "file", "http", "https", "hdfs", "webhdfs", "oci", "oci+native", "oci+fetch", "hf",
        "azureblob", "minio",
    }
)  # fmt: skip
LEVELS = 10
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


def _rule(number: int, source: str, *, trap: bool = False) -> Callable[[Check], Check]:
    return rule(f"C-{number:02}", source=source, trap=trap)


_NAMES = "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names"


@_rule(10, _NAMES)
def distinct_predictors(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """No two predictors have the same name."""
    yield from _repeated([(f"predictors[{at}].name", p.name) for at, p in enumerate(model.predictors)])


@_rule(11, _NAMES)
def distinct_nodes(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """No two nodes of a predictor have the same name."""
    for at, predictor in enumerate(model.predictors):
        nodes = predictor.nodes(f"predictors[{at}]")
        yield from _repeated([(f"{path}.name", model.node_name(node)) for path, node in nodes])


@_rule(12, _NAMES)
def distinct_detectors(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """No two detectors have the same name."""
    yield from _repeated([(f"detectors[{at}].name", d.name) for at, d in enumerate(model.detectors)])


def _repeated(named: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    seen = set()
    for path, name in named:
        if name in seen:
            yield Finding(path=path, value=name, why="another one has this name already", fix="rename one of them")
        seen.add(name)


@_rule(13, _NAMES)
def detectors_have_labels(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A detector has a name that a Service can have: small letters, digits and dashes."""
    for at, detector in enumerate(model.detectors):
        if len(detector.name) > 63 or not _LABEL.fullmatch(detector.name):
            yield Finding(
                path=f"detectors[{at}].name",
                value=detector.name,
                why="it becomes a part of a Service's name: at most 63 small letters, digits and dashes",
                fix="rename it",
            )


@_rule(14, "components.serving.rules.common_graph.PROTOCOLS")
def protocol_is_spoken(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Some server of the format speaks the protocol."""
    for path, _predictor, node in model.nodes():
        spoken = PROTOCOLS[node.format] if isinstance(node, ModelServer) and not node.image else _ANY
        if model.protocol and model.protocol not in spoken and isinstance(node, ModelServer):
            yield Finding(
                path="protocol",
                value=model.protocol.value,
                why=f"no known server of {node.format} ({path}) speaks it",
                fix=f"give one of {', '.join(sorted(spoken))}, or an image of your own",
            )


@_rule(15, "kserve v0.20.0 pkg/apis/serving/v1beta1, rclone", trap=True)
def artifact_can_be_fetched(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Some engine's downloader knows the scheme of the artifact's URI."""
    for path, artifact in artifacts(model):
        if isinstance(artifact, Uri):
            scheme, there, _rest = artifact.uri.partition("://")
            if there and scheme not in SCHEMES:
                yield Finding(
                    path=f"{path}.artifact.uri",
                    value=f"{scheme}://",
                    why="no engine's downloader knows this scheme",
                    fix=f"give one of {', '.join(sorted(SCHEMES))}",
                )


def artifacts(model: ModelDeployment) -> Iterator[tuple[str, ArtifactReference | None]]:
    """Every artifact that a declaration names, with the path of what names it."""
    for path, _, node in model.nodes():
        if not isinstance(node, Builtin):
            yield path, node.artifact
    for at, predictor in enumerate(model.predictors):
        if predictor.explainer:
            yield f"predictors[{at}].explainer", predictor.explainer.artifact
    for at, detector in enumerate(model.detectors):
        yield f"detectors[{at}]", detector.artifact


@_rule(16, "seldon-core operator/config/crd/patches/graph_children.yaml")
def graph_is_not_too_deep(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A graph is at most ten levels deep below its root: deeper ones are cut off by the schema of Seldon Core 1."""
    for path, _predictor, _node in model.nodes():
        if path.count(".children[") == LEVELS + 1:
            yield Finding(
                path=path,
                value=f"level {LEVELS + 1}",
                why=f"it is more than {LEVELS} levels below the root, and would be left out without a word",
                fix="join nodes, or call the deeper part as a model of its own",
            )


@_rule(17, "seldon-core docs-gb/routing/routers.md")
def routers_have_children(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A router has children to choose from, a combiner has children to combine."""
    builtin = {"random_ab_test": "chooses from", "simple_router": "chooses from", "average_combiner": "combines"}
    for path, _predictor, node in model.nodes():
        does = {Role.ROUTER: "chooses from", Role.COMBINER: "combines"}.get(node.role)
        if isinstance(node, Builtin):
            does = does or builtin.get(node.implementation)
        if does and not node.children:
            yield Finding(
                path=f"{path}.children", value="", why=f"there is nothing that it {does}", fix="give it children"
            )


@_rule(18, "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#environment-variables")
def variables_differ(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A variable is either a value or a secret."""
    for path, _predictor, node in model.nodes():
        for name in sorted(node.env.keys() & node.secrets.keys()):
            yield Finding(
                path=f"{path}.secrets.{name}",
                value=name,
                why="the variable stands in `env`, too, and one of the two would be lost",
                fix="keep it in one of them",
            )


@_rule(19, "components.serving.spec.watching.Slo")
def objective_says_something(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """An objective promises availability, latency, or both."""
    if model.slo and model.slo.availability is None and model.slo.latency_ms is None:
        yield Finding(path="slo", value="", why="it promises nothing", fix="give availability or latency_ms")
