"""What stands around the InferenceServices of a declaration: its account, budgets, and the ways between its pods."""

from typing import Any

from components import labels
from components.serving.engines.context import BuildContext, Manifest, Objects
from components.serving.engines.kserve import marks
from components.serving.engines.kserve.plan import Plan
from components.serving.engines.kserve.service import COMPONENT_LABEL, SERVICE_LABEL
from components.serving.spec import ModelDeployment

_NAMESPACE_LABEL = "kubernetes.io/metadata.name"
# Where Knative's activator and autoscaler ask the pods from.
_KNATIVE_NAMESPACE = "knative-serving"


def before(model: ModelDeployment, context: BuildContext, plan: Plan) -> Objects:
    """The objects that are made before the services."""
    made: Objects = {
        "service-account": {
            **_head("v1", "ServiceAccount", model, context, model.name),
            "automountServiceAccountToken": False,
        },
        "network": _network(model, context),
    }
    for unit in plan.units:
        predictor = unit.predictors[0][0]
        if model.scaling_of(predictor).min_replicas > 1:
            role = "budget" if len(plan.units) == 1 else f"budget-{unit.name}"
            made[role] = _budget(model, context, unit.name)
    return made


def _head(api_version: str, kind: str, model: ModelDeployment, context: BuildContext, name: str) -> Manifest:
    own = labels.model_labels(model.name, model.team, context.engine)
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": marks.metadata(name, context.namespace, own, {}),
    }


def _budget(model: ModelDeployment, context: BuildContext, service: str) -> Manifest:
    selector = {SERVICE_LABEL: service, COMPONENT_LABEL: "predictor"}
    return _head("policy/v1", "PodDisruptionBudget", model, context, f"{service}-predictor") | {
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": selector}}
    }


def _network(model: ModelDeployment, context: BuildContext) -> Manifest:
    """Between the pods of the model, and from its callers; the team's policy lets in the gateway's requests."""
    callers = list(model.exposure.callers)
    if marks.mode(model, context.facts.kserve_mode) == "Knative":
        callers.append(_KNATIVE_NAMESPACE)
    sources: list[dict[str, Any]] = [{"podSelector": _own(model)}]
    sources += [{"namespaceSelector": {"matchLabels": {_NAMESPACE_LABEL: namespace}}} for namespace in callers]
    return _head("networking.k8s.io/v1", "NetworkPolicy", model, context, model.name) | {
        "spec": {
            "podSelector": _own(model),
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": sources}],
            "egress": [{"to": [{"podSelector": _own(model)}]}],
        }
    }


def _own(model: ModelDeployment) -> dict[str, Any]:
    return {"matchLabels": {labels.MODEL: model.name}}
