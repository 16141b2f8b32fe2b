"""How many replicas of a component, and what moves the number, in KServe's fields.

Source: KServe v0.20.0, pkg/controller/v1beta1/inferenceservice/reconcilers/{hpa,keda,knative}.
"""

from typing import Any

from components.serving.engines.context import EngineFacts
from components.serving.spec import ModelDeployment, Predictor, PrometheusQuery, Scaling
from components.serving.spec.scaling import Metric


def replicas(model: ModelDeployment, predictor: Predictor, *, canary: bool) -> dict[str, int]:
    """minReplicas and maxReplicas of a predictor.

    Args:
        model: the declaration.
        predictor: which.
        canary: its number is fixed; the webhook refuses a maximum.
    """
    declared = predictor.scaling is not None or (not canary and model.scaling != Scaling())
    if not declared and (canary or not model.safe_defaults):
        return {}
    scaling = model.scaling_of(predictor)
    if canary:
        return {"minReplicas": scaling.min_replicas} | _maximum(scaling)
    if scaling.max_replicas is None and model.safe_defaults:
        return {"minReplicas": scaling.min_replicas, "maxReplicas": max(scaling.min_replicas, 1)}
    return {"minReplicas": scaling.min_replicas} | _maximum(scaling)


def _maximum(scaling: Scaling) -> dict[str, int]:
    return {} if scaling.max_replicas is None else {"maxReplicas": scaling.max_replicas}


def metrics(scaling: Scaling, autoscaler: str | None, facts: EngineFacts) -> dict[str, Any]:
    """The scale metric, or the list of metrics where one is not enough.

    Args:
        scaling: with its metrics.
        autoscaler: class of the autoscaler in Standard mode; None for Knative, or where an HPA is the default.
        facts: where queries go.
    """
    if autoscaler == "keda":
        listed = [_listed(metric, facts) for metric in scaling.metrics]
    elif len(scaling.metrics) == 1 and not isinstance(scaling.metrics[0], PrometheusQuery):
        (metric,) = scaling.metrics
        made: dict[str, Any] = {"scaleMetric": metric.kind, "scaleTarget": int(metric.target)}
        return made | ({"autoScaling": {"behavior": scaling.behavior}} if scaling.behavior else {})
    else:
        listed = [_listed(metric, facts) for metric in scaling.metrics]
    found: dict[str, Any] = {"metrics": listed} if listed else {}
    if scaling.behavior:
        found["behavior"] = scaling.behavior
    return {"autoScaling": found} if found else {}


def _listed(metric: Metric, facts: EngineFacts) -> dict[str, Any]:
    if isinstance(metric, PrometheusQuery):
        server = metric.server or facts.prometheus
        query: dict[str, Any] = {"backend": "prometheus"} | ({"serverAddress": server} if server else {})
        target = {"type": "Value", "value": number(metric.target)}
        return {"type": "External", "external": {"metric": query | {"query": metric.query}, "target": target}}
    share: dict[str, Any] = {"type": "Utilization", "averageUtilization": int(metric.target)}
    return {"type": "Resource", "resource": {"name": metric.kind, "target": share}}


def number(value: float) -> str:
    """A target as a quantity: without a fraction where it has none."""
    return str(int(value)) if value == int(value) else str(value)
