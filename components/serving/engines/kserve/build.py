"""All objects of a declaration on KServe."""

from components.serving.engines.context import BuildContext, Objects
from components.serving.engines.kserve import kinds
from components.serving.engines.kserve.service import Unit, service, split
from components.serving.spec import ModelDeployment
from components.serving.spec.kserve_kinds import InferenceGraph, ServingRuntime


def build(model: ModelDeployment | InferenceGraph | ServingRuntime, context: BuildContext) -> Objects:
    """The objects by role: inference-service.

    Args:
        model: the declaration, with the stack's scale; or one of KServe's own kinds.
        context: what the stack adds.
    """
    if isinstance(model, InferenceGraph):
        return {"inference-graph": kinds.graph(model, context)}
    if isinstance(model, ServingRuntime):
        return {"serving-runtime": kinds.runtime(model, context)}
    parts = []
    for predictor in model.predictors:
        found = split(predictor.graph)
        if found is None:
            raise TypeError("no single InferenceService")
        parts.append((predictor, *found))
    return {"inference-service": service(model, context, Unit(name=model.name, predictors=tuple(parts)))}
