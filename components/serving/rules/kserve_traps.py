"""What KServe takes and then ignores, changes or breaks."""

from collections.abc import Iterator

from catalog.quantity import quantity
from components.serving.engines.context import EngineFacts
from components.serving.engines.kserve import marks
from components.serving.engines.kserve.pods import CONTAINER, WEBHOOK_CPU, WEBHOOK_MEMORY
from components.serving.engines.kserve.service import protocol_version
from components.serving.rules.base import Finding
from components.serving.rules.kserve_view import NO_NODE, UPSTREAM, Part, autoscaler, kserve, mode, parts, storage_uri
from components.serving.spec import Explainer, Format, ModelDeployment, ModelServer

_RECONCILERS = f"{UPSTREAM}pkg/controller/v1beta1/inferenceservice/reconcilers/"
_DEFAULTS = f"{UPSTREAM}pkg/apis/serving/v1beta1/inference_service_defaults.go"
_PREDICTOR = f"{UPSTREAM}pkg/controller/v1beta1/inferenceservice/components/predictor.go"


@kserve("KS-T01", f"{_RECONCILERS}knative/ksvc_reconciler.go", trap=True)
def canary_percent(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """Only Knative reads canary_traffic_percent."""
    if mode(model, facts) == "Knative":
        return
    for part in parts(model, facts):
        percent = part.extension.get("canaryTrafficPercent")
        if percent is not None:
            yield Finding(
                path=f"{part.at}.kserve.canary_traffic_percent", value=str(percent),
                why="ignored outside Knative mode: all requests go to the new version",
                fix="declare a second predictor with its traffic",
            )  # fmt: skip


@kserve("KS-T02", f"{_RECONCILERS}hpa/hpa_reconciler.go", trap=True)
def to_zero(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """An HPA keeps at least one replica."""
    if autoscaler(model, facts) != "hpa":
        return
    for part in _scaled(model, facts):
        if part.extension.get("minReplicas") == 0:
            yield Finding(
                path=f"{part.at}.scaling.min_replicas", value="0", why="raised to 1: an HPA does not scale to zero",
                fix="give 1, use Knative mode, or a Prometheus query with KEDA",
            )  # fmt: skip


def _scaled(model: ModelDeployment, facts: EngineFacts) -> Iterator[Part]:
    return (part for part in parts(model, facts) if part.kind != "canary")


@kserve("KS-T03", f"{_RECONCILERS}hpa/hpa_reconciler.go", trap=True)
def no_maximum(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """A maximum of 0 is the minimum in Standard mode, and none at all in Knative mode."""
    for part in _scaled(model, facts):
        if part.extension.get("maxReplicas") == 0:
            yield Finding(
                path=f"{part.at}.scaling.max_replicas", value="0",
                why="in Standard mode the number stays at its minimum; in Knative mode it has no bound",
                fix="give the number that is meant",
            )  # fmt: skip


@kserve("KS-T04", f"{_RECONCILERS}deployment/deployment_reconciler.go", trap=True)
def replicas_of_others(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """With an external autoscaler KServe sets no number of replicas."""
    if autoscaler(model, facts) != "external":
        return
    for part in _scaled(model, facts):
        least = part.extension.get("minReplicas")
        if least is not None and least != 1:
            yield Finding(
                path=f"{part.at}.scaling.min_replicas", value=str(least),
                why="ignored: with class external the number is somebody else's",
                fix="leave it out, or set kserve=KServe(autoscaler_class='none')",
            )  # fmt: skip


@kserve("KS-T05", f"{_RECONCILERS}raw/raw_kube_reconciler.go", trap=True)
def concurrency(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """Only Knative keeps to container_concurrency."""
    if mode(model, facts) == "Knative":
        return
    for part in parts(model, facts):
        if part.extension.get("containerConcurrency"):
            yield Finding(
                path=f"{part.at}.kserve.container_concurrency", value=str(part.extension["containerConcurrency"]),
                why="ignored outside Knative mode", fix="remove it, or let the server itself limit what it takes",
            )  # fmt: skip


@kserve("KS-T06", f"{UPSTREAM}pkg/webhook/admission/pod/metrics_aggregate_injector.go", trap=True)
def scraping(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """The annotation for Prometheus names the port of Knative's proxy."""
    declared = marks.annotations_of(model).get(marks.PROMETHEUS_SCRAPING)
    if declared == "true" and mode(model, facts) == "Standard":
        yield Finding(
            path="kserve.enable_prometheus_scraping", value=declared,
            why="in Standard mode it names a port on which nothing listens",
            fix="give prometheus.io/port and prometheus.io/path as annotations of the predictor",
        )  # fmt: skip


@kserve(
    "KS-T07", f"{UPSTREAM}config/runtimes/kserve-mlserver.yaml, pkg/apis/serving/v1beta1/predictor_model.go", trap=True
)
def only_v2(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """A format that only a v2 runtime reads is never matched without protocol v2."""
    for part in parts(model, facts):
        node = part.node
        if not isinstance(node, ModelServer) or node.format is not Format.MLFLOW or (node.kserve or NO_NODE).runtime:
            continue
        version = protocol_version(model, node)
        if version is None or version.endswith("v1"):
            yield Finding(
                path=f"{part.path}.format", value=node.format.value,
                why="the protocol is v1, and no runtime that KServe ships reads this format with v1",
                fix="set protocol='v2', or name a runtime",
            )  # fmt: skip


@kserve("KS-T08", _DEFAULTS, trap=True)
def old_block(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """The webhook rewrites a framework block, and in a canary it stands beside the model."""
    if mode(model, facts) == "ModelMesh":
        return
    for part in parts(model, facts):
        if isinstance(part.node, ModelServer) and (part.node.kserve or NO_NODE).framework_block:
            why = "the stable predictor's model is merged into a canary: two implementations"
            if part.kind != "canary":
                why = "the webhook rewrites it into predictor.model: every preview would show a change"
            yield Finding(path=f"{part.path}.kserve.framework_block", value="true", why=why, fix="remove it")


@kserve("KS-T09", f"{UPSTREAM}pkg/apis/serving/v1beta1/{{predictor,transformer,explainer}}_custom.go", trap=True)
def container_name(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """The container that serves is named kserve-container."""
    for part in parts(model, facts):
        if not part.custom:
            continue
        name = part.node.container.get("name", CONTAINER)
        if name != CONTAINER:
            yield Finding(
                path=f"{part.path}.container.name", value=str(name),
                why="the webhook renames it where it is alone or first, and KServe finds no container where it is not",
                fix=f"leave the name out, or give {CONTAINER}",
            )  # fmt: skip


@kserve("KS-T10", _DEFAULTS, trap=True)
def added_limits(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """A container of one's own gets a limit of 1 core and 2Gi where it has none, which may be below its request."""
    if model.safe_defaults:
        return
    for part in parts(model, facts):
        resources = part.node.resources
        asked = {"cpu": resources.cpu, "memory": resources.memory} | resources.requests
        for name, limit in (("cpu", WEBHOOK_CPU), ("memory", WEBHOOK_MEMORY)):
            wanted = asked.get(name)
            limited = name in resources.limits or (name == "memory" and resources.memory)
            if part.custom and wanted and not limited and quantity(wanted) > quantity(limit):
                yield Finding(
                    path=f"{part.path}.resources.limits", value="",
                    why=f"the webhook adds a limit of {limit} {name}, below the request of {wanted}: no pod is made",
                    fix=f"give a limit of {name}",
                )  # fmt: skip


@kserve("KS-T11", _PREDICTOR, trap=True)
def inherited(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """A canary is merged over the stable predictor: what it does not say it inherits."""
    predictors = [part for part in parts(model, facts) if part.kind in ("predictor", "canary")]
    if not predictors:  # another rule says it
        return
    stable, *canaries = predictors
    for canary in canaries:
        if canary.kind != "canary":
            continue
        if canary.custom != stable.custom:
            yield Finding(
                path=canary.path, value=canary.node.kind if not isinstance(canary.node, Explainer) else "",
                why="it would have the stable predictor's implementation too",
                fix="serve both by a model server, or both by a container",
            )  # fmt: skip
        elif missing := sorted(_said(stable) - _said(canary)):
            yield Finding(
                path=canary.path, value=", ".join(missing), why="it inherits this from the stable predictor",
                fix="say it in both, or in neither",
            )  # fmt: skip


def _said(part: Part) -> set[str]:
    """What a predictor says that a canary could inherit."""
    node = part.node
    if part.custom:
        # Lists are replaced as a whole, and the container is one.
        return set(node.pod)
    found = {*node.pod, *node.container}
    found |= {name for name in ("args", "env") if getattr(node, name, None)}
    found |= {"server_version"} if getattr(node, "server_version", None) else set()
    slot = node.kserve or NO_NODE
    return found | {name for name in ("runtime", "storage", "confidential") if getattr(slot, name, None)}


@kserve("KS-T12", f"{_RECONCILERS}hpa/hpa_reconciler.go", trap=True)
def behavior(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """An HPA of KServe's has no behavior of its own."""
    if autoscaler(model, facts) == "keda":
        return
    for part in _scaled(model, facts):
        if part.extension.get("autoScaling", {}).get("behavior"):
            yield Finding(
                path=f"{part.at}.scaling.behavior", value="", why="ignored: only KEDA's objects get it",
                fix="remove it, or set kserve=KServe(autoscaler_class='keda')",
            )  # fmt: skip


@kserve("KS-T13", f"{_RECONCILERS}hpa/hpa_reconciler.go", trap=True)
def unscaled(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """An HPA that nobody asked for by its class is made without a metric for concurrency and rps."""
    if mode(model, facts) != "Standard" or marks.class_of(model) is not None:
        return
    for part in _scaled(model, facts):
        metric = part.extension.get("scaleMetric")
        if metric in ("concurrency", "rps"):
            yield Finding(
                path=f"{part.at}.scaling", value=metric, why="accepted, and then scaled by the cores",
                fix="scale by cpu or memory, use Knative mode, or a Prometheus query with KEDA",
            )  # fmt: skip


@kserve("KS-T14", f"{_RECONCILERS}knative/ksvc_reconciler.go", trap=True)
def knative_list(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """Knative does not read a list of metrics."""
    if mode(model, facts) != "Knative":
        return
    for part in _scaled(model, facts):
        if part.extension.get("autoScaling", {}).get("metrics"):
            yield Finding(
                path=f"{part.at}.kserve.auto_scaling", value="", why="ignored in Knative mode",
                fix="give one metric, concurrency or rps, or use Standard mode",
            )  # fmt: skip


@kserve("KS-T15", f"{_RECONCILERS}hpa/hpa_reconciler.go", trap=True)
def memory_without_target(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """Memory without a target is no metric of an HPA."""
    if autoscaler(model, facts) != "hpa":
        return
    for part in _scaled(model, facts):
        if part.extension.get("scaleMetric") == "memory" and "scaleTarget" not in part.extension:
            yield Finding(
                path=f"{part.at}.kserve.scale_metric", value="memory", why="ignored without a target",
                fix="give percent of the requested memory",
            )  # fmt: skip


@kserve("KS-T16", _RECONCILERS, trap=True)
def metric_type(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """Nobody reads scale_metric_type."""
    for part in _scaled(model, facts):
        if (kind := part.extension.get("scaleMetricType")) not in (None, "Utilization"):
            yield Finding(
                path=f"{part.at}.kserve.scale_metric_type", value=kind, why="ignored: a target is always a utilization",
                fix="remove it, or give the type in auto_scaling.metrics",
            )  # fmt: skip


@kserve("KS-T17", f"{UPSTREAM}pkg/validation/confidential.go", trap=True)
def not_decrypted(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """Files in an image or on a volume are not decrypted."""
    for part in parts(model, facts):
        secret = (part.node.kserve or NO_NODE).confidential if isinstance(part.node, ModelServer) else None
        uri = storage_uri(part.node)
        if secret is not None and secret.enabled and uri and uri.startswith(("oci://", "pvc://")):
            yield Finding(
                path=f"{part.path}.kserve.confidential", value=uri, why="no effect for images and volumes",
                fix="give an artifact that KServe's first step fetches",
            )  # fmt: skip


@kserve("KS-T18", f"{UPSTREAM}pkg/apis/serving/v1beta1/predictor.go", trap=True)
def first_container(model: ModelDeployment, facts: EngineFacts) -> Iterator[Finding]:
    """The webhook looks at the first container of a predictor alone: the one that serves stands there."""
    for part in parts(model, facts):
        at = (part.node.kserve or NO_NODE).container_at
        if part.kind in ("predictor", "canary") and part.custom and at > 0 and not isinstance(part.node, Explainer):
            yield Finding(
                path=f"{part.path}.kserve.container_at", value=str(at),
                why="resources and PROTOCOL are read from the container before it", fix="put it first",
            )  # fmt: skip
