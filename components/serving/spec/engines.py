"""How the serving engines of a stack are installed: what changes which declarations they can serve."""

from typing import Annotated, Literal

from pydantic import Field

from catalog.plain import Plain
from components.serving.spec.pod import Quantity

Names = Annotated[tuple[str, ...], Field(strict=False)]


class Seldon1Engine(Plain):
    """Seldon Core 1.

    Attributes:
        servers: keys of its `predictor_servers` beyond those it ships, each with its protocols.
        ambassador: version of Ambassador, where requests come through it.
        initializer_memory: limit of its storage initializer, as the operator is told (`storageInitializer`).
    """

    servers: dict[str, Names] = {}
    ambassador: Literal["v1", "v2"] | None = None
    initializer_memory: Quantity = "1Gi"


class Seldon2Engine(Plain):
    """Seldon Core 2.

    Attributes:
        servers: its Servers beyond the two that it ships, or instead of these, each with its capabilities.
        replicas: of its Servers, by name; of one that is not here it is not known.
        memory: that one replica of a Server has for models, by name; of one that is not here it is not known.
        autoscaling: Models are scaled by themselves; its chart leaves that off (`autoscalingModelEnabled`).
        version: the release that is installed; None where it is not known.
    """

    servers: dict[str, Names] = {}
    replicas: dict[str, Annotated[int, Field(ge=0)]] = {}
    memory: dict[str, Quantity] = {}
    autoscaling: bool = False
    version: Annotated[str | None, Field(pattern=r"^\d+\.\d+\.\d+$")] = None


class KServeEngine(Plain):
    """KServe.

    Attributes:
        mode: `standard` makes Deployments, `knative` Knative Services.
        initializer_memory: limit of its storage initializer, as its ClusterStorageContainer says.
    """

    mode: Literal["standard", "knative"] = "standard"
    initializer_memory: Quantity = "1Gi"


class Engines(Plain):
    """The `engines:` of a stack file.

    Attributes:
        keda: KEDA is installed.
        prometheus: URL of the Prometheus that autoscalers ask.
    """

    keda: bool = False
    prometheus: str | None = None
    seldon1: Seldon1Engine = Seldon1Engine()
    seldon2: Seldon2Engine = Seldon2Engine()
    kserve: KServeEngine = KServeEngine()
