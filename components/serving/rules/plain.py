"""What Kubernetes, the Gateway API and KEDA themselves refuse of what the plain engine makes."""

import re
from collections.abc import Callable, Iterator

from components.serving.engines.context import BuildContext, EngineFacts
from components.serving.engines.plain.route import route_spec
from components.serving.engines.plain.scaling import needs_keda
from components.serving.engines.plain.workload import names
from components.serving.rules.base import Check, Finding, rule
from components.serving.rules.common_scaling import scalings
from components.serving.spec import ModelDeployment, PrometheusQuery
from components.serving.spec.scaling import Cpu, Memory

ENGINE = "plain"
ROUTE = "sigs.k8s.io/gateway-api v1.6 apis/v1/httproute_types.go"
KEDA = "kedacore/keda apis/keda/v1alpha1/scaledobject_webhook.go"
_WORKLOADS = "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources"
MOST_RULES = 16
_HOST = re.compile(r"(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,256}")
_NOT_IN_PATHS = ("//", "/./", "/../")


def _rule(number: int, source: str) -> Callable[[Check], Check]:
    return rule(f"PL-{number:02}", source=source, engine=ENGINE)


@_rule(1, "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/")
def objects_have_names_of_their_own(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Predictors, explainers and detectors give their Deployments different names."""
    seen: set[str] = set()
    for path, name in names(model):
        if name in seen and not path.endswith("].name"):
            yield Finding(path=path, value=name, why="another Deployment has this name", fix="rename a predictor")
        elif name in seen and not _repeats(model, path):
            yield Finding(path=path, value=name, why="another Deployment has this name", fix="rename it")
        seen.add(name)


def _repeats(model: ModelDeployment, path: str) -> bool:
    """Whether it is only a name that stands there twice, which other rules say."""
    parts = model.predictors if path.startswith("predictors") else model.detectors
    named = [part.name for part in parts]
    return len(set(named)) < len(named)


@_rule(2, ROUTE)
def route_has_room(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """An HTTPRoute has at most 16 rules; a header needs one, two with an explainer, one more over gRPC."""
    made = len(route_spec(model, BuildContext(namespace="", engine=ENGINE, nodes={}))["rules"])
    if made > MOST_RULES:
        yield Finding(
            path="exposure.headers",
            value=f"{len(model.exposure.headers)} headers",
            why=f"they make {made} rules, and an HTTPRoute has at most {MOST_RULES}",
            fix="name fewer headers",
        )


@_rule(3, ROUTE)
def path_is_plain(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The path has no empty part, and none of dots alone."""
    path = model.exposure.path or "/"
    if any(part in path for part in _NOT_IN_PATHS):
        yield Finding(
            path="exposure.path",
            value=path,
            why="the Gateway API takes no path with //, /./ or /../",
            fix="write it without them",
        )


@_rule(4, ROUTE)
def host_is_a_name(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The host is a DNS name in small letters; its first part may be `*`."""
    host = model.exposure.host
    if host is not None and (len(host) > 253 or not _HOST.fullmatch(host)):
        yield Finding(path="exposure.host", value=host, why="it is no host name", fix="give one such as models.example")


@_rule(5, ROUTE)
def headers_are_headers(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A header has a name of HTTP's characters and a value."""
    for at, header in enumerate(model.exposure.headers):
        if not _HEADER.fullmatch(header.name) or not 1 <= len(header.value) <= 4096:
            yield Finding(
                path=f"exposure.headers[{at}]",
                value=header.name,
                why="no HTTP header has such a name, or it has no value",
                fix="give letters, digits and dashes, and a value",
            )


@_rule(6, KEDA)
def none_left_needs_a_request_metric(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The last replica goes only where something is measured that is there without it: not its own cores or memory."""
    for path, scaling in scalings(model):
        own = all(isinstance(metric, Cpu | Memory) for metric in scaling.metrics)
        if scaling.autoscaled and scaling.min_replicas == 0 and own:
            yield Finding(
                path=f"{path}.min_replicas",
                value="0",
                why="where no pod is, none of its cores is busy, and nothing would start one again",
                fix="give min_replicas=1, or a metric of requests",
            )


@_rule(7, KEDA)
def keda_is_there(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """What Kubernetes' own autoscaler cannot do is left to KEDA, which the stack has."""
    for path, scaling in scalings(model):
        if needs_keda(scaling) and not facts.keda:
            yield Finding(
                path=f"{path}.metrics",
                value="",
                why="only KEDA scales by requests, by queries or to none, and this stack has no KEDA",
                fix="scale by cpu or memory with min_replicas=1, or install KEDA and say engines.keda: true",
            )


@_rule(8, "https://keda.sh/docs/latest/scalers/prometheus/")
def prometheus_is_known(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """A metric of requests or of a query has a Prometheus that is asked."""
    for path, scaling in scalings(model):
        for at, metric in enumerate(scaling.metrics):
            asked = metric.server if isinstance(metric, PrometheusQuery) else None
            if not isinstance(metric, Cpu | Memory) and not (asked or facts.prometheus):
                yield Finding(
                    path=f"{path}.metrics[{at}]",
                    value=metric.kind,
                    why="it is asked of a Prometheus, and this stack names none",
                    fix="say engines.prometheus in the stack file",
                )


@_rule(9, f"{_WORKLOADS}/deployment-v1/#DeploymentSpec")
def selector_finds_the_pods(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A selector of one's own finds the pods that are made; without safe defaults there must be one."""
    for at, predictor in enumerate(model.predictors):
        slot = predictor.graph.plain
        selector = slot.deployment.get("selector") if slot else None
        if selector is None and model.safe_defaults:
            continue
        own = (slot.pod_metadata.get("labels") or {}) if slot else {}
        marks = predictor.labels | own
        wanted = (selector or {}).get("matchLabels") or {}
        if selector is None or not wanted.items() <= marks.items():
            yield Finding(
                path=f"predictors[{at}].graph.plain.deployment.selector",
                value="",
                why="Kubernetes refuses a Deployment whose selector does not find its own pods",
                fix="give matchLabels that the predictor's labels have",
            )


@_rule(10, "https://kubernetes.io/docs/tasks/run-application/configure-pdb/")
def budget_says_one_thing(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A disruption budget says either how many must stay or how many may go."""
    for path, _predictor, node in model.nodes():
        if node.plain and {"minAvailable", "maxUnavailable"} <= node.plain.budget.keys():
            yield Finding(
                path=f"{path}.plain.budget",
                value="",
                why="minAvailable and maxUnavailable exclude each other",
                fix="keep one of them",
            )
