"""How many replicas, and what changes their number."""

from typing import Annotated, Any, Literal

from pydantic import Field

from catalog.plain import Plain


class Cpu(Plain):
    """Share of the requested cores, in percent."""

    kind: Literal["cpu"] = "cpu"
    target: int = 80


class Memory(Plain):
    """Share of the requested memory, in percent."""

    kind: Literal["memory"] = "memory"
    target: int = 80


class Concurrency(Plain):
    """Requests under way at a replica."""

    kind: Literal["concurrency"] = "concurrency"
    target: float


class RequestRate(Plain):
    """Requests per second and replica."""

    kind: Literal["rps"] = "rps"
    target: float


class PrometheusQuery(Plain):
    """The value of a query, per replica.

    Attributes:
        server: URL of the Prometheus; the platform's by default.
    """

    kind: Literal["prometheus"] = "prometheus"
    query: Annotated[str, Field(min_length=1)]
    target: float
    server: str | None = None


Metric = Annotated[Cpu | Memory | Concurrency | RequestRate | PrometheusQuery, Field(discriminator="kind")]


class Scaling(Plain):
    """How many replicas; a stack may raise or lower it (`models.<name>.min_replicas`).

    Attributes:
        max_replicas: None keeps the number at `min_replicas`.
        metrics: what moves the number between the two; share of the cores by default.
        behavior: how fast, by the field names of Kubernetes' HorizontalPodAutoscaler.
    """

    min_replicas: int = 1
    max_replicas: int | None = None
    metrics: tuple[Metric, ...] = ()
    behavior: dict[str, Any] = {}

    @property
    def autoscaled(self) -> bool:
        """Whether somebody else than the declaration sets the number."""
        return self.max_replicas is not None
