"""The declaration of a model deployment: engine-neutral plain data."""

from components.serving.spec.artifact import (
    Artifact,
    ArtifactReference,
    BuiltImage,
    HuggingFace,
    Image,
    MlflowModel,
    Uri,
)
from components.serving.spec.deployment import ModelDeployment, Predictor, Protocol, Team, Transport
from components.serving.spec.exposure import Exposure, HeaderMatch, Rollout, Sample
from components.serving.spec.fit import Fit
from components.serving.spec.node import (
    Builtin,
    Container,
    Format,
    ModelServer,
    Node,
    Parameter,
    PayloadLogging,
    Role,
)
from components.serving.spec.pod import Accelerators, Resources, SecretRef
from components.serving.spec.scaling import Concurrency, Cpu, Memory, PrometheusQuery, RequestRate, Scaling
from components.serving.spec.watching import Detector, Explainer, Method, Slo

__all__ = [
    "Accelerators",
    "Artifact",
    "ArtifactReference",
    "BuiltImage",
    "Builtin",
    "Concurrency",
    "Container",
    "Cpu",
    "Detector",
    "Explainer",
    "Exposure",
    "Fit",
    "Format",
    "HeaderMatch",
    "HuggingFace",
    "Image",
    "Memory",
    "Method",
    "MlflowModel",
    "ModelDeployment",
    "ModelServer",
    "Node",
    "Parameter",
    "PayloadLogging",
    "Predictor",
    "PrometheusQuery",
    "Protocol",
    "RequestRate",
    "Resources",
    "Role",
    "Rollout",
    "Sample",
    "Scaling",
    "SecretRef",
    "Slo",
    "Team",
    "Transport",
    "Uri",
]
