"""One predictor: `spec.predictors[]`."""

import json
from typing import Any

from components import labels
from components.serving.engines.context import BuildContext, explainer_key, image_of, uri_of
from components.serving.engines.seldon1 import names, words
from components.serving.engines.seldon1.first_step import CONTAINER_SECURITY
from components.serving.engines.seldon1.graph import endpoint, fetching, graph, present
from components.serving.engines.seldon1.pods import component_specs, environment, requirements
from components.serving.spec import Explainer, ModelDeployment, Predictor, Protocol
from components.serving.spec.pod import Env
from components.serving.spec.seldon1 import Orchestrator, Seldon1Explainer, Seldon1Predictor


def predictor_spec(model: ModelDeployment, predictor: Predictor, context: BuildContext) -> dict[str, Any]:
    """A predictor of the declaration as the operator reads it."""
    slot = predictor.seldon1 or Seldon1Predictor()
    secret = slot.tls_secret or model.exposure.tls_secret
    components = component_specs(model, predictor, context)
    if model.safe_defaults:
        _guard(model, predictor, components)
    return present(
        {
            "name": predictor.name,
            "graph": graph(model, predictor, context),
            "componentSpecs": components,
            "replicas": _replicas(model, predictor),
            "labels": _labels(model, predictor, context),
            "annotations": _annotations(model, predictor, slot),
            "engineResources": slot.engine_resources,
            "svcOrchSpec": _orchestrator(model, slot.orchestrator),
            "traffic": predictor.traffic,
            "shadow": predictor.shadow or None,
            "explainer": _explainer(model, predictor, predictor.explainer, context) if predictor.explainer else None,
            "ssl": {"certSecretName": secret} if secret else None,
            "progressDeadlineSeconds": _deadline(model, slot, context),
        }
    )


def _replicas(model: ModelDeployment, predictor: Predictor) -> int | None:
    """None where an autoscaler sets it; without `safe_defaults`, only what the predictor itself says."""
    scaling = model.scaling_of(predictor) if model.safe_defaults else predictor.scaling
    return None if scaling is None or scaling.autoscaled else scaling.min_replicas


def _guard(model: ModelDeployment, predictor: Predictor, components: list[dict[str, Any]]) -> None:
    """One disruption budget for all pods: the operator's selector takes in those of every predictor."""
    replicas = sum(model.scaling_of(one).min_replicas for one in model.predictors)
    if predictor is model.predictors[0] and components and replicas > 1:
        components[0].setdefault("pdbSpec", {"maxUnavailable": 1})


def _labels(model: ModelDeployment, predictor: Predictor, context: BuildContext) -> dict[str, str]:
    """Of its pods; who manages them is the operator's to say, because its monitor selects by it."""
    if not model.safe_defaults:
        return predictor.labels
    marks = labels.model_labels(model.name, model.team, context.engine) | {labels.PREDICTOR: predictor.name}
    del marks[labels.MANAGED_BY]
    return marks | {"version": predictor.name} | predictor.labels


def _annotations(model: ModelDeployment, predictor: Predictor, slot: Seldon1Predictor) -> dict[str, str]:
    """The executor's metrics take their label `predictor_version` from an annotation, the servers' from a label."""
    found = {"version": predictor.name} if model.safe_defaults else {}
    found |= predictor.annotations
    if slot.no_orchestrator:
        found[words.NO_ENGINE] = "true"
    if slot.service_name is not None:
        found[words.SERVICE_NAME] = slot.service_name
    return found


def _orchestrator(model: ModelDeployment, given: Orchestrator) -> dict[str, Any]:
    """Where rewards are sent back, its answers say which way a request went, as the rewards must then say it, too."""
    own: Env = {words.TELLS_ROUTES: "true"} if model.safe_defaults and model.feedback else {}
    # Empty resources are none at all; without them the operator takes its own.
    resources = {} if given.resources is None else {"resources": given.resources}
    return present({"env": environment(own | given.env), "replicas": given.replicas}) | resources


def _deadline(model: ModelDeployment, slot: Seldon1Predictor, context: BuildContext) -> int | None:
    if slot.progress_deadline is not None:
        return slot.progress_deadline
    return model.rollout.deadline_seconds or (context.deadline_seconds if model.safe_defaults else None)


def _explainer(
    model: ModelDeployment, predictor: Predictor, explainer: Explainer, context: BuildContext
) -> dict[str, Any]:
    slot = explainer.seldon1 or Seldon1Explainer()
    what = context.of(explainer_key(predictor))
    made = {
        "image": image_of(explainer.image, what),
        "env": environment(explainer.env),
        "resources": requirements(explainer.resources, safe=model.safe_defaults, placement=what.placement),
        "securityContext": CONTAINER_SECURITY if model.safe_defaults else None,
    }
    # The schema wants a name; this is the one that the operator would choose.
    container = present(made) | explainer.container
    named = {"name": names.explainer(model.name, predictor.name)} if container else {}
    return present(
        {
            "type": slot.type or words.METHODS.get(explainer.method),
            "modelUri": uri_of(explainer.artifact, what),
            **fetching(slot),
            "serviceAccountName": slot.service_account or (model.name if model.safe_defaults else None),
            "containerSpec": named | container,
            **_parameters(model, explainer, slot),
            "endpoint": endpoint(slot.endpoint),
            "replicas": explainer.replicas,
        }
    )


def _parameters(model: ModelDeployment, explainer: Explainer, slot: Seldon1Explainer) -> dict[str, Any]:
    """The server of protocol v2 takes them as JSON, the other one as arguments."""
    if model.protocol is Protocol.V2:
        made = json.dumps(explainer.parameters) if explainer.parameters else None
        return {"config": slot.config, "initParameters": slot.init_parameters or made}
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in explainer.parameters.items()}
    return {"config": texts | slot.config, "initParameters": slot.init_parameters}
