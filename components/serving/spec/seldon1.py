"""What Seldon Core 1 alone knows: the slots of a declaration that its builder reads.

Field by field the SeldonDeployment v1 of seldon-core v1.17.1, operator/apis/machinelearning.seldon.io/v1/
seldondeployment_types.go; what has a common place in a declaration is not here again.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from catalog.plain import Plain
from components.serving.spec.pod import ContainerPart, Env, PodPart, part

PodsOrPercent = int | Annotated[str, Field(pattern=r"^\d+%$")]
"""A number of pods, or a share of them: `50%`."""
MetricV2Beta1 = Annotated[dict[str, Any], AfterValidator(part("seldon1.MetricSpec"))]
"""A metric as autoscaling/v2beta1 had it, by its field names."""
MetricV2 = Annotated[dict[str, Any], AfterValidator(part("seldon1.Metricsv2"))]
"""A metric of autoscaling/v2, by its field names."""
Trigger = Annotated[dict[str, Any], AfterValidator(part("seldon1.Trigger"))]
"""A trigger of KEDA, by its field names."""
Requirements = Annotated[dict[str, Any], AfterValidator(part("ResourceRequirements"))]
"""`requests` and `limits`, by Kubernetes' names."""


class Hpa(Plain):
    """`hpaSpec`: how Kubernetes' own autoscaler sets the replicas of a component.

    Attributes:
        metrics: in the older form; the operator takes these before `metricsv2`.
    """

    min_replicas: int | None = None
    max_replicas: int
    metrics: tuple[MetricV2Beta1, ...] = ()
    metricsv2: tuple[MetricV2, ...] = ()


class Keda(Plain):
    """`kedaSpec`: how KEDA sets the replicas of a component.

    Attributes:
        polling_interval: seconds between two looks at the triggers.
        cooldown_period: seconds from the last active trigger to the scale below the minimum.
        advanced: by KEDA's field names.
        fallback: by KEDA's field names.
    """

    triggers: tuple[Trigger, ...]
    polling_interval: int | None = None
    cooldown_period: int | None = None
    idle_replicas: int | None = None
    min_replicas: int | None = None
    max_replicas: int | None = None
    advanced: Annotated[dict[str, Any], AfterValidator(part("seldon1.Advanced"))] | None = None
    fallback: Annotated[dict[str, Any], AfterValidator(part("seldon1.Fallback"))] | None = None


class DisruptionBudget(Plain):
    """`pdbSpec`; the operator's selector takes in all pods of the whole SeldonDeployment."""

    min_available: PodsOrPercent | None = None
    max_unavailable: PodsOrPercent | None = None


class Seldon1Component(Plain):
    """One of `componentSpecs`: one Deployment, with pods that hold one node or several.

    Attributes:
        containers: of the pod, in their order: a node's name, or a container beside the nodes, by Kubernetes' names.
        name: of the component (`metadata.name`), which becomes part of the Deployment's.
        labels: of its pods.
        annotations: of its pods.
        replicas: instead of the predictor's.
        pod: more fields of the pod, by Kubernetes' names.
    """

    containers: tuple[str | ContainerPart, ...] = ()
    name: str | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    replicas: int | None = None
    hpa: Hpa | None = None
    keda: Keda | None = None
    disruption_budget: DisruptionBudget | None = None
    pod: PodPart = {}


class Orchestrator(Plain):
    """`svcOrchSpec`: the executor that sends requests through the graph.

    Attributes:
        resources: the operator's own where nothing is given; none at all with an empty map.
        replicas: only where it runs in pods of its own (`separate_orchestrator`).
    """

    env: Env = {}
    resources: Requirements | None = None
    replicas: int | None = None


class Endpoint(Plain):
    """Where a node is spoken to, as the executor should believe; the operator sets what is not given."""

    service_host: str | None = None
    service_port: int | None = None
    type: Literal["REST", "GRPC"] | None = None
    http_port: int | None = None
    grpc_port: int | None = None


class Istio(Plain):
    """Annotations for Istio's VirtualService.

    Attributes:
        gateway: `<namespace>/<name>`; the operator's own by default.
        host: one or several, separated by commas.
        retries: of a failed request.
        retries_timeout: of each try, in seconds.
    """

    gateway: str | None = None
    host: str | None = None
    retries: int | None = None
    retries_timeout: int | None = None


