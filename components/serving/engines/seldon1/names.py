"""The names that the operator gives to what it makes.

Source: operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go of seldon-core v1.17.1.
"""

import hashlib

LONGEST = 63


def joined(*parts: str) -> str:
    """The parts with hyphens between; a hash of them where that is longer than a label can be."""
    name = "-".join(parts)
    if len(name) <= LONGEST:
        return name
    return f"seldon-{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()}"


def explainer(model: str, predictor: str) -> str:
    """Of the Deployment of a predictor's explainer, of its Service and of its container."""
    return joined(model, predictor, "explainer")
