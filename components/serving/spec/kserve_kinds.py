"""KServe's own kinds as declarations: an InferenceGraph of services that exist, and a ServingRuntime."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from catalog.plain import Plain, Refusal
from components.serving.spec.kserve_parts import ProtocolVersion, Router, Slot
from components.serving.spec.pod import PodPart

ROOT = "root"
# What of a PodSpec each of the two kinds has.
ROUTER_POD = frozenset({"affinity", "nodeName", "nodeSelector", "serviceAccountName", "tolerations"})
RUNTIME_POD = frozenset(
    {"affinity", "containers", "hostIPC", "imagePullSecrets", "nodeSelector", "resourceClaims", "schedulerName",
     "tolerations", "volumes"}
)  # fmt: skip


def _runtime_pod(pod: PodPart) -> PodPart:
    for key in pod.keys() - RUNTIME_POD:
        raise Refusal(key, "a ServingRuntime has no such field of a pod", f"it has {', '.join(sorted(RUNTIME_POD))}")
    return pod


RuntimePod = Annotated[PodPart, AfterValidator(_runtime_pod)]


class Step(Slot):
    """Where a router of a graph sends a request.

    Attributes:
        name: inside its router; the key of its answer in an ensemble.
        node_name: another router of the graph; exactly one of these three is given.
        service_name: an InferenceService of the namespace.
        service_url: any URL.
        data: `$response` hands on what the step before has answered; the first request otherwise.
        map_predictions_to_instances: `predictions` of the step before become `instances` of this one.
        weight: of a splitter, in percent.
        condition: a gjson path that must exist: in the request for a switch, in the last answer for a sequence.
        dependency: a `Hard` one that fails ends the request.
    """

    name: str | None = None
    node_name: str | None = None
    service_name: str | None = None
    service_url: str | None = None
    data: str | None = None
    map_predictions_to_instances: bool | None = None
    weight: int | None = None
    condition: str | None = None
    dependency: Literal["Soft", "Hard"] | None = None


class GraphNode(Slot):
    """A router: steps one after the other, one by chance or condition, or all at once, their answers side by side."""

    router_type: Literal["Sequence", "Splitter", "Ensemble", "Switch"]
    steps: tuple[Step, ...] | None = None


class InferenceGraph(Plain):
    """Services called by a graph of routers, over HTTP.

    Attributes:
        nodes: routers by name; `root` gets the request.
        router: the pods that route.
        labels: of the object.
        annotations: of the object.
        acknowledge: why a trap, by its rule's id, is wanted all the same.
        safe_defaults: what KServe would fill in by a default is written out.
    """

    name: str
    nodes: dict[str, GraphNode]
    router: Router = Router()
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    acknowledge: dict[str, str] = {}
    safe_defaults: bool = True


class SupportedModelFormat(Slot):
    """A format that a runtime reads.

    Attributes:
        auto_select: chosen for a model of the format that names no runtime.
        priority: among several that could be chosen; the highest number wins.
    """

    name: str
    version: str | None = None
    auto_select: bool | None = None
    priority: Annotated[int | None, Field(ge=1)] = None


class RuntimeWorker(Plain):
    """The other pods of a runtime whose models need several nodes.

    Attributes:
        pod: what they have of a PodSpec.
        labels: of these pods.
        annotations: of these pods.
    """

    pod: RuntimePod = {}
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    pipeline_parallel_size: int | None = None
    tensor_parallel_size: int | None = None


class StorageHelper(Slot):
    """ModelMesh's puller of models."""

    disabled: bool | None = None


class BuiltInAdapter(Slot):
    """ModelMesh's adapter for a server that does not speak its own interface.

    Attributes:
        mem_buffer_bytes: of the container's memory, kept free of models.
        env: as Kubernetes has it.
    """

    server_type: str | None = None
    runtime_management_port: int | None = None
    mem_buffer_bytes: int | None = None
    model_loading_timeout_millis: int | None = None
    env: tuple[dict[str, object], ...] | None = None


class ModelMesh(Slot):
    """What of a runtime ModelMesh alone reads.

    Attributes:
        grpc_endpoint: of its model management, `port:8085` or `unix:/path`.
        grpc_data_endpoint: of inference over gRPC.
        http_data_endpoint: of inference over HTTP.
        replicas: of the runtime's Deployment.
    """

    multi_model: bool | None = None
    grpc_endpoint: str | None = None
    grpc_data_endpoint: str | None = None
    http_data_endpoint: str | None = None
    replicas: Annotated[int | None, Field(ge=0, le=65535)] = None
    storage_helper: StorageHelper | None = None
    built_in_adapter: BuiltInAdapter | None = None


class ServingRuntime(Plain):
    """How models of some formats are served: the pod that KServe makes for each.

    Attributes:
        cluster: a ClusterServingRuntime, for all namespaces.
        protocol_versions: that it speaks; none given: any.
        pod: what it has of a PodSpec; the container `kserve-container` serves.
        pod_labels: of the pods.
        pod_annotations: of the pods.
        worker: the other pods, for models that need several nodes.
        labels: of the object.
        annotations: of the object.
        acknowledge: why a trap, by its rule's id, is wanted all the same.
    """

    name: str
    cluster: bool = False
    supported_model_formats: tuple[SupportedModelFormat, ...] | None = None
    protocol_versions: tuple[ProtocolVersion, ...] | None = None
    disabled: bool | None = None
    pod: RuntimePod
    pod_labels: dict[str, str] | None = None
    pod_annotations: dict[str, str] | None = None
    worker: RuntimeWorker | None = None
    model_mesh: ModelMesh = ModelMesh()
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    acknowledge: dict[str, str] = {}
