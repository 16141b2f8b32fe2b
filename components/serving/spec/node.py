"""The nodes of a graph: a model server, or a container of the user's own."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from catalog.machines import Accelerator
from catalog.plain import Plain, Refusal
from catalog.quantity import quantity
from components.serving.spec.artifact import Artifact, BuiltImage, HuggingFace, Image


def _is_quantity(value: str) -> str:
    try:
        positive = quantity(value) > 0
    except ValueError as error:
        raise Refusal(value, "not a Kubernetes quantity", "give one such as 500m, 2 or 1.5Gi") from error
    if not positive:
        raise Refusal(value, "a pod cannot ask for nothing", "give a quantity above zero")
    return value


Quantity = Annotated[str, AfterValidator(_is_quantity)]
EnvName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Format(StrEnum):
    """What a model server reads."""

    SKLEARN = "sklearn"
    VLLM = "vllm"


class Accelerators(Plain):
    """Whole accelerators for one replica."""

    kind: Annotated[Accelerator, Field(strict=False)]
    count: Annotated[int, Field(ge=1, le=16)] = 1


class Resources(Plain):
    """What one replica asks for; the memory is its limit too.

    Attributes:
        cpu: cores, as a quantity.
        memory: bytes, as a quantity.
    """

    cpu: Quantity = "100m"
    memory: Quantity = "512Mi"
    accelerators: Accelerators | None = None


class ModelServer(Plain):
    """A model served by a known server.

    Attributes:
        artifact: its files.
        args: arguments added to the server's own.
        env: environment added to the server's own; never secrets.
    """

    kind: Literal["server"] = "server"
    format: Annotated[Format, Field(strict=False)]
    artifact: Annotated[Artifact | HuggingFace, Field()]
    args: tuple[str, ...] = ()
    env: dict[EnvName, str] = {}
    resources: Resources = Resources()


class Container(Plain):
    """A container of the user's own that serves HTTP.

    Attributes:
        port: the port it listens on, above 1023 because it runs without privileges.
        ready_path: answers 200 when it can serve.
        live_path: answers 200 while it lives.
    """

    kind: Literal["container"] = "container"
    image: Annotated[Image | BuiltImage, Field()]
    port: Annotated[int, Field(ge=1024, le=65535)] = 8080
    ready_path: Annotated[str, Field(pattern="^/")] = "/health/ready"
    live_path: Annotated[str, Field(pattern="^/")] = "/health/live"
    args: tuple[str, ...] = ()
    env: dict[EnvName, str] = {}
    resources: Resources = Resources()


Node = Annotated[ModelServer | Container, Field(discriminator="kind")]
