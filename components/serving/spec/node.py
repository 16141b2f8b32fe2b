"""The nodes of an inference graph: a model server, a container of the user's own, or what an engine has built in."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from catalog.plain import Plain
from components.serving.spec.artifact import ArtifactReference, BuiltImage, Image
from components.serving.spec.kserve import KServeNode
from components.serving.spec.plain import PlainNode
from components.serving.spec.pod import ContainerPart, Env, EnvName, PodPart, Resources, SecretRef
from components.serving.spec.seldon1 import Seldon1Node
from components.serving.spec.seldon2 import Seldon2Node


class Format(StrEnum):
    """What a model server reads."""

    SKLEARN = "sklearn"
    XGBOOST = "xgboost"
    LIGHTGBM = "lightgbm"
    MLFLOW = "mlflow"
    TENSORFLOW = "tensorflow"
    PYTORCH = "pytorch"
    ONNX = "onnx"
    TRITON = "triton"
    HUGGINGFACE = "huggingface"
    VLLM = "vllm"
    PMML = "pmml"
    PADDLE = "paddle"
    CUSTOM = "custom"
    """Named in the engine's slot: a server, or a runtime, that only this cluster's engine knows."""


class Role(StrEnum):
    """What a node does with a request, in Seldon Core's words."""

    MODEL = "model"
    TRANSFORMER = "transformer"
    OUTPUT_TRANSFORMER = "output_transformer"
    ROUTER = "router"
    COMBINER = "combiner"


class Parameter(Plain):
    """A typed value that the engine hands to a node.

    Attributes:
        value: as text, in the engine's own form.
    """

    name: str
    value: str
    type: Literal["INT", "FLOAT", "DOUBLE", "STRING", "BOOL"] = "STRING"


class PayloadLogging(Plain):
    """Requests and responses of a node, sent on as CloudEvents.

    Attributes:
        url: where to; the engine's own default without it.
        mode: what of a call.
        options: of the engine's logger beyond these, by its own names (KServe: `metadataHeaders`, `storage`, ...).
    """

    url: str | None = None
    mode: Literal["all", "request", "response"] = "all"
    options: dict[str, Any] = {}


class _Node(Plain):
    """What every node has.

    Attributes:
        name: inside its predictor; the model's own name by default.
        children: what it hands its result to, or chooses from, or combines.
        env: of its container, beside what its server needs; never secrets.
        secrets: variables whose values are secrets, by name.
        container: more fields of its container, by Kubernetes' names.
        pod: more fields of its pod, by Kubernetes' names.
    """

    name: str | None = None
    role: Annotated[Role, Field(strict=False)] = Role.MODEL
    children: tuple["Node", ...] = ()
    parameters: tuple[Parameter, ...] = ()
    args: tuple[str, ...] = ()
    env: Env = {}
    secrets: dict[EnvName, SecretRef] = {}
    resources: Resources = Resources()
    logging: PayloadLogging | None = None
    container: ContainerPart = {}
    pod: PodPart = {}
    seldon1: Seldon1Node | None = None
    seldon2: Seldon2Node | None = None
    kserve: KServeNode | None = None
    plain: PlainNode | None = None


class ModelServer(_Node):
    """A model served by a known server.

    Attributes:
        artifact: its files; None where the server gets them by itself.
        format_version: of the format, where a server distinguishes them.
        server_version: of the server, an image tag of its engine; the engine's own by default.
        image: instead of the server's own.
    """

    kind: Literal["server"] = "server"
    format: Annotated[Format, Field(strict=False)]
    artifact: Annotated[ArtifactReference | None, Field()] = None
    format_version: str | None = None
    server_version: str | None = None
    image: Annotated[Image | BuiltImage | None, Field()] = None


class Container(_Node):
    """A container of the user's own: a SeldonComponent, a Flask or a FastAPI app.

    Attributes:
        port: the port it listens on for HTTP, above 1023 because it runs without privileges; None where the engine
            tells it.
        grpc_port: the same for gRPC.
        ready_path: answers 200 when it can serve; None where it has none: a connection is enough.
        live_path: answers 200 while it lives.
        artifact: files that its engine, or its first step, puts below `/mnt/models`.
    """

    kind: Literal["container"] = "container"
    image: Annotated[Image | BuiltImage, Field()]
    port: Annotated[int | None, Field(ge=1024, le=65535)] = 8080
    grpc_port: Annotated[int | None, Field(ge=1024, le=65535)] = None
    ready_path: Annotated[str | None, Field(pattern="^/")] = "/health/ready"
    live_path: Annotated[str | None, Field(pattern="^/")] = "/health/live"
    artifact: Annotated[ArtifactReference | None, Field()] = None


class Builtin(_Node):
    """A node that the engine's own orchestrator plays, without a container.

    Attributes:
        implementation: `random_ab_test` sends a share `ratioA` of the requests to the first of its two children.
    """

    kind: Literal["builtin"] = "builtin"
    implementation: Literal["random_ab_test", "average_combiner", "simple_model", "simple_router"]


Node = Annotated[ModelServer | Container | Builtin, Field(discriminator="kind")]


def walk(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    """A node and all below it, each with its path in the declaration, parents first."""
    yield path, node
    for at, child in enumerate(node.children):
        yield from walk(child, f"{path}.children[{at}]")
