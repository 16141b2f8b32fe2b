"""All objects of a declaration on plain Kubernetes."""

from typing import Any

from components import labels
from components.serving.engines.context import BuildContext, Manifest, Objects
from components.serving.engines.plain import network
from components.serving.engines.plain.merge import laid_over
from components.serving.engines.plain.pods import template
from components.serving.engines.plain.route import GRPC_PORT, HTTP_PORT, route_spec
from components.serving.engines.plain.scaling import autoscaler
from components.serving.engines.plain.workload import Workload, workloads
from components.serving.spec import ModelDeployment
from components.serving.spec.deployment import Transport
from components.serving.spec.plain import PlainEngine


def build(model: ModelDeployment, context: BuildContext) -> Objects:
    """The objects of a model by role, in the order in which they are made.

    Roles: `service-account`; then for every workload `network`, `service`, `deployment`, `autoscaler`, `budget`, with
    `-<predictor>`, `-explainer`, `-detector-<name>` behind them where it is not the default predictor; `route` last.
    Without `safe_defaults` only what the declaration says: a Deployment, and the others where their slots are filled.

    Args:
        model: the declaration, with the stack's scale.
        context: what the stack adds.
    """
    works = workloads(model, context)
    objects: Objects = {}
    if model.safe_defaults:
        objects["service-account"] = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": _metadata(model, context, model.name),
            "automountServiceAccountToken": False,
        }
        for work in works:
            metadata = _metadata(model, context, work.name)
            objects[f"network{work.suffix}"] = network.policy(model, work, works, metadata, context)
    for work in works:
        objects |= _of_workload(model, work, context)
    slot = model.plain or PlainEngine()
    if slot.route or (model.safe_defaults and model.exposure.external):
        made = route_spec(model, context) if model.safe_defaults else {}
        objects["route"] = {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": laid_over(_metadata(model, context, model.name), slot.route_metadata),
            "spec": laid_over(made, slot.route),
        }
    return objects


def _metadata(model: ModelDeployment, context: BuildContext, name: str) -> dict[str, Any]:
    where = {"namespace": context.namespace} if context.namespace else {}
    marks = labels.model_labels(model.name, model.team, context.engine) if model.safe_defaults else {}
    return {"name": name, **where, **({"labels": marks} if marks else {})}


def _of_workload(model: ModelDeployment, work: Workload, context: BuildContext) -> Objects:
    metadata, slot = _metadata(model, context, work.name), work.slot
    made: Objects = {}
    services = [(slot.service_metadata, slot.service)] if model.safe_defaults or slot.service else []
    services += [(more.metadata, more.spec) for more in slot.more_services]
    for at, (about, spec) in enumerate(services, start=1):
        made["service" if at == 1 else f"service-{at}"] = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": laid_over(metadata, about),
            "spec": laid_over(_service(model, work) if model.safe_defaults else {}, spec),
        }
    own = {"labels": model.labels, "annotations": model.annotations} if work.predictor and not work.asks else {}
    own = {key: value for key, value in own.items() if value}
    made["deployment"] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": laid_over(laid_over(metadata, own), slot.deployment_metadata),
        "spec": _deployment(model, work, context),
    }
    if work.scaling.autoscaled:
        made["autoscaler"] = autoscaler(work, metadata, context)
    if slot.budget or (model.safe_defaults and work.scaling.min_replicas > 1):
        made["budget"] = {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": metadata,
            "spec": _budget(work),
        }
    return {f"{role}{work.suffix}": manifest for role, manifest in made.items()}


def _service(model: ModelDeployment, work: Workload) -> dict[str, Any]:
    ports: list[Manifest] = [{"name": "http", "port": HTTP_PORT, "targetPort": "http"}]
    if model.transport is Transport.GRPC and work.runtime.grpc_port:
        # The gateway speaks HTTP/2 without TLS to it only where it is told so.
        grpc = {"name": "grpc", "port": GRPC_PORT, "targetPort": "grpc", "appProtocol": "kubernetes.io/h2c"}
        ports.append(grpc)
    return {"selector": work.selector, "ports": ports}


def _budget(work: Workload) -> dict[str, Any]:
    """One pod at a time; one that never became ready does not stand in the way of a node that has to go."""
    made: dict[str, Any] = {"selector": {"matchLabels": work.selector}, "unhealthyPodEvictionPolicy": "AlwaysAllow"}
    if not work.slot.budget.keys() & {"minAvailable", "maxUnavailable"}:
        made["maxUnavailable"] = 1
    return laid_over(made, work.slot.budget)


def _deployment(model: ModelDeployment, work: Workload, context: BuildContext) -> dict[str, Any]:
    # A number beside an autoscaler would undo what that has set at every update.
    counted = not (work.scaling.autoscaled or work.slot.leave_replicas)
    made: dict[str, Any] = {"replicas": work.scaling.min_replicas} if counted else {}
    if model.safe_defaults:
        made |= {
            "progressDeadlineSeconds": context.deadline_seconds,
            "revisionHistoryLimit": 2,
            "strategy": _strategy(model, surge=context.surge),
            "selector": {"matchLabels": work.selector},
        }
    return laid_over(made, work.slot.deployment) | {"template": template(model, work, context)}


def _strategy(model: ModelDeployment, *, surge: bool) -> dict[str, Any]:
    if not surge:
        return {"type": "Recreate"}
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": model.rollout.surge, "maxUnavailable": 0}}


def reader_secret(name: str, namespace: str, team: str, engine: str, *, secret: str = "") -> Manifest:
    """The Secret with a reader's keys, without its values: those are made by another resource.

    Args:
        name: of the model.
        namespace: of its objects.
        team: that owns it.
        engine: that serves it.
        secret: name of the Secret; by default `<model>-reader`.
    """
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": secret or f"{name}-reader",
            "namespace": namespace,
            "labels": labels.model_labels(name, team, engine),
        },
        "type": "Opaque",
    }
