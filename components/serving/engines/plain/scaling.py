"""What sets the number of a workload's replicas: Kubernetes' own autoscaler, or KEDA where that cannot.

Sources: autoscaling/v2; KEDA's ScaledObject and its Prometheus scaler, https://keda.sh/docs/latest/reference/ and
https://keda.sh/docs/latest/scalers/prometheus/; Istio's standard metrics,
https://istio.io/latest/docs/reference/config/metrics/ (read 2026-11).
"""

from typing import Any

from components.serving.engines.context import BuildContext
from components.serving.engines.plain.merge import laid_over
from components.serving.engines.plain.workload import Workload
from components.serving.spec import Concurrency, Cpu, Memory, PrometheusQuery, RequestRate, Scaling
from components.serving.spec.scaling import Metric

_WINDOW = "1m"


def needs_keda(scaling: Scaling) -> bool:
    """Whether only KEDA can do it: a metric that is not the pods' own, or none of them left when nobody asks."""
    outside = any(not isinstance(metric, Cpu | Memory) for metric in scaling.metrics)
    return scaling.autoscaled and (outside or scaling.min_replicas == 0)


def autoscaler(work: Workload, metadata: dict[str, Any], context: BuildContext) -> dict[str, Any]:
    """The autoscaler of a workload; its `scaling` has a range."""
    if needs_keda(work.scaling):
        return {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": metadata,
            "spec": _scaled_object(work, context),
        }
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": laid_over(metadata, work.slot.autoscaler_metadata),
        "spec": laid_over(_horizontal(work), work.slot.autoscaler),
    }


def _horizontal(work: Workload) -> dict[str, Any]:
    scaling = work.scaling
    metrics = [_resource(metric) for metric in scaling.metrics if isinstance(metric, Cpu | Memory)]
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": work.name},
        "minReplicas": scaling.min_replicas,
        "maxReplicas": scaling.max_replicas,
        # Without a metric Kubernetes takes four fifths of the requested cores; it is said, so that it does not drift.
        "metrics": metrics or [_resource(Cpu())],
        **({"behavior": scaling.behavior} if scaling.behavior else {}),
    }


def _resource(metric: Cpu | Memory) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": metric.target}
    return {"type": "Resource", "resource": {"name": metric.kind, "target": target}}


def _scaled_object(work: Workload, context: BuildContext) -> dict[str, Any]:
    scaling = work.scaling
    behavior = {"horizontalPodAutoscalerConfig": {"behavior": scaling.behavior}} if scaling.behavior else {}
    return {
        "scaleTargetRef": {"name": work.name},
        "minReplicaCount": scaling.min_replicas,
        "maxReplicaCount": scaling.max_replicas,
        **({"advanced": behavior} if behavior else {}),
        "triggers": [_trigger(metric, work, context) for metric in scaling.metrics],
    }


def _trigger(metric: Metric, work: Workload, context: BuildContext) -> dict[str, Any]:
    if isinstance(metric, Cpu | Memory):
        return {"type": metric.kind, "metricType": "Utilization", "metadata": {"value": str(metric.target)}}
    server = (metric.server if isinstance(metric, PrometheusQuery) else None) or context.facts.prometheus or ""
    return {
        "type": "prometheus",
        "metricType": "AverageValue",
        "metadata": {
            "serverAddress": server,
            "query": _query(metric, work, context),
            "threshold": f"{metric.target:g}",
        },
    }


def _query(metric: Concurrency | RequestRate | PrometheusQuery, work: Workload, context: BuildContext) -> str:
    """What is measured at the gateway, before it reaches a pod: it is there also when no pod is."""
    if isinstance(metric, PrometheusQuery):
        return metric.query
    where = (
        f'reporter="source",destination_service_name="{work.name}",destination_service_namespace="{context.namespace}"'
    )
    if isinstance(metric, RequestRate):
        return f"sum(rate(istio_requests_total{{{where}}}[{_WINDOW}]))"
    # Little's law: seconds spent in requests, per second, are the requests that are under way.
    return f"sum(rate(istio_request_duration_milliseconds_sum{{{where}}}[{_WINDOW}]))/1000"
