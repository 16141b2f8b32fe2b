"""What KServe alone knows: the slots of a declaration that its builder reads.

Names are KServe's own, in snake_case. Source: KServe v0.20.0, pkg/apis/serving/v1beta1 and pkg/constants.
"""

from typing import Literal

from catalog.plain import Plain
from components.serving.spec.kserve_parts import (
    Component,
    Confidential,
    Extension,
    Logger,
    ProtocolVersion,
    Router,
    Storage,
    StorageUri,
)
from components.serving.spec.pod import PodPart

Mode = Literal["Standard", "Knative", "ModelMesh"]


class Worker(Plain):
    """The other pods of a model that needs several nodes.

    Attributes:
        pod: their PodSpec, by Kubernetes' names.
        pipeline_parallel_size: how many pods the layers are spread over, the head among them.
        tensor_parallel_size: accelerators of each.
    """

    pod: PodPart = {}
    pipeline_parallel_size: int | None = None
    tensor_parallel_size: int | None = None


class KServe(Plain):
    """Of the whole InferenceService. What has an annotation of KServe's is written as such.

    Attributes:
        deployment_mode: instead of the stack's.
        autoscaler_class: what scales in Standard mode; `hpa` without it.
        knative_class: what scales in Knative mode, `hpa.autoscaling.knative.dev`; Knative's own without it.
        rollout_duration: of a gradual rollout in Knative mode, `120s`.
        storage_secret_name: of the Secret with storage keys, instead of `storage-config`.
        storage_readonly: whether the model's files are mounted read-only.
        node_group: of the local model cache.
        dra_device_class: class of devices that dynamic resource allocation gives; the three after it go with it.
        router: of the InferenceGraph, where the graph needs one.
    """

    deployment_mode: Mode | None = None
    autoscaler_class: Literal["hpa", "keda", "external", "none"] | None = None
    knative_class: str | None = None
    rollout_duration: str | None = None
    model_format_annotation: str | None = None
    metrics: str | None = None
    target_utilization_percentage: int | None = None
    enable_tag_routing: bool | None = None
    enable_metric_aggregation: bool | None = None
    enable_prometheus_scraping: bool | None = None
    prometheus_port: int | None = None
    prometheus_path: str | None = None
    stop: bool | None = None
    gke_accelerator: str | None = None
    gpu_resource_types: tuple[str, ...] | None = None
    storage_secret_name: str | None = None
    storage_readonly: bool | None = None
    logger_secret_name: str | None = None
    logger_secret_path: str | None = None
    logger_secret_file: str | None = None
    node_group: str | None = None
    disable_localmodel: bool | None = None
    disable_auto_update: bool | None = None
    dra_device_class: str | None = None
    dra_cel_selector: str | None = None
    dra_device_count: int | None = None
    dra_container_name: str | None = None
    router: Router | None = None


class KServePredictor(Extension):
    """Of one predictor: the stable one, or a canary.

    Attributes:
        name: in the InferenceService; by default the predictor's own, which is left out where that is `default`.
        storage_container_name: of the ClusterStorageContainer that fetches, instead of the one for the URI's scheme.
        worker: the other pods of a model that needs several nodes.
    """

    name: str | None = None
    storage_container_name: str | None = None
    worker: Worker | None = None


class KServeNode(Plain):
    """Of one model server, or one container.

    Attributes:
        runtime: name of the ServingRuntime; KServe chooses one by format and protocol without it.
        model_format: name of the format, where `format` is `custom`.
        protocol_version: instead of what the declaration's protocol and transport say.
        storage: by key instead of by URI.
        storage_uris: several instead of one.
        framework_block: `predictor.<format>` instead of `predictor.model`; kept in ModelMesh mode and in canaries,
            where the webhook does not rewrite it.
        logger: instead of `logging`.
        container_at: place of its container among those in `pod`.
        component: of a transformer; what a predictor has is in its own slot.
    """

    runtime: str | None = None
    model_format: str | None = None
    protocol_version: ProtocolVersion | None = None
    storage: Storage | None = None
    storage_uris: tuple[StorageUri, ...] | None = None
    confidential: Confidential | None = None
    framework_block: bool = False
    logger: Logger | None = None
    container_at: int = 0
    component: Component | None = None


class KServeExplainer(Plain):
    """Of an explainer.

    Attributes:
        art_type: of the adversarial robustness toolbox's explainer, where the method does not tell it.
        runtime_version: of its image.
        storage: by key instead of by URI.
        container_at: place of its container among those in `pod`.
    """

    art_type: str | None = None
    runtime_version: str | None = None
    storage: Storage | None = None
    storage_uris: tuple[StorageUri, ...] | None = None
    logger: Logger | None = None
    container_at: int = 0
    component: Component | None = None
