"""The known model servers: how each is started, asked whether it is ready, and told where its model is.

Sources: MLServer, https://mlserver.readthedocs.io/en/stable/reference/settings.html; vLLM,
https://docs.vllm.ai/en/stable/serving/openai_compatible_server.html; TensorFlow Serving, Triton, TorchServe and the
Hugging Face server as KServe starts them, https://github.com/kserve/kserve `config/runtimes/*.yaml` and
`python/huggingfaceserver`, commit aaac4e294 (read 2026-11-21).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from components import versions
from components.serving.spec import Container, Format, HuggingFace, ModelServer, Parameter, Protocol

MODELS_DIR = "/mnt/models"
# The Python wrapper of Seldon Core 1: its own ports, and the names by which it is told others,
# https://github.com/SeldonIO/seldon-core/blob/v1.17.1/python/seldon_core/microservice.py
SELDON_PORT = 9000
_PARALLEL = ("--tensor-parallel-size", "-tp", "--pipeline-parallel-size", "-pp", "--data-parallel-size", "-dp")
_TMP = "/tmp"  # noqa: S108  a path in the pod, on its own volume


@dataclass(frozen=True, kw_only=True, slots=True)
class Runtime:
    """A server as a container.

    Attributes:
        port: where it answers over HTTP.
        grpc_port: where it answers over gRPC; None where it does not.
        ready_path: answers 200 when the model can be asked; None where a connection is all that tells it.
        live_path: answers 200 while the process is well.
    """

    args: list[str]
    env: dict[str, str]
    port: int
    ready_path: str | None
    live_path: str | None
    grpc_port: int | None = None
    command: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A known server.

    Attributes:
        title: its name for people.
        image: by reference; None where it is built from this repository.
        protocols: that it speaks over HTTP.
        grpc: the protocols of these that it speaks over gRPC.
        downloads: it can get a model from the Hugging Face hub by itself.
        start: how it runs: from the model's name, which is also its name at the server, and the node.
        told: variables by which it is told the protocol; without one it is told the first.
    """

    title: str
    image: str | None
    protocols: tuple[Protocol, ...]
    start: Callable[[str, ModelServer], Runtime]
    grpc: tuple[Protocol, ...] = ()
    downloads: bool = False
    told: Mapping[Protocol, Mapping[str, str]] = field(default_factory=dict)

    @property
    def repository(self) -> str:
        """Where its images are, without a tag."""
        return (self.image or versions.MLSERVER_FULL_IMAGE).rpartition(":")[0]


def runtime(name: str, server: ModelServer, protocol: Protocol | None) -> Runtime:
    """How the server of this node runs.

    Args:
        name: the model's name, which is also its name at the server.
        server: the node; its format has a server.
        protocol: of the deployment; None is the server's first.
    """
    known = SERVERS[server.format]
    started = known.start(name, server)
    return replace(started, env=started.env | dict(known.told.get(protocol or known.protocols[0], {})))


def image(server: ModelServer) -> str | None:
    """The server's own image, in the declared version; None where it is built from this repository."""
    known = SERVERS[server.format]
    if server.server_version is None:
        return known.image
    return f"{known.repository}:{server.server_version}"


def container_runtime(node: Container, protocol: Protocol | None) -> Runtime:
    """How a container of the user's own runs.

    Args:
        node: the container.
        protocol: of the deployment: a SeldonComponent is told its ports and parameters by its wrapper's variables.
    """
    port, env = node.port or 8080, {}
    if protocol is Protocol.SELDON:
        port = node.port or SELDON_PORT
        env["PREDICTIVE_UNIT_HTTP_SERVICE_PORT"] = str(port)
        if node.grpc_port:
            env["PREDICTIVE_UNIT_GRPC_SERVICE_PORT"] = str(node.grpc_port)
        if node.parameters:
            env["PREDICTIVE_UNIT_PARAMETERS"] = json.dumps([_parameter(p) for p in node.parameters])
    return Runtime(
        args=list(node.args),
        env=env,
        port=port,
        grpc_port=node.grpc_port,
        ready_path=node.ready_path,
        live_path=node.live_path,
    )


def _parameter(parameter: Parameter) -> dict[str, str]:
    return {"name": parameter.name, "value": parameter.value, "type": parameter.type}


def _mlserver(implementation: str) -> Callable[[str, ModelServer], Runtime]:
    """MLServer with a runtime; a `model-settings.json` beside the model goes before these variables."""

    def start(name: str, server: ModelServer) -> Runtime:
        env = {
            # One process: a pool of workers would hold the model once more each, for no gain on one core.
            "MLSERVER_PARALLEL_WORKERS": "0",
            "MLSERVER_HTTP_PORT": "8080",
            "MLSERVER_GRPC_PORT": "8081",
            # The root file system is read-only.
            "MLSERVER_METRICS_DIR": _TMP,
            "MLSERVER_MODEL_IMPLEMENTATION": implementation,
            "MLSERVER_MODEL_NAME": name,
            "MLSERVER_MODEL_URI": f"{MODELS_DIR}/{name}",
        }
        return Runtime(
            command=["mlserver"],
            args=["start", f"{MODELS_DIR}/{name}", *server.args],
            env=env,
            port=8080,
            grpc_port=8081,
            ready_path=f"/v2/models/{name}/ready",
            live_path="/v2/health/live",
        )

    return start


