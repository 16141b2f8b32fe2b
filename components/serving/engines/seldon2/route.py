"""How requests come to a model: one HTTPRoute to Seldon's own gateway, which goes by a header."""

from typing import Any

from components import labels
from components.serving.engines.context import BuildContext, Manifest
from components.serving.engines.seldon2 import words
from components.serving.engines.seldon2.parts import is_pipeline, main_predictor, resources
from components.serving.spec import ModelDeployment, Predictor


def address(model: ModelDeployment) -> str:
    """The value of the header `Seldon-Model` that means the whole deployment."""
    if len(model.predictors) > 1:
        return f"{model.name}.experiment"
    return _of(model, main_predictor(model))


def route(model: ModelDeployment, context: BuildContext, gateway: tuple[str, str]) -> Manifest:
    """The HTTPRoute: header rules first, explanations below `<path>/explain`, then everything else.

    Args:
        model: the declaration.
        context: what the stack adds.
        gateway: its name and namespace.
    """
    name, namespace = gateway
    named = {predictor.name: predictor for predictor in model.predictors}
    rules = [
        _rule(model, model.path, _of(model, named[one.predictor]), {"name": one.name, "value": one.value})
        for one in model.exposure.headers
        if one.predictor in named
    ]
    if main_predictor(model).explainer:
        rules.append(_rule(model, f"{model.path}/explain", f"{model.name}-{words.EXPLAINER}"))
    rules.append(_rule(model, model.path, address(model)))
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {
            "name": model.name,
            **({"namespace": context.namespace} if context.namespace else {}),
            "labels": labels.model_labels(model.name, model.team, words.ENGINE),
        },
        "spec": {
            "parentRefs": [{"name": name, "namespace": namespace}],
            **({"hostnames": [model.exposure.host]} if model.exposure.host else {}),
            "rules": rules,
        },
    }


def _of(model: ModelDeployment, predictor: Predictor) -> str:
    resource = resources(model)[predictor.name]
    return f"{resource}.pipeline" if is_pipeline(model) else resource


def _rule(model: ModelDeployment, path: str, to: str, header: dict[str, str] | None = None) -> dict[str, Any]:
    match: dict[str, Any] = {"path": {"type": "PathPrefix", "value": path}}
    if header:
        match["headers"] = [{"type": "Exact", **header}]
    seconds = model.exposure.timeout_seconds
    return {
        "matches": [match],
        "filters": [
            {"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}}},
            {
                "type": "RequestHeaderModifier",
                "requestHeaderModifier": {"set": [{"name": words.ROUTING_HEADER, "value": to}]},
            },
        ],
        "backendRefs": [{"name": words.MESH, "port": words.MESH_PORT}],
        **({} if seconds is None else {"timeouts": {"request": f"{seconds}s"}}),
    }
