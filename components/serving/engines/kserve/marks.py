"""Labels and annotations of an InferenceService: those that KServe reads have typed fields, and both ways are here.

Source: KServe v0.20.0, pkg/constants/constants.go; config/configmap/inferenceservice.yaml for the storage secret's key.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal, get_args

from components import labels
from components.serving.engines.context import BuildContext
from components.serving.spec import Format, ModelDeployment, ModelServer, PrometheusQuery
from components.serving.spec.exposure import DEADLINES
from components.serving.spec.kserve import KServe, Mode
from components.serving.spec.node import Node

DEPLOYMENT_MODE = "serving.kserve.io/deploymentMode"
AUTOSCALER_CLASS = "serving.kserve.io/autoscalerClass"
MODEL_FORMAT = "modelFormat"
KNATIVE_CLASS = "autoscaling.knative.dev/class"
KNATIVE_HPA = "hpa.autoscaling.knative.dev"
GPU_TYPES = "serving.kserve.io/gpu-resource-types"
PROMETHEUS_SCRAPING = "serving.kserve.io/enable-prometheus-scraping"
# knative.dev/serving v0.46.0, pkg/apis/serving (register.go, v1/revision_validation.go): whole seconds, more than none.
# KServe hands the annotations of an InferenceService on to each revision.
PROGRESS_DEADLINE = "serving.knative.dev/progress-deadline"
VISIBILITY = "networking.kserve.io/visibility"
CLUSTER_LOCAL = "cluster-local"
LEGACY_MODES = {"RawDeployment": "Standard", "Serverless": "Knative"}

_Form = Literal["text", "flag", "number", "list"]
# Field of the slot, key of the annotation, form of its value.
_TYPED: tuple[tuple[str, str, _Form], ...] = (
    ("deployment_mode", DEPLOYMENT_MODE, "text"),
    ("autoscaler_class", AUTOSCALER_CLASS, "text"),
    ("knative_class", KNATIVE_CLASS, "text"),
    ("rollout_duration", "serving.knative.dev/rollout-duration", "text"),
    ("model_format_annotation", MODEL_FORMAT, "text"),
    ("metrics", "serving.kserve.io/metrics", "text"),
    ("target_utilization_percentage", "serving.kserve.io/targetUtilizationPercentage", "number"),
    ("enable_tag_routing", "serving.kserve.io/enable-tag-routing", "flag"),
    ("enable_metric_aggregation", "serving.kserve.io/enable-metric-aggregation", "flag"),
    ("enable_prometheus_scraping", PROMETHEUS_SCRAPING, "flag"),
    ("prometheus_port", "prometheus.kserve.io/port", "number"),
    ("prometheus_path", "prometheus.kserve.io/path", "text"),
    ("stop", "serving.kserve.io/stop", "flag"),
    ("gke_accelerator", "serving.kserve.io/gke-accelerator", "text"),
    ("gpu_resource_types", GPU_TYPES, "list"),
    ("storage_secret_name", "serving.kserve.io/storageSecretName", "text"),
    ("storage_readonly", "storage.kserve.io/readonly", "flag"),
    ("logger_secret_name", "serving.kserve.io/logger-secret-name", "text"),
    ("logger_secret_path", "serving.kserve.io/logger-secret-path", "text"),
    ("logger_secret_file", "serving.kserve.io/logger-secret-file", "text"),
    ("node_group", "serving.kserve.io/nodegroup", "text"),
    ("disable_localmodel", "serving.kserve.io/disable-localmodel", "flag"),
    ("disable_auto_update", "serving.kserve.io/disable-auto-update", "flag"),
    ("dra_device_class", "serving.kserve.io/exp-dra-device-class", "text"),
    ("dra_cel_selector", "serving.kserve.io/exp-dra-cel-selector", "text"),
    ("dra_device_count", "serving.kserve.io/exp-dra-device-count", "number"),
    ("dra_container_name", "serving.kserve.io/exp-dra-container-name", "text"),
)
_ONLY: dict[str, tuple[str, ...]] = {
    "deployment_mode": get_args(Mode), "autoscaler_class": ("hpa", "keda", "external", "none"),
}  # fmt: skip
# KServe's names of the formats; the others are their own.
_NAMES = {Format.VLLM: "vLLM"}
FORMATS = {_NAMES.get(known, known.value): known for known in Format if known is not Format.CUSTOM}


def format_name(server: ModelServer) -> str:
    """What KServe calls the format of a server."""
    if server.format is Format.CUSTOM:
        return (server.kserve and server.kserve.model_format) or server.format.value
    return _NAMES.get(server.format, server.format.value)


def written(slot: KServe) -> dict[str, str]:
    """The annotations that the typed fields stand for."""
    found = {}
    for field, key, form in _TYPED:
        value = getattr(slot, field)
        if value is not None:
            found[key] = _text(value, form)
    return found


def _text(value: Any, form: _Form) -> str:
    if form == "flag":
        return "true" if value else "false"
    return json.dumps(list(value), separators=(",", ":")) if form == "list" else str(value)


def typed(annotations: Mapping[str, str]) -> dict[str, Any]:
    """The typed fields that these annotations stand for; one that is written otherwise stays an annotation."""
    found = {}
    for field, key, form in _TYPED:
        text = annotations.get(key)
        if text is None:
            continue
        value = _value(text, form)
        if value is None or _text(value, form) != text or value not in _ONLY.get(field, (value,)):
            continue
        found[field] = value
    return found


def _value(text: str, form: _Form) -> Any:
    try:
        match form:
            case "flag":
                return {"true": True, "false": False}.get(text)
            case "number":
                return int(text)
            case "list":
                listed = json.loads(text)
                return tuple(listed) if all(isinstance(one, str) for one in listed) else None
            case "text":
                return text
    except (TypeError, ValueError):
        return None


def deadline(annotations: dict[str, str]) -> int | None:
    """Takes Knative's deadline out of annotations, in seconds; one that is written otherwise stays where it is."""
    found = re.fullmatch(r"([1-9]\d{1,4})s", annotations.get(PROGRESS_DEADLINE, ""))
    if annotations.get(DEPLOYMENT_MODE) != "Knative" or not found or int(found[1]) not in DEADLINES:
        return None
    del annotations[PROGRESS_DEADLINE]
    return int(found[1])


