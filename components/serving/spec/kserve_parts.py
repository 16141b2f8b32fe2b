"""Parts of KServe's kinds that no common place knows: storage, logger, batcher, autoscaling, router.

Names are KServe's own, in snake_case. Source: KServe v0.20.0, pkg/apis/serving/v1beta1 and pkg/constants.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from catalog.plain import Plain
from components.serving.spec.pod import PodPart

ProtocolVersion = Literal["v1", "v2", "grpc-v1", "grpc-v2"]
MetricType = Literal["Utilization", "Value", "AverageValue"]


class Slot(Plain):
    """Plain data that KServe has under the same names in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=False)

    def written(self) -> dict[str, Any]:
        """As KServe has it: its names, and nothing that is not said."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Storage(Slot):
    """Where the files are, by a key of the Secret `storage-config`.

    Attributes:
        path: below the storage's root.
        parameters: instead of the Secret's own, such as `type` and `bucket`.
        key: of the Secret.
        schema_path: of the file with the model's schema.
    """

    path: str | None = None
    parameters: dict[str, str] | None = None
    key: str | None = None
    schema_path: str | None = None


class StorageUri(Slot):
    """Files to be fetched, and where they are mounted; `/mnt/models` by default."""

    uri: Annotated[str, Field(min_length=1)]
    mount_path: str | None = None


class Confidential(Slot):
    """Encrypted files, decrypted with a key that a key broker gives to an attested pod.

    Attributes:
        resource_id: of the key, `kbs:///<repository>/<type>/<tag>`.
    """

    enabled: bool
    resource_id: str | None = None


class LoggerStorage(Slot):
    """Where calls are written instead of being sent on."""

    path: str | None = None
    parameters: dict[str, str] | None = None
    key: str | None = None
    service_account_name: str | None = None


class Logger(Slot):
    """The whole logger of a component, where url and mode are not enough.

    Attributes:
        mode: `all`, `request` or `response`; the webhook demands it.
        marshaller_url: what turns records into the form in which they are stored.
        batch_size: records stored at once.
        batch_interval: an incomplete batch is stored after so long, `5s`.
    """

    url: str | None = None
    mode: str | None = None
    metadata_headers: tuple[str, ...] | None = None
    metadata_annotations: tuple[str, ...] | None = None
    storage: LoggerStorage | None = None
    marshaller_url: str | None = None
    batch_size: int | None = None
    batch_interval: str | None = None


class Batcher(Slot):
    """Requests answered together.

    Attributes:
        max_latency: a batch waits so long, in milliseconds.
        timeout: of a batch, in seconds.
    """

    max_batch_size: int | None = None
    max_latency: int | None = None
    timeout: int | None = None


class MetricTarget(Slot):
    """What a metric should be, by its type."""

    type: MetricType | None = None
    value: str | int | None = None
    average_value: str | int | None = None
    average_utilization: int | None = None


class ResourceMetric(Slot):
    """Cores or memory in use."""

    name: Literal["cpu", "memory"] | None = None
    target: MetricTarget | None = None


class ExternalQuery(Slot):
    """A query of a metrics server."""

    backend: Literal["prometheus", "graphite"] | None = None
    server_address: str | None = None
    query: str | None = None
    namespace: str | None = None


class AuthenticationName(Slot):
    """A TriggerAuthentication by name."""

    name: str


class Authentication(Slot):
    """How KEDA proves who it is to the metrics server."""

    authentication_ref: AuthenticationName
    auth_modes: str | None = None


class ExternalMetric(Slot):
    """A query, through KEDA."""

    metric: ExternalQuery
    authentication_ref: Authentication | None = None
    target: MetricTarget


class PodQuery(Slot):
    """A query of what the pods themselves report."""

    backend: Literal["opentelemetry"] | None = None
    server_address: str | None = None
    metric_names: tuple[str, ...] | None = None
    query: str | None = None
    operation_over_time: str | None = None


class PodMetric(Slot):
    """What the pods report, through KEDA and OpenTelemetry."""

    metric: PodQuery
    target: MetricTarget


class AutoScalingMetric(Slot):
    """One metric; the field of its type is given."""

    type: Literal["Resource", "External", "PodMetric"]
    resource: ResourceMetric | None = None
    external: ExternalMetric | None = None
    podmetric: PodMetric | None = None


class AutoScaling(Slot):
    """Metrics beyond one scale metric.

    Attributes:
        behavior: by the field names of Kubernetes' HorizontalPodAutoscaler; read with KEDA only.
    """

    metrics: tuple[AutoScalingMetric, ...] | None = None
    behavior: dict[str, Any] | None = None


class RollingUpdate(Slot):
    """How many replicas come before, and go after, the others."""

    max_surge: int | str | None = None
    max_unavailable: int | str | None = None


class DeploymentStrategy(Slot):
    """Of the component's Deployment, in Standard mode."""

    type: Literal["Recreate", "RollingUpdate"] | None = None
    rolling_update: RollingUpdate | None = None


class Extension(Slot):
    """What every component has beyond its pod, and no common place knows.

    Attributes:
        scale_target: of the scale metric: percent of what is requested, or requests.
        auto_scaling: metrics beyond one.
        container_concurrency: requests that one replica takes at once; Knative alone reads it.
        timeout: of one request, in seconds.
        canary_traffic_percent: of the requests for this revision, the rest for the last one rolled out; Knative alone.
        deployment_strategy: Standard mode alone.
    """

    scale_target: int | None = None
    scale_metric: Literal["cpu", "memory", "concurrency", "rps"] | None = None
    scale_metric_type: MetricType | None = None
    auto_scaling: AutoScaling | None = None
    container_concurrency: int | None = None
    timeout: int | None = None
    canary_traffic_percent: int | None = None
    batcher: Batcher | None = None
    deployment_strategy: DeploymentStrategy | None = None


class Component(Extension):
    """All of it, for a transformer or an explainer, which have no common place of their own.

    Attributes:
        labels: of its pods.
        annotations: of its pods.
    """

    min_replicas: int | None = None
    max_replicas: int | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class RouterTimeouts(Slot):
    """Of the router of an InferenceGraph, in seconds."""

    server_read: int | None = None
    server_write: int | None = None
    server_idle: int | None = None
    service_client: int | None = None


class RouterScaling(Slot):
    """How many routers, and how long one waits.

    Attributes:
        timeout: of one request, in seconds.
    """

    timeout: int | None = None
    router_timeouts: RouterTimeouts | None = None
    min_replicas: int | None = None
    max_replicas: int | None = None
    scale_target: int | None = None
    scale_metric: Literal["cpu", "memory", "concurrency", "rps"] | None = None


class Router(RouterScaling):
    """The pods that route the requests of an InferenceGraph.

    Attributes:
        resources: by Kubernetes' names.
        pod: of these, `affinity`, `tolerations`, `nodeSelector`, `nodeName` and `serviceAccountName` alone.
    """

    resources: dict[str, Any] = {}
    pod: PodPart = {}
