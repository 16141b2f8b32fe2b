"""All objects of a declaration on KServe."""

from components.serving.engines.context import BuildContext, Objects
from components.serving.engines.kserve.service import Unit, service, split
from components.serving.spec import ModelDeployment


def build(model: ModelDeployment, context: BuildContext) -> Objects:
    """The objects by role: inference-service.

    Args:
        model: the declaration, with the stack's scale.
        context: what the stack adds.
    """
    parts = []
    for predictor in model.predictors:
        found = split(predictor.graph)
        if found is None:
            raise TypeError("no single InferenceService")
        parts.append((predictor, *found))
    return {"inference-service": service(model, context, Unit(name=model.name, predictors=tuple(parts)))}
