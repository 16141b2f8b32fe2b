"""The declaration of a model deployment: engine-neutral plain data."""

from components.serving.spec.artifact import Artifact, BuiltImage, HuggingFace, Image
from components.serving.spec.deployment import Exposure, ModelDeployment, Predictor, Rollout, Sample, Scaling, Team
from components.serving.spec.node import Accelerators, Container, Format, ModelServer, Resources

__all__ = [
    "Accelerators",
    "Artifact",
    "BuiltImage",
    "Container",
    "Exposure",
    "Format",
    "HuggingFace",
    "Image",
    "ModelDeployment",
    "ModelServer",
    "Predictor",
    "Resources",
    "Rollout",
    "Sample",
    "Scaling",
    "Team",
]
