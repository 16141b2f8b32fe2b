"""A model deployment and its team."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from catalog.plain import Plain
from components.serving.spec.exposure import Exposure, Rollout, Sample
from components.serving.spec.fit import Fit
from components.serving.spec.kserve import KServe, KServePredictor
from components.serving.spec.node import Node, PayloadLogging, walk
from components.serving.spec.plain import PlainEngine
from components.serving.spec.pod import Quantity
from components.serving.spec.scaling import Scaling
from components.serving.spec.seldon1 import Seldon1, Seldon1Predictor
from components.serving.spec.seldon2 import Seldon2, Seldon2Predictor
from components.serving.spec.watching import Detector, Explainer, Slo

# What an engine joins to it is checked by its rules: 63 characters are Kubernetes' limit for one label.
ModelName = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")]
TeamName = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")]


class Protocol(StrEnum):
    """How a model is spoken to."""

    V1 = "v1"
    V2 = "v2"
    SELDON = "seldon"
    TENSORFLOW = "tensorflow"
    OPENAI = "openai"


class Transport(StrEnum):
    """What the protocol is carried by."""

    REST = "rest"
    GRPC = "grpc"


class Predictor(Plain):
    """One version of the model.

    Attributes:
        traffic: percent of the requests; needed where several predictors share them.
        shadow: it gets copies of the requests (of `traffic` percent of them where that is given), and its answers go
            nowhere.
        scaling: instead of the deployment's.
        annotations: of its pods.
    """

    name: ModelName = "default"
    graph: Node
    traffic: int | None = None
    shadow: bool = False
    scaling: Scaling | None = None
    explainer: Explainer | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    seldon1: Seldon1Predictor | None = None
    seldon2: Seldon2Predictor | None = None
    kserve: KServePredictor | None = None

    def nodes(self, path: str) -> Iterator[tuple[str, Node]]:
        """Every node of the graph with its path in the declaration, parents first.

        Args:
            path: of this predictor, `predictors[0]`.
        """
        return walk(self.graph, f"{path}.graph")


class ModelDeployment(Plain):
    """A model as it is deployed: what serves it, how many, where it is reached and by whom it is owned.

    Attributes:
        protocol: None leaves it to the servers, which must agree.
        transport: None offers what the engine offers.
        feedback: rewards can be sent back, for routers that learn.
        fit: figures that the artifact does not tell.
        acknowledge: why a trap, by its rule's id, is wanted all the same.
        labels: of the engine's main object.
        annotations: of the engine's main object.
        safe_defaults: probes, security contexts, a service account, limits, budgets and network rules are added where
            the declaration has none. An import sets it to false, so that what runs today is kept as it is.
    """

    name: ModelName
    team: TeamName
    predictors: Annotated[tuple[Predictor, ...], Field(min_length=1)]
    protocol: Annotated[Protocol | None, Field(strict=False)] = None
    transport: Annotated[Transport | None, Field(strict=False)] = None
    scaling: Scaling = Scaling()
    rollout: Rollout = Rollout()
    detectors: tuple[Detector, ...] = ()
    logging: PayloadLogging | None = None
    feedback: bool = False
    exposure: Exposure = Exposure()
    slo: Slo | None = None
    fit: Fit = Fit()
    sample: Sample | None = None
    acknowledge: dict[str, str] = {}
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    safe_defaults: bool = True
    seldon1: Seldon1 | None = None
    seldon2: Seldon2 | None = None
    kserve: KServe | None = None
    plain: PlainEngine | None = None

    @property
    def path(self) -> str:
        """The prefix under which the gateway knows it."""
        return self.exposure.path or f"/{self.team}/{self.name}"

    def nodes(self) -> Iterator[tuple[str, Predictor, Node]]:
        """Every node of every predictor, with its path in the declaration."""
        for at, predictor in enumerate(self.predictors):
            for path, node in predictor.nodes(f"predictors[{at}]"):
                yield path, predictor, node

    def node_name(self, node: Node) -> str:
        """The name of a node inside its predictor."""
        return node.name or self.name

    def scaling_of(self, predictor: Predictor) -> Scaling:
        """How many replicas of a predictor."""
        return predictor.scaling or self.scaling


class Team(Plain):
    """A team that owns models.

    Attributes:
        owner: who answers for it: a mail address or a channel.
        quota: hard limits of its namespace (`requests.cpu`, `requests.nvidia.com/gpu`, `pods`, ...), as quantities.
    """

    owner: Annotated[str, Field(min_length=1)]
    quota: dict[str, Quantity] = {}
