"""Labels and the marker that every object of a stack bears."""

from collections.abc import Mapping
from typing import Any

MANAGED_BY = "app.kubernetes.io/managed-by"
MODEL = "slipway.dev/model"
PREDICTOR = "slipway.dev/predictor"
EXPLAINER = "slipway.dev/explainer"
DETECTOR = "slipway.dev/detector"
TEAM = "slipway.dev/team"
ENGINE = "slipway.dev/engine"
ROLE = "slipway.dev/role"
SIMULATED = "slipway.dev/simulated"
MARKER = "slipway.dev/stack"


def model_labels(model: str, team: str, engine: str) -> dict[str, str]:
    """The labels of everything that belongs to a model."""
    return {"app.kubernetes.io/name": model, MANAGED_BY: "slipway", MODEL: model, TEAM: team, ENGINE: engine}


def annotated(manifest: dict[str, Any], annotations: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with these annotations beside its own; it is not changed itself."""
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "annotations": {**metadata.get("annotations", {}), **annotations}}}


def stamped(manifest: dict[str, Any], marker: str) -> dict[str, Any]:
    """The manifest with the stack's marker.

    Args:
        manifest: a Kubernetes object; not changed.
        marker: `<project>/<stack>`.
    """
    return annotated(manifest, {MARKER: marker})