def mode(model: ModelDeployment, default: str) -> str:
    """`Standard`, `Knative` or `ModelMesh`.

    Args:
        model: whose own mode goes before the stack's.
        default: the stack's, `standard` or `knative`.
    """
    own = annotations_of(model).get(DEPLOYMENT_MODE)
    return LEGACY_MODES.get(own, own) if own else default.capitalize()


def annotations_of(model: ModelDeployment) -> dict[str, str]:
    """What is declared as annotations of the InferenceService, by typed fields or by name."""
    return (written(model.kserve) if model.kserve else {}) | model.annotations


def key_of(field: str) -> str:
    """The annotation that a typed field stands for."""
    return next(key for name, key, _ in _TYPED if name == field)


def annotations(model: ModelDeployment, context: BuildContext, main: Node | None) -> dict[str, str]:
    """The annotations of an InferenceService, or of the InferenceGraph.

    Args:
        model: the declaration.
        context: knows the stack's mode.
        main: the node that predicts; None for the graph's own.
    """
    declared = annotations_of(model)
    deployment = mode(model, context.facts.kserve_mode)
    patience = model.rollout.deadline_seconds or (context.deadline_seconds if model.safe_defaults else None)
    # Knative gives a revision up that is not ready in time; in Standard mode nothing but the wait for it goes by it.
    made = {PROGRESS_DEADLINE: f"{patience}s"} if patience and main and deployment == "Knative" else {}
    if not model.safe_defaults:
        return made | declared
    made[DEPLOYMENT_MODE] = deployment
    if isinstance(main, ModelServer):
        # The webhook adds it where it is missing.
        made[MODEL_FORMAT] = format_name(main)
    metrics = model.scaling_of(model.predictors[0]).metrics
    if deployment == "Standard":
        made |= _standard_class(model)
    elif any(metric.kind in ("cpu", "memory") for metric in metrics):
        made[KNATIVE_CLASS] = KNATIVE_HPA
    return made | declared


def _standard_class(model: ModelDeployment) -> dict[str, str]:
    scaling = model.scaling_of(model.predictors[0])
    if any(isinstance(metric, PrometheusQuery) for metric in scaling.metrics):
        return {AUTOSCALER_CLASS: "keda"}
    own = [node.kserve.component for _, _, node in model.nodes() if node.kserve and node.kserve.component]
    if not scaling.autoscaled and not any(component.max_replicas for component in own):
        # Without it an HPA would hold the number that is fixed already.
        return {AUTOSCALER_CLASS: "none"}
    return {AUTOSCALER_CLASS: "hpa"}


def class_of(model: ModelDeployment) -> str | None:
    """The autoscaler's class in Standard mode; None where nobody says it, which is an HPA."""
    made = _standard_class(model) if model.safe_defaults else {}
    return (made | annotations_of(model)).get(AUTOSCALER_CLASS)


def labels_of(model: ModelDeployment, context: BuildContext) -> dict[str, str]:
    """The labels of an object of the model."""
    made = labels.model_labels(model.name, model.team, context.engine) if model.safe_defaults else {}
    visibility = {} if model.exposure.external else {VISIBILITY: CLUSTER_LOCAL}
    return made | visibility | model.labels


def metadata(name: str, namespace: str, labels_: Mapping[str, str], annotations_: Mapping[str, str]) -> dict[str, Any]:
    """The metadata of an object, without what is empty."""
    made: dict[str, Any] = {"name": name}
    if namespace:
        made["namespace"] = namespace
    if labels_:
        made["labels"] = dict(labels_)
    if annotations_:
        made["annotations"] = dict(annotations_)
    return made
