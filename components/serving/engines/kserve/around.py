"""What stands around the InferenceServices of a declaration: its account, budgets, and the ways between its pods."""

from collections.abc import Iterator

from components import labels
from components.serving.engines import network
from components.serving.engines.context import BuildContext, Manifest, Objects
from components.serving.engines.kserve import marks
from components.serving.engines.kserve.plan import Plan
from components.serving.engines.kserve.service import COMPONENT_LABEL, SERVICE_LABEL
from components.serving.engines.network import Ways
from components.serving.spec import ModelDeployment, Uri
from components.serving.spec.artifact import ArtifactReference

# Where Knative's activator and autoscaler ask the pods from.
_KNATIVE_NAMESPACE = "knative-serving"
# Stores of a cloud; a store of one's own is reached by the context's addresses.
_INTERNET = ("gs://", "s3://", "https://", "http://", "hf://", "oci")


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
    """Requests, what its first steps fetch, and everything between its own pods.

    A service's port is its runtime's to say, and which runtime serves it is the cluster's: every port is open to those
    who may ask at all.
    """
    own = {labels.MODEL: model.name}
    knative = marks.mode(model, context.facts.kserve_mode) == "Knative"
    ways = Ways(
        ports=(),
        gateway=model.exposure.external,
        callers=(*model.exposure.callers, *((_KNATIVE_NAMESPACE,) if knative else ())),
        siblings=(own,),
        asks=((own, ()),),
        store=any(True for _ in _artifacts(model)),
        internet=any(network.is_outside(artifact, _INTERNET) for artifact in _artifacts(model)),
        urls=tuple(dict.fromkeys(_urls(model))),
    )
    made = _head("networking.k8s.io/v1", "NetworkPolicy", model, context, model.name)
    return network.policy(made["metadata"], own, ways, context)


def _artifacts(model: ModelDeployment) -> Iterator[ArtifactReference]:
    yield from network.artifacts(model)
    for _, _, node in model.nodes():
        if node.kserve:
            yield from (Uri(uri=one.uri) for one in node.kserve.storage_uris or ())


def _urls(model: ModelDeployment) -> Iterator[str]:
    """Where payloads are logged; a query is asked by KEDA, and not by the pods."""
    yield from network.loggers(model)
    for _, _, node in model.nodes():
        if node.kserve and node.kserve.logger and node.kserve.logger.url:
            yield node.kserve.logger.url
