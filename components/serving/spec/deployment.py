"""A model deployment and its team."""

from typing import Annotated, Any, Literal

from pydantic import Field

from catalog.plain import Plain
from components.serving.spec.node import Node, Quantity

# 40 characters leave room for the suffixes that engines and revisions add within Kubernetes' 63.
ModelName = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$")]
TeamName = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$")]


class Predictor(Plain):
    """One version of the model that takes traffic."""

    name: ModelName = "default"
    graph: Node


class Scaling(Plain):
    """How many replicas; a stack may raise or lower it (`models.<name>.min_replicas`)."""

    min_replicas: Annotated[int, Field(ge=0, le=1000)] = 1


class Rollout(Plain):
    """How a new version takes over.

    Attributes:
        strategy: `surge` starts the new replica first and loses no request; `recreate` stops the old one first, which
            needs no spare accelerator; `auto` is `surge` wherever the pools have room for it.
        deadline_seconds: a rollout without progress for so long has failed.
    """

    strategy: Literal["auto", "surge", "recreate"] = "auto"
    deadline_seconds: Annotated[int, Field(ge=10, le=86400)] = 600


class Exposure(Plain):
    """Where it is reached through the gateway.

    Attributes:
        path: prefix, by default `/<team>/<name>`; the model sees the path without it.
        host: host name; every host by default.
    """

    path: Annotated[str | None, Field(pattern=r"^/[\w./-]*[\w-]$")] = None
    host: str | None = None


class Sample(Plain):
    """A request that the model must be able to answer.

    Attributes:
        path: the path as the model sees it.
        body: the JSON body.
    """

    path: Annotated[str, Field(pattern="^/")]
    body: dict[str, Any]


class ModelDeployment(Plain):
    """A model as it is deployed: what serves it, how many, where it is reached and by whom it is owned."""

    name: ModelName
    team: TeamName
    predictors: Annotated[tuple[Predictor], Field()]
    scaling: Scaling = Scaling()
    rollout: Rollout = Rollout()
    exposure: Exposure = Exposure()
    sample: Sample | None = None

    @property
    def path(self) -> str:
        """The prefix under which the gateway knows it."""
        return self.exposure.path or f"/{self.team}/{self.name}"


class Team(Plain):
    """A team that owns models.

    Attributes:
        owner: who answers for it: a mail address or a channel.
        quota: hard limits of its namespace (`requests.cpu`, `requests.nvidia.com/gpu`, `pods`, ...), as quantities.
    """

    owner: Annotated[str, Field(min_length=1)]
    quota: dict[str, Quantity] = {}