def _tensorflow(name: str, server: ModelServer) -> Runtime:
    """Below the model's directory lies one directory a version, named by a number."""
    return Runtime(
        command=["/usr/bin/tensorflow_model_server"],
        args=[
            f"--model_name={name}",
            f"--model_base_path={MODELS_DIR}/{name}",
            "--port=8500",
            "--rest_api_port=8501",
            *server.args,
        ],
        env={},
        port=8501,
        grpc_port=8500,
        ready_path=f"/v1/models/{name}",
        live_path=None,
    )


def _torchserve(name: str, server: ModelServer) -> Runtime:
    """The model's directory has `model-store/` and `config/config.properties`, as KServe's samples lay it out."""
    base = f"{MODELS_DIR}/{name}"
    return Runtime(
        args=[
            "torchserve",
            "--start",
            f"--model-store={base}/model-store",
            f"--ts-config={base}/config/config.properties",
            *server.args,
        ],
        env={},
        port=8080,
        ready_path=f"/v2/models/{name}/ready",
        live_path="/v2/health/live",
    )


def _triton(name: str, server: ModelServer) -> Runtime:
    """The model's directory is one of a model repository: `config.pbtxt` and one directory a version."""
    return Runtime(
        command=["tritonserver"],
        args=[f"--model-repository={MODELS_DIR}", "--http-port=8000", "--grpc-port=8001", *server.args],
        env={},
        port=8000,
        grpc_port=8001,
        ready_path=f"/v2/models/{name}/ready",
        live_path="/v2/health/live",
    )


def _huggingface(name: str, server: ModelServer) -> Runtime:
    match server.artifact:
        case HuggingFace() as hub:
            source = [f"--model_id={hub.repo}", f"--model_revision={hub.revision}"]
        case None:
            source = []
        case _:
            source = [f"--model_dir={MODELS_DIR}/{name}"]
    return Runtime(
        args=[f"--model_name={name}", *source, *server.args],
        env={"HF_HOME": f"{_TMP}/huggingface"},
        port=8080,
        grpc_port=8081,
        ready_path=f"/v2/models/{name}/ready",
        live_path="/v2/health/live",
    )


def _vllm(name: str, server: ModelServer) -> Runtime:
    match server.artifact:
        case HuggingFace() as hub:
            model = [f"--model={hub.repo}", f"--revision={hub.revision}"]
        case None:
            model = []
        case _:
            model = [f"--model={MODELS_DIR}/{name}"]
    return Runtime(
        args=[*model, f"--served-model-name={name}", "--port=8000", *_spread(server), *server.args],
        env={"HF_HOME": f"{_TMP}/huggingface"},
        port=8000,
        ready_path="/health",
        live_path="/health",
    )


def _spread(server: ModelServer) -> list[str]:
    """vLLM uses one accelerator unless it is told otherwise, so that the others would be paid for and idle."""
    wanted = server.resources.accelerators
    said = any(arg.startswith(_PARALLEL) for arg in server.args)
    return [f"--tensor-parallel-size={wanted.count}"] if wanted and wanted.count > 1 and not said else []


def _mlserver_for(implementation: str, image: str | None = versions.MLSERVER_FULL_IMAGE) -> Server:
    return Server(
        title="MLServer",
        image=image,
        protocols=(Protocol.V2,),
        grpc=(Protocol.V2,),
        start=_mlserver(implementation),
    )


def _triton_server() -> Server:
    return Server(
        title="Triton", image=versions.TRITON_IMAGE, protocols=(Protocol.V2,), grpc=(Protocol.V2,), start=_triton
    )


SERVERS: dict[Format, Server] = {
    Format.SKLEARN: _mlserver_for("mlserver_sklearn.SKLearnModel", image=None),
    Format.XGBOOST: _mlserver_for("mlserver_xgboost.XGBoostModel"),
    Format.LIGHTGBM: _mlserver_for("mlserver_lightgbm.LightGBMModel"),
    Format.MLFLOW: _mlserver_for("mlserver_mlflow.MLflowRuntime"),
    Format.TENSORFLOW: Server(
        title="TensorFlow Serving",
        image=versions.TENSORFLOW_SERVING_IMAGE,
        protocols=(Protocol.TENSORFLOW, Protocol.V1),
        grpc=(Protocol.TENSORFLOW,),
        start=_tensorflow,
    ),
    Format.PYTORCH: Server(
        title="TorchServe",
        image=versions.TORCHSERVE_IMAGE,
        protocols=(Protocol.V1, Protocol.V2),
        start=_torchserve,
        told={
            Protocol.V1: {"TS_SERVICE_ENVELOPE": "kserve"},
            Protocol.V2: {"TS_SERVICE_ENVELOPE": "kservev2"},
        },
    ),
    Format.ONNX: _triton_server(),
    Format.TRITON: _triton_server(),
    Format.HUGGINGFACE: Server(
        title="the Hugging Face server",
        image=versions.HUGGINGFACE_SERVER_IMAGE,
        protocols=(Protocol.V2, Protocol.V1, Protocol.OPENAI),
        grpc=(Protocol.V2,),
        start=_huggingface,
        downloads=True,
    ),
    Format.VLLM: Server(
        title="vLLM", image=versions.VLLM_IMAGE, protocols=(Protocol.OPENAI,), start=_vllm, downloads=True
    ),
}
"""By format; a format that is not here has no server of its own on plain Kubernetes."""
