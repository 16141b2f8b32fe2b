"""The known model servers: how each is started, asked whether it is ready, and told where its model is.

Sources: MLServer settings, https://mlserver.readthedocs.io/en/stable/reference/settings.html;
vLLM OpenAI-compatible server, https://docs.vllm.ai/en/stable/serving/openai_compatible_server.html.
"""

from dataclasses import dataclass, field

from components.serving.spec import Artifact, Format, HuggingFace, ModelServer

MODELS_DIR = "/mnt/models"


@dataclass(frozen=True, kw_only=True, slots=True)
class Runtime:
    """A server as a container.

    Attributes:
        ready_path: answers 200 when the model can be asked.
        live_path: answers 200 while the process is well.
    """

    args: list[str]
    env: dict[str, str]
    port: int
    ready_path: str
    live_path: str
    command: list[str] = field(default_factory=list)


def runtime(name: str, server: ModelServer) -> Runtime:
    """How the server of this node runs.

    Args:
        name: the model's name, which is also its name at the server.
        server: the node.
    """
    match server.format:
        case Format.SKLEARN:
            return _mlserver(name, server)
        case Format.VLLM:
            return _vllm(name, server)
        case other:
            raise TypeError(f"the plain engine has no server for {other}")


def _values(server: ModelServer) -> dict[str, str]:
    return {key: value for key, value in server.env.items() if isinstance(value, str)}


def _mlserver(name: str, server: ModelServer) -> Runtime:
    env = {
        # One process: a pool of workers would hold the model once more each, for no gain on one core.
        "MLSERVER_PARALLEL_WORKERS": "0",
        "MLSERVER_HTTP_PORT": "8080",
        "MLSERVER_GRPC_PORT": "8081",
        # The root file system is read-only.
        "MLSERVER_METRICS_DIR": "/tmp",  # noqa: S108  a path in the pod, on its own volume
        "MLSERVER_MODEL_NAME": name,
    }
    return Runtime(
        command=["mlserver"],
        args=["start", f"{MODELS_DIR}/{name}", *server.args],
        env=env | _values(server),
        port=8080,
        ready_path=f"/v2/models/{name}/ready",
        live_path="/v2/health/live",
    )


def _vllm(name: str, server: ModelServer) -> Runtime:
    source = server.artifact
    match source:
        case HuggingFace():
            model = [f"--model={source.repo}", f"--revision={source.revision}"]
        case Artifact():
            model = [f"--model={MODELS_DIR}/{name}"]
        case _:
            model = []
    return Runtime(
        args=[*model, f"--served-model-name={name}", "--port=8000", *server.args],
        env={"HF_HOME": "/tmp/huggingface"} | _values(server),  # noqa: S108  a path in the pod, on its own volume
        port=8000,
        ready_path="/health",
        live_path="/health",
    )
