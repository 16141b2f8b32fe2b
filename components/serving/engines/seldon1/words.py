"""The words of Seldon Core 1 for what a declaration says: one table each, read by the builder and by the import.

Sources: seldon-core v1.17.1, operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go; the annotations:
executor/api/, executor/k8s/annotation.go, operator/controllers/ and operator/controllers/ambassador/.
"""

from typing import Final

from components.serving.spec import Format, Method, ModelServer, Protocol, Role

API_VERSION: Final = "machinelearning.seldon.io/v1"
KIND: Final = "SeldonDeployment"

IMPLEMENTATIONS: Final = {
    Format.SKLEARN: "SKLEARN_SERVER",
    Format.XGBOOST: "XGBOOST_SERVER",
    Format.MLFLOW: "MLFLOW_SERVER",
    Format.TENSORFLOW: "TENSORFLOW_SERVER",
    Format.TRITON: "TRITON_SERVER",
    Format.HUGGINGFACE: "HUGGINGFACE_SERVER",
}
"""The servers that the operator ships, `helm-charts/seldon-core-operator/values.yaml` (`predictor_servers`)."""

SERVER_PROTOCOLS: Final = {
    "SKLEARN_SERVER": (Protocol.SELDON, Protocol.V2),
    "XGBOOST_SERVER": (Protocol.SELDON, Protocol.V2),
    "MLFLOW_SERVER": (Protocol.SELDON, Protocol.V2),
    "TENSORFLOW_SERVER": (Protocol.SELDON, Protocol.TENSORFLOW),
    "TRITON_SERVER": (Protocol.V2,),
    "HUGGINGFACE_SERVER": (Protocol.V2,),
    "TEMPO_SERVER": (Protocol.V2,),
}
"""The protocols for which the same file has an image."""

PROTOCOLS: Final = (Protocol.SELDON, Protocol.TENSORFLOW, Protocol.V2)

BUILTINS: Final = {
    "random_ab_test": "RANDOM_ABTEST",
    "average_combiner": "AVERAGE_COMBINER",
    "simple_model": "SIMPLE_MODEL",
    "simple_router": "SIMPLE_ROUTER",
}
UNKNOWN: Final = "UNKNOWN_IMPLEMENTATION"

ROLES: Final = {role: role.value.upper() for role in Role}

METHODS: Final = {
    Method.ANCHOR_TABULAR: "AnchorTabular",
    Method.ANCHOR_IMAGES: "AnchorImages",
    Method.ANCHOR_TEXT: "AnchorText",
    Method.COUNTERFACTUALS: "Counterfactuals",
    Method.CONTRASTIVE: "Contrastive",
    Method.KERNEL_SHAP: "KernelShap",
    Method.INTEGRATED_GRADIENTS: "IntegratedGradients",
    Method.ALE: "ALE",
    Method.TREE_SHAP: "TreeShap",
}

REST_TIMEOUT: Final = "seldon.io/rest-timeout"
GRPC_TIMEOUT: Final = "seldon.io/grpc-timeout"
ISTIO_HOST: Final = "seldon.io/istio-host"
NO_ENGINE: Final = "seldon.io/no-engine"
SERVICE_NAME: Final = "seldon.io/svc-name"

TELLS_ROUTES: Final = "SELDON_ENABLE_ROUTING_INJECTION"
"""A variable of the executor: executor/predictor/predictor_process.go."""

_BREAKERS = "seldon.io/ambassador-circuit-breakers-max"
ANNOTATIONS: Final = {
    "rest_timeout": REST_TIMEOUT,
    "grpc_timeout": GRPC_TIMEOUT,
    "grpc_max_message_size": "seldon.io/grpc-max-message-size",
    "separate_orchestrator": "seldon.io/engine-separate-pod",
    "headless_service": "seldon.io/headless-svc",
    "no_storage_initializer": "seldon.io/no-storage-initializer",
    "logger_queue_size": "seldon.io/executor-logger-queue-size",
    "logger_write_timeout": "seldon.io/executor-logger-write-timeout-ms",
    "istio.gateway": "seldon.io/istio-gateway",
    "istio.host": ISTIO_HOST,
    "istio.retries": "seldon.io/istio-retries",
    "istio.retries_timeout": "seldon.io/istio-retries-timeout",
    "ambassador.service_name": "seldon.io/ambassador-service-name",
    "ambassador.header": "seldon.io/ambassador-header",
    "ambassador.regex_header": "seldon.io/ambassador-regex-header",
    "ambassador.id": "seldon.io/ambassador-id",
    "ambassador.retries": "seldon.io/ambassador-retries",
    "ambassador.config": "seldon.io/ambassador-config",
    "ambassador.max_connections": f"{_BREAKERS}-connections",
    "ambassador.max_pending_requests": f"{_BREAKERS}-pending-requests",
    "ambassador.max_requests": f"{_BREAKERS}-requests",
    "ambassador.max_retries": f"{_BREAKERS}-retries",
}
"""What stands in `spec.annotations`, by the field of the slot `seldon1`."""

PREDICTOR_ANNOTATIONS: Final = {"no_orchestrator": NO_ENGINE, "service_name": SERVICE_NAME}
"""What stands in `predictors[].annotations`, by the field of the predictor's slot."""

ENDPOINT: Final = {
    "service_host": "service_host",
    "service_port": "service_port",
    "type": "type",
    "http_port": "httpPort",
    "grpc_port": "grpcPort",
}
FETCHING: Final = {
    "service_account": "serviceAccountName",
    "env_secret": "envSecretRefName",
    "storage_initializer_image": "storageInitializerImage",
}
"""How an artifact is fetched: the same three fields at a node and at an explainer."""

KEDA: Final = {
    "polling_interval": "pollingInterval",
    "cooldown_period": "cooldownPeriod",
    "idle_replicas": "idleReplicaCount",
    "min_replicas": "minReplicaCount",
    "max_replicas": "maxReplicaCount",
    "advanced": "advanced",
    "triggers": "triggers",
    "fallback": "fallback",
}


def implementation(server: ModelServer) -> str:
    """The key of its server in `predictor_servers`; empty where there is none for its format."""
    if server.seldon1 and server.seldon1.implementation:
        return server.seldon1.implementation
    # A cluster may have a server for a format that the operator ships none for; by convention it is called so.
    return IMPLEMENTATIONS.get(server.format, f"{server.format.value.upper()}_SERVER")
