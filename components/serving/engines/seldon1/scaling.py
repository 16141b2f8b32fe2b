"""What changes the number of a component's replicas: `hpaSpec`, `kedaSpec`, `pdbSpec`."""

from typing import Any

from components.serving.engines.context import BuildContext
from components.serving.engines.seldon1 import words
from components.serving.engines.seldon1.graph import present
from components.serving.spec import Cpu, Memory, ModelDeployment, Predictor, PrometheusQuery, RequestRate, Scaling
from components.serving.spec.scaling import Metric
from components.serving.spec.seldon1 import DisruptionBudget, Hpa, Keda

_RATE = "seldon_api_executor_server_requests_seconds_count"


def hpa(given: Hpa) -> dict[str, Any]:
    """An `hpaSpec`."""
    return present(
        {
            "minReplicas": given.min_replicas,
            "maxReplicas": given.max_replicas,
            "metrics": list(given.metrics),
            "metricsv2": list(given.metricsv2),
        }
    )


def keda(given: Keda) -> dict[str, Any]:
    """A `kedaSpec`; its triggers are always said."""
    fields = {key: getattr(given, field) for field, key in words.KEDA.items()}
    return {key: value for key, value in fields.items() if value is not None} | {"triggers": list(given.triggers)}


def budget(given: DisruptionBudget) -> dict[str, Any]:
    """A `pdbSpec`."""
    return present({"minAvailable": given.min_available, "maxUnavailable": given.max_unavailable})


def autoscaler(model: ModelDeployment, predictor: Predictor, scaling: Scaling, context: BuildContext) -> dict[str, Any]:
    """The autoscaler of a predictor's components: Kubernetes' own for cores and memory, else KEDA.

    Args:
        model: the declaration.
        predictor: whose components it scales.
        scaling: with `max_replicas`.
        context: where Prometheus is.
    """
    metrics = scaling.metrics or (Cpu(),)
    if all(isinstance(metric, Cpu | Memory) for metric in metrics) and scaling.min_replicas > 0:
        return {
            "hpaSpec": {
                "minReplicas": scaling.min_replicas,
                "maxReplicas": scaling.max_replicas,
                "metricsv2": [resource_metric(metric) for metric in metrics if isinstance(metric, Cpu | Memory)],
            }
        }
    advanced = {"horizontalPodAutoscalerConfig": {"behavior": scaling.behavior}} if scaling.behavior else None
    return {
        "kedaSpec": present(
            {
                "minReplicaCount": scaling.min_replicas,
                "maxReplicaCount": scaling.max_replicas,
                "advanced": advanced,
                "triggers": [_trigger(model, predictor, metric, context) for metric in metrics],
            }
        )
    }


def resource_metric(metric: Cpu | Memory) -> dict[str, Any]:
    """A metric of autoscaling/v2: the share of what is requested."""
    target = {"type": "Utilization", "averageUtilization": metric.target}
    return {"type": "Resource", "resource": {"name": metric.kind, "target": target}}


def _trigger(model: ModelDeployment, predictor: Predictor, metric: Metric, context: BuildContext) -> dict[str, Any]:
    match metric:
        case Cpu() | Memory():
            return {"type": metric.kind, "metricType": "Utilization", "metadata": {"value": str(metric.target)}}
        case RequestRate():
            labels = f'deployment_name="{model.name}",predictor_name="{predictor.name}"'
            return _prometheus(f"sum(rate({_RATE}{{{labels}}}[1m]))", metric.target, context.facts.prometheus)
        case PrometheusQuery():
            return _prometheus(metric.query, metric.target, metric.server or context.facts.prometheus)
        case other:
            raise TypeError(f"Seldon Core 1 has no metric {other.kind}")


def _prometheus(query: str, target: float, server: str | None) -> dict[str, Any]:
    address = {"serverAddress": server} if server else {}
    return {"type": "prometheus", "metadata": {**address, "query": query, "threshold": f"{target:g}"}}