class Ambassador(Plain):
    """Annotations for Ambassador's Mapping.

    Attributes:
        config: a whole configuration of one's own; only Ambassador v1 reads it.
        max_connections: of the circuit breaker, as are the three after it.
    """

    service_name: str | None = None
    header: str | None = None
    regex_header: str | None = None
    id: str | None = None
    retries: int | None = None
    config: str | None = None
    max_connections: int | None = None
    max_pending_requests: int | None = None
    max_requests: int | None = None
    max_retries: int | None = None


class Seldon1(Plain):
    """Of the whole SeldonDeployment.

    Attributes:
        annotations: `spec.annotations` beyond those with fields of their own here.
        spec_name: the deprecated `spec.name`, which nothing reads.
        server_type: `kafka` makes the executor read requests from a topic.
        replicas: `spec.replicas`, where it is not what `scaling` says.
        rest_timeout: of a call of the executor to a node, in milliseconds; `exposure.timeout_seconds` by default.
        grpc_timeout: the same for gRPC.
        grpc_max_message_size: in bytes.
        separate_orchestrator: the executor has pods of its own.
        headless_service: the Services have no address of their own, for gRPC clients that balance by themselves.
        no_storage_initializer: Triton reads its models by itself.
        logger_queue_size: payloads that wait at the executor to be logged.
        logger_write_timeout: how long the executor waits for room in that queue, in milliseconds.
    """

    annotations: dict[str, str] = {}
    spec_name: str | None = None
    server_type: Literal["rpc", "kafka"] | None = None
    replicas: int | None = None
    rest_timeout: int | None = None
    grpc_timeout: int | None = None
    grpc_max_message_size: int | None = None
    separate_orchestrator: bool = False
    headless_service: bool = False
    no_storage_initializer: bool = False
    logger_queue_size: int | None = None
    logger_write_timeout: int | None = None
    istio: Istio = Istio()
    ambassador: Ambassador = Ambassador()


class Seldon1Predictor(Plain):
    """Of one predictor.

    Attributes:
        components: how its nodes are put into pods; by default every node has pods of its own.
        tls_secret: name of the Secret with the pods' certificate; `exposure.tls_secret` by default.
        engine_resources: `engineResources`, which nothing reads; `orchestrator.resources` is what is meant.
        progress_deadline: seconds without progress after which its rollout has failed.
        no_orchestrator: requests go straight to its only node.
        service_name: of its Service, instead of `<deployment>-<predictor>`.
    """

    components: tuple[Seldon1Component, ...] = ()
    orchestrator: Orchestrator = Orchestrator()
    engine_resources: Requirements = {}
    tls_secret: str | None = None
    progress_deadline: int | None = None
    no_orchestrator: bool = False
    service_name: str | None = None


class Seldon1Node(Plain):
    """Of one node of the graph.

    Attributes:
        implementation: of a server that only this cluster's operator knows (format `custom`), by its key in
            `predictor_servers`; `UNKNOWN_IMPLEMENTATION` says of a container what is so without it.
        type: instead of what the role says: `""` leaves it out, so that only `methods` and `implementation` count.
        methods: what the executor calls, where the type does not say it.
        service_account: whose credentials fetch the artifact.
        env_secret: name of the Secret with the settings of the step that fetches the artifact.
        storage_initializer_image: of that step.
    """

    implementation: Annotated[str, Field(min_length=1)] | None = None
    type: Literal["", "UNKNOWN_TYPE", "MODEL"] | None = None
    methods: tuple[Literal["TRANSFORM_INPUT", "TRANSFORM_OUTPUT", "ROUTE", "AGGREGATE", "SEND_FEEDBACK"], ...] = ()
    endpoint: Endpoint = Endpoint()
    service_account: str | None = None
    env_secret: str | None = None
    storage_initializer_image: str | None = None


class Seldon1Explainer(Plain):
    """Of an explainer.

    Attributes:
        type: of a method that only its image knows (method `custom`); without it the operator makes no explainer.
        config: arguments of its server beyond `parameters`; read with the protocols seldon and tensorflow.
        init_parameters: JSON for its server instead of `parameters`; read with protocol v2.
    """

    type: str | None = None
    config: dict[str, str] = {}
    init_parameters: str | None = None
    endpoint: Endpoint = Endpoint()
    service_account: str | None = None
    env_secret: str | None = None
    storage_initializer_image: str | None = None
