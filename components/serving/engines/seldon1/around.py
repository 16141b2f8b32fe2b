"""What stands around a SeldonDeployment: its pods' account, and the ways that they need.

Labels and ports are those of seldon-core v1.17.1: operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go,
operator/constants/constants.go.
"""

from collections.abc import Iterator
from typing import Any

from components import labels
from components.serving.engines import network
from components.serving.engines.context import BuildContext, Manifest, Objects
from components.serving.engines.network import Ways
from components.serving.engines.seldon1 import names
from components.serving.engines.seldon1.graph import present
from components.serving.spec import Container, ModelDeployment, Predictor
from components.serving.spec.seldon1 import Seldon1Predictor

_EXECUTOR_PORTS = (8000, 5001)
_UNIT_PORTS = (9000, 9500)
_EXPLAINER_PORT = 9000
# Stores of a cloud; a store of one's own is reached by the context's addresses.
_INTERNET = ("gs://", "s3://", "https://", "hf://", "azure://")


def around(model: ModelDeployment, context: BuildContext) -> Objects:
    """The objects that are made before the SeldonDeployment.

    Args:
        model: the declaration.
        context: where the gateway and the store are.
    """
    return {
        "service-account": {
            **_head("v1", "ServiceAccount", model, context, model.name),
            "automountServiceAccountToken": False,
        },
        "network": _requests(model, context),
        "network-graph": _graph(model, context),
    }


def _requests(model: ModelDeployment, context: BuildContext) -> Manifest:
    """Requests from outside, and what its pods fetch and send there."""
    ways = Ways(
        ports=tuple(dict.fromkeys(port for predictor in model.predictors for port in _ports(predictor))),
        callers=model.exposure.callers,
        store=any(True for _ in network.artifacts(model)),
        internet=any(network.is_outside(artifact, _INTERNET) for artifact in network.artifacts(model)),
        urls=tuple(dict.fromkeys(_urls(model))),
    )
    return network.policy(_metadata(model, context, model.name), _pods(model), ways, context)


def _graph(model: ModelDeployment, context: BuildContext) -> Manifest:
    """Requests from node to node, on whatever port the operator gives each."""
    ways = Ways(ports=(), gateway=False, siblings=(_pods(model),), asks=((_pods(model), ()),))
    return network.policy(_metadata(model, context, f"{model.name}-graph"), _pods(model), ways, context)


def _pods(model: ModelDeployment) -> dict[str, str]:
    return {"seldon-deployment-id": names.joined(model.name)}


def _ports(predictor: Predictor) -> Iterator[int]:
    """On which a predictor is asked from outside."""
    slot, node = predictor.seldon1 or Seldon1Predictor(), predictor.graph
    if not slot.no_orchestrator:
        yield from _EXECUTOR_PORTS
    elif isinstance(node, Container):
        yield from (port for port in (node.port, node.grpc_port) if port)
    else:
        yield from _UNIT_PORTS
    if predictor.explainer:
        yield _EXPLAINER_PORT


def _urls(model: ModelDeployment) -> Iterator[str]:
    """Loggers, and brokers of the server type kafka."""
    yield from network.loggers(model)
    for predictor in model.predictors:
        broker = (predictor.seldon1 or Seldon1Predictor()).orchestrator.env.get("KAFKA_BROKER")
        if isinstance(broker, str):
            yield f"kafka://{broker}"


def _head(api_version: str, kind: str, model: ModelDeployment, context: BuildContext, name: str) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": _metadata(model, context, name)}


def _metadata(model: ModelDeployment, context: BuildContext, name: str) -> Manifest:
    marks = labels.model_labels(model.name, model.team, context.engine)
    return present({"name": name, "namespace": context.namespace or None, "labels": marks})
