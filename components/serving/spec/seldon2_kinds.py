"""Seldon Core 2's own kinds as declarations: Model, Pipeline, Experiment and Server.

Source: seldon-core v2.6.0, operator/apis/mlops/v1alpha1/; fields marked with a release came later.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from components.serving.spec.pod import Quantity, part
from components.serving.spec.seldon2 import (
    Dataflow,
    ModelOptions,
    PipelineInput,
    PipelineOutput,
    Slot,
    StepOptions,
    Unsigned,
)

# Older than Kubernetes' own types: the API server drops newer fields.
ServerPod = Annotated[dict[str, Any], AfterValidator(part("seldon2.PodSpec"))]
"""Fields of a PodSpec, by Kubernetes' names; its containers are laid over those of the same name."""
ServerContainer = Annotated[dict[str, Any], AfterValidator(part("seldon2.Container"))]
"""Fields of a Container, by Kubernetes' names."""
Strategy = Annotated[dict[str, Any], AfterValidator(part("DeploymentStrategy"))]
"""Fields of a DeploymentStrategy, by Kubernetes' names."""

_ABOUT = frozenset({"name", "labels", "annotations", "acknowledge"})


class Kind(Slot):
    """An object of Seldon Core 2.

    Attributes:
        name: of the object.
        labels: of the object.
        annotations: of the object.
        acknowledge: why a trap, by its rule's id, is wanted all the same.
    """

    name: str
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    acknowledge: dict[str, str] = {}

    def written(self) -> dict[str, Any]:
        """Its spec as Seldon Core 2 has it."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=set(_ABOUT))


class ModelParameter(Slot):
    """A value that the server hands to the model."""

    name: str
    value: str


class ExplainerRef(Slot):
    """What a Model explains; exactly one of the two references.

    Attributes:
        type: of Alibi's explainers: `anchor_tabular`, `kernel_shap`, ...
    """

    type: str | None = None
    model_ref: str | None = None
    pipeline_ref: str | None = None


class LlmRef(Slot):
    """What a Model of the LLM runtime goes with (2.9.0); exactly one of the two."""

    model_ref: str | None = None
    pipeline_ref: str | None = None


class Logger(Slot):
    """Payloads are logged.

    Attributes:
        percent: taken for all of them.
    """

    percent: Unsigned | None = None


class Model(Kind, ModelOptions):
    """A model that some Server loads.

    Attributes:
        storage_uri: where its files are, as rclone has it.
        requirements: capabilities that its Server must have.
        memory: that it takes of its Server.
    """

    storage_uri: str
    requirements: tuple[str, ...] = ()
    memory: Quantity | None = None
    parameters: tuple[ModelParameter, ...] = ()
    explainer: ExplainerRef | None = None
    llm: LlmRef | None = None
    logger: Logger | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """The capabilities that its Server must have, as the operator puts them together."""
        return (*self.requirements, self.model_type) if self.model_type else self.requirements


class Step(StepOptions):
    """A Model in a Pipeline.

    Attributes:
        name: of the Model.
    """

    name: str


class Pipeline(Kind):
    """Models that hand tensors on to each other through Kafka.

    Attributes:
        output: None answers nothing: requests are only taken in.
        allow_cycles: steps may read what comes after them (2.9.1).
        max_step_revisits: how often one request may come back to a step (2.9.1).
    """

    steps: tuple[Step, ...]
    input: PipelineInput | None = None
    output: PipelineOutput | None = None
    dataflow: Dataflow | None = None
    allow_cycles: bool | None = None
    max_step_revisits: Unsigned | None = None


class Candidate(Slot):
    """A Model or a Pipeline that gets a share of the requests.

    Attributes:
        weight: its share, in proportion to the others'.
    """

    name: str
    weight: int


class Mirror(Slot):
    """A Model or a Pipeline that gets copies of the requests, and whose answers go nowhere.

    Attributes:
        percent: of the requests.
    """

    name: str
    percent: int


class Experiment(Kind):
    """Requests shared out between Models, or between Pipelines.

    Attributes:
        default: the candidate whose own requests are shared out.
        resource_type: what the candidates are; Models where it is not said.
    """

    candidates: tuple[Candidate, ...]
    default: str | None = None
    mirror: Mirror | None = None
    resource_type: Literal["model", "pipeline"] | None = None


class ImageOverrides(Slot):
    """Of the two containers beside the server."""

    agent: ServerContainer | None = None
    rclone: ServerContainer | None = None


class RetentionPolicy(Slot):
    """What becomes of the volumes of a StatefulSet (2.8.5)."""

    when_deleted: str | None = None
    when_scaled: str | None = None


class Server(Kind):
    """Pods that load Models.

    Attributes:
        server_config: name of the ServerConfig that it is made from, in the operator's namespace.
        extra_capabilities: beyond those of the ServerConfig.
        capabilities: instead of those of the ServerConfig.
        pod_spec: over the pod of the ServerConfig.
        deployment_strategy: where Servers are Deployments (2.10.0).
        disable_auto_update: a changed ServerConfig does not change it.
    """

    server_config: str
    extra_capabilities: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    image_overrides: ImageOverrides | None = None
    pod_spec: ServerPod = {}
    replicas: int | None = None
    min_replicas: int | None = None
    max_replicas: int | None = None
    stateful_set_persistent_volume_claim_retention_policy: RetentionPolicy | None = None
    deployment_strategy: Strategy | None = None
    disable_auto_update: bool | None = None
