"""The names that the operator gives to what it makes.

Source: operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go of seldon-core v1.17.1.
"""

import hashlib

from components.serving.spec import ModelDeployment, Predictor

LONGEST = 63


def joined(*parts: str) -> str:
    """The parts with hyphens between; a hash of them where that is longer than a label can be."""
    name = "-".join(parts)
    if len(name) <= LONGEST:
        return name
    return f"seldon-{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()}"


def service(model: ModelDeployment, predictor: Predictor) -> str:
    """Of a predictor's Service."""
    own = predictor.seldon1.service_name if predictor.seldon1 else None
    return own or joined(model.name, predictor.name)


def explainer(model: str, predictor: str) -> str:
    """Of the Deployment of a predictor's explainer, of its Service and of its container."""
    return joined(model, predictor, "explainer")
