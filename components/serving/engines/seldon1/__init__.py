"""The builder for Seldon Core 1: one SeldonDeployment. A pure function from declaration to objects."""

from typing import Any

from components import labels
from components.serving.engines.context import BuildContext, Manifest, Objects
from components.serving.engines.seldon1 import words
from components.serving.engines.seldon1.around import around
from components.serving.engines.seldon1.graph import present
from components.serving.engines.seldon1.predictors import predictor_spec
from components.serving.spec import ModelDeployment, Scaling
from components.serving.spec.seldon1 import Seldon1


def build(model: ModelDeployment, context: BuildContext) -> Objects:
    """The objects of a model by role: its pods' account and the ways that they need, and the SeldonDeployment.

    Without `safe_defaults` only the SeldonDeployment, and in it only what is declared.

    Args:
        model: the declaration, with the stack's scale.
        context: what the stack adds.
    """
    deployment = {
        "apiVersion": words.API_VERSION,
        "kind": words.KIND,
        "metadata": _metadata(model, context),
        "spec": _spec(model, context),
    }
    if not model.safe_defaults:
        return {"seldon-deployment": deployment}
    return {**around(model, context), "seldon-deployment": deployment}


def _metadata(model: ModelDeployment, context: BuildContext) -> Manifest:
    marks = labels.model_labels(model.name, model.team, context.engine) if model.safe_defaults else {}
    return present(
        {
            "name": model.name,
            "namespace": context.namespace or None,
            "labels": marks | model.labels,
            "annotations": model.annotations,
        }
    )


def _spec(model: ModelDeployment, context: BuildContext) -> dict[str, Any]:
    slot = model.seldon1 or Seldon1()
    return present(
        {
            "name": slot.spec_name,
            "annotations": spec_annotations(model),
            "protocol": model.protocol and model.protocol.value,
            "transport": model.transport and model.transport.value,
            "serverType": slot.server_type,
            "replicas": _replicas(model, slot),
            "predictors": [predictor_spec(model, predictor, context) for predictor in model.predictors],
        }
    )


def _replicas(model: ModelDeployment, slot: Seldon1) -> int | None:
    """`spec.replicas` as imported; else every predictor says its own."""
    if slot.replicas is not None or model.safe_defaults or model.scaling.autoscaled:
        return slot.replicas
    return None if model.scaling == Scaling() else model.scaling.min_replicas


def spec_annotations(model: ModelDeployment) -> dict[str, str]:
    """`spec.annotations`: where the executor, Istio and Ambassador all find them."""
    slot = model.seldon1 or Seldon1()
    found = dict(slot.annotations)
    if (seconds := model.exposure.timeout_seconds) is not None:
        found |= dict.fromkeys((words.REST_TIMEOUT, words.GRPC_TIMEOUT), str(seconds * 1000))
    if model.exposure.host is not None:
        found[words.ISTIO_HOST] = model.exposure.host
    for field, key in words.ANNOTATIONS.items():
        group, _, name = field.rpartition(".")
        value = getattr(getattr(slot, group) if group else slot, name)
        if value is not None and value is not False:
            found[key] = "true" if value is True else str(value)
    return found
