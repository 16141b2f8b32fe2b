"""What looks at a model beside its traffic: explainers, detectors, objectives."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from catalog.plain import Plain
from components.serving.spec.artifact import ArtifactReference, BuiltImage, Image
from components.serving.spec.kserve import KServeExplainer
from components.serving.spec.pod import ContainerPart, Env, PodPart, Resources
from components.serving.spec.seldon1 import Seldon1Explainer
from components.serving.spec.seldon2 import Seldon2Detector, Seldon2Explainer


class Method(StrEnum):
    """How an answer is explained."""

    ANCHOR_TABULAR = "anchor_tabular"
    ANCHOR_IMAGES = "anchor_images"
    ANCHOR_TEXT = "anchor_text"
    COUNTERFACTUALS = "counterfactuals"
    CONTRASTIVE = "contrastive"
    KERNEL_SHAP = "kernel_shap"
    TREE_SHAP = "tree_shap"
    INTEGRATED_GRADIENTS = "integrated_gradients"
    ALE = "ale"
    LIME = "lime"
    SQUARE_ATTACK = "square_attack"
    CUSTOM = "custom"
    """Only its container knows."""


class Explainer(Plain):
    """Explains a predictor's answers on request.

    On plain Kubernetes it is a container of the user's own, reached at `<path>/explain`, which it sees as `/explain` on
    its port 8080; `/health/ready` and `/health/live` say how it is. It is told `PREDICTOR_URL`, `MODEL_NAME`,
    `EXPLAINER_METHOD` and `EXPLAINER_PARAMETERS` (JSON); its artifact lies below `/mnt/models/<model>`.

    Attributes:
        image: a container of the user's own; without it, the engine's server for the method.
        artifact: the fitted explainer.
        parameters: of the method, by its own names.
        container: more fields of its container, by Kubernetes' names.
        pod: more fields of its pod, by Kubernetes' names.
    """

    method: Annotated[Method, Field(strict=False)]
    image: Annotated[Image | BuiltImage | None, Field()] = None
    artifact: Annotated[ArtifactReference | None, Field()] = None
    parameters: dict[str, Any] = {}
    replicas: int | None = None
    env: Env = {}
    resources: Resources = Resources()
    container: ContainerPart = {}
    pod: PodPart = {}
    seldon1: Seldon1Explainer | None = None
    seldon2: Seldon2Explainer | None = None
    kserve: KServeExplainer | None = None


class Detector(Plain):
    """Reads copies of the requests and says what is odd about them.

    On plain Kubernetes it is a container of the user's own that gets the copies on its port 8080, at the paths at which
    the model gets the requests. It is told `MODEL_NAME`, `DETECTOR_KIND`, `DETECTOR_PARAMETERS` (JSON),
    `DETECTOR_BATCH_SIZE` and `REPLY_URL`; its answers go nowhere.

    Attributes:
        image: a container of the user's own; without it, the engine's detection server.
        artifact: the fitted detector.
        batch_size: requests looked at together, for drift.
        reply_url: where verdicts go as CloudEvents.
    """

    name: str
    watches: Literal["outlier", "drift", "adversarial", "metrics"]
    image: Annotated[Image | BuiltImage | None, Field()] = None
    artifact: Annotated[ArtifactReference | None, Field()] = None
    parameters: dict[str, Any] = {}
    batch_size: int | None = None
    reply_url: str | None = None
    env: Env = {}
    resources: Resources = Resources()
    container: ContainerPart = {}
    pod: PodPart = {}
    seldon2: Seldon2Detector | None = None


class Slo(Plain):
    """What the model's owner promises; alerts and gates are computed from it.

    Attributes:
        availability: percent of the requests that are answered without a server's error, below 100.
        latency_ms: `latency_percentile` percent of the answers come within so many milliseconds.
        window_days: over so many days.
    """

    availability: Annotated[float | None, Field(gt=0, lt=100)] = None
    latency_ms: Annotated[int | None, Field(gt=0)] = None
    latency_percentile: Annotated[float, Field(gt=0, lt=100)] = 99.0
    window_days: Annotated[int, Field(ge=1, le=90)] = 30
