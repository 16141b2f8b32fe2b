"""The inference graph: `predictors[].graph`."""

from typing import Any

from components.serving.engines.context import BuildContext, node_key, uri_of
from components.serving.engines.seldon1 import words
from components.serving.spec import (
    Builtin,
    Container,
    HuggingFace,
    ModelDeployment,
    ModelServer,
    Node,
    PayloadLogging,
    Predictor,
    Role,
)
from components.serving.spec.seldon1 import Endpoint, Seldon1Explainer, Seldon1Node


def graph(model: ModelDeployment, predictor: Predictor, context: BuildContext) -> dict[str, Any]:
    """The predictor's graph; what the whole deployment logs is logged at its root."""
    root = _unit(model, predictor, predictor.graph, context)
    if model.logging and "logger" not in root:
        root["logger"] = _logger(model.logging)
    return root


def present(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that say something: neither None nor empty."""
    return {key: value for key, value in fields.items() if value is not None and value not in ({}, [], ())}


def fetching(slot: Seldon1Node | Seldon1Explainer) -> dict[str, Any]:
    """With whose rights, and by which image, an artifact is fetched."""
    return {key: getattr(slot, field) for field, key in words.FETCHING.items()}


def endpoint(given: Endpoint) -> dict[str, Any]:
    """An `endpoint`; empty where nothing is said."""
    return present({key: getattr(given, field) for field, key in words.ENDPOINT.items()})


def _unit(model: ModelDeployment, predictor: Predictor, node: Node, context: BuildContext) -> dict[str, Any]:
    slot = node.seldon1 or Seldon1Node()
    artifact = None if isinstance(node, Builtin) else node.artifact
    return present(
        {
            "name": model.node_name(node),
            "type": _type(node, slot),
            "implementation": _implementation(node, slot),
            "methods": list(slot.methods),
            "modelUri": uri_of(artifact, context.of(node_key(model, predictor, node))),
            **fetching(slot),
            "endpoint": endpoint(slot.endpoint),
            "parameters": [{"name": p.name, "value": p.value, "type": p.type} for p in node.parameters] + _hub(node),
            "logger": _logger(node.logging) if node.logging else None,
            "children": [_unit(model, predictor, child, context) for child in node.children],
        }
    )


def _type(node: Node, slot: Seldon1Node) -> str | None:
    """Always said: with an implementation and without a type, the operator would not fill it in.

    What is built in has none: with one, the executor would call a container that is not there.
    """
    if slot.type is not None:
        return slot.type or None
    if isinstance(node, Builtin) and node.role is Role.MODEL:
        return None
    return words.ROLES[node.role]


def _implementation(node: Node, slot: Seldon1Node) -> str | None:
    match node:
        case Builtin():
            return words.BUILTINS[node.implementation]
        case ModelServer():
            return words.implementation(node)
        case Container():
            return slot.implementation


def _hub(node: Node) -> list[dict[str, str]]:
    """A model of the hub is a parameter of its server, which fetches it by itself."""
    if isinstance(node, ModelServer) and isinstance(node.artifact, HuggingFace):
        return [{"name": "pretrained_model", "value": node.artifact.repo, "type": "STRING"}]
    return []


def _logger(logging: PayloadLogging) -> dict[str, Any]:
    return present({"url": logging.url, "mode": logging.mode})
