"""Where the field tables are drawn from: files, versions, commits. Nothing here is read by the product."""

from dataclasses import dataclass, field
from typing import Any

KUBERNETES_SOURCE = {
    "project": "kubernetes/kubernetes",
    "version": "v1.36.3",
    "files": ["api/openapi-spec/swagger.json", "pkg/generated/openapi/zz_generated.openapi.go (enums)"],
    "licence": "Apache-2.0",
    "read": "2026-11-21",
}
_API = "io.k8s.api"
# Kinds by apiVersion, and the definitions that describe them.
KUBERNETES_KINDS = {
    "v1 ConfigMap": f"{_API}.core.v1.ConfigMap",
    "v1 LimitRange": f"{_API}.core.v1.LimitRange",
    "v1 Namespace": f"{_API}.core.v1.Namespace",
    "v1 ResourceQuota": f"{_API}.core.v1.ResourceQuota",
    "v1 Secret": f"{_API}.core.v1.Secret",
    "v1 Service": f"{_API}.core.v1.Service",
    "v1 ServiceAccount": f"{_API}.core.v1.ServiceAccount",
    "v1 Pod": f"{_API}.core.v1.Pod",
    "apps/v1 Deployment": f"{_API}.apps.v1.Deployment",
    "autoscaling/v2 HorizontalPodAutoscaler": f"{_API}.autoscaling.v2.HorizontalPodAutoscaler",
    "networking.k8s.io/v1 NetworkPolicy": f"{_API}.networking.v1.NetworkPolicy",
    "policy/v1 PodDisruptionBudget": f"{_API}.policy.v1.PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1 Role": f"{_API}.rbac.v1.Role",
    "rbac.authorization.k8s.io/v1 RoleBinding": f"{_API}.rbac.v1.RoleBinding",
}


@dataclass(frozen=True, kw_only=True)
class Family:
    """The custom kinds of one project.

    Attributes:
        source: goes into the table as it is.
        files: below the sources' directory, the custom resource definitions; `{version}` is replaced.
        version: of the definitions that the table holds.
        older: earlier versions, oldest first: what they lack is marked with the version that brought it.
        later: fields of later versions that are known by name alone: record to field to type.
        enums: values that the engine's Go types name and its definitions leave out, by record (`*`: all) and field.
        filled: what the definition requires and the engine's mutating webhook adds before the check: record and field.
    """

    source: dict[str, Any]
    files: tuple[str, ...]
    version: str
    older: tuple[str, ...] = ()
    later: dict[str, dict[str, str]] = field(default_factory=dict)
    enums: dict[tuple[str, str], str] = field(default_factory=dict)
    filled: tuple[tuple[str, str], ...] = ()


KSERVE_BLOCKS = (
    "Huggingface", "Lightgbm", "Model", "Onnx", "Paddle", "Pmml", "Pytorch", "Sklearn", "Tensorflow", "Triton",
    "Xgboost",
)  # fmt: skip

FAMILIES = {
    "seldon1": Family(
        source={
            "project": "SeldonIO/seldon-core",
            "version": "v1.17.1",
            "commit": "822053e7bbc897f34d84aaf5892d5947163249c5",
            "files": [
                "helm-charts/seldon-core-operator/templates/customresourcedefinition_v1_seldondeployments.*.yaml",
                "operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go (enums)",
            ],
            "licence": "Apache-2.0",
            "read": "2026-11-21",
        },
        files=("seldon1/{version}.yaml",),
        version="v1.17.1",
        enums={
            ("SeldonDeploymentSpec", "protocol"): "seldon|tensorflow|kfserving|v2",
            ("SeldonDeploymentSpec", "serverType"): "rpc|kafka",
            ("SeldonDeploymentSpec", "transport"): "rest|grpc",
            ("Graph", "type"): "UNKNOWN_TYPE|ROUTER|COMBINER|MODEL|TRANSFORMER|OUTPUT_TRANSFORMER",
            ("Graph", "methods"): "TRANSFORM_INPUT|TRANSFORM_OUTPUT|ROUTE|AGGREGATE|SEND_FEEDBACK",
            ("Endpoint", "type"): "REST|GRPC",
            ("Logger", "mode"): "all|request|response",
            ("Parameter", "type"): "INT|FLOAT|DOUBLE|STRING|BOOL",
        },
    ),
    "seldon2": Family(
        source={
            "project": "SeldonIO/seldon-core",
            "version": "v2.6.0",
            "commit": "60b7401ae5052ccf183c1453575611085bca4bb3",
            "files": ["operator/config/crd/bases/", "operator/apis/mlops/v1alpha1/ (enums)"],
            "licence": "Apache-2.0",
            "later": "fields marked with a version: names and types as in the definitions of that release",
            "read": "2026-11-21",
        },
        files=tuple(f"seldon2/{{version}}/{kind}.yaml" for kind in ("models", "pipelines", "experiments", "servers")),
        version="v2.6.0",
        later={
            "ModelSpec": {"llm": "Llm@2.9.0", "dataflow": "Dataflow@2.9.1"},
            "Llm": {"modelRef": "string", "pipelineRef": "string"},
            "Dataflow": {"cleanTopicsOnDelete": "boolean"},
            "PipelineSpec": {
                "allowCycles": "boolean@2.9.1",
                "dataflow": "Dataflow@2.9.1",
                "maxStepRevisits": "integer@2.9.1",
            },
            "ServerSpec": {
                "deploymentStrategy": "kubernetes.DeploymentStrategy@2.10.0",
                "statefulSetPersistentVolumeClaimRetentionPolicy": "RetentionPolicy@2.8.5",
            },
            "RetentionPolicy": {"whenDeleted": "string", "whenScaled": "string"},
        },
        enums={
            ("Input", "joinType"): "inner|outer|any",
            ("Input", "triggersJoinType"): "inner|outer|any",
            ("Output", "stepsJoin"): "inner|outer|any",
            ("Step", "inputsJoinType"): "inner|outer|any",
            ("Step", "triggersJoinType"): "inner|outer|any",
            ("ExperimentSpec", "resourceType"): "model|pipeline",
        },
    ),
    "kserve": Family(
        source={
            "project": "kserve/kserve",
            "version": "v0.20.0",
            "commit": "1fb781055dd1567164358233e1125142ca6ef1fe",
            "files": ["config/crd/full/", "pkg/constants/constants.go (enums)"],
            "licence": "Apache-2.0",
            "older": "v0.15.2 (d623ea29), v0.16.0 (5b033a40), v0.17.1 (c424669d), v0.19.0 (b0eda63d)",
            "read": "2026-11-21",
        },
        files=tuple(
            f"kserve/{{version}}/{kind}.yaml"
            for kind in ("inferenceservices", "inferencegraphs", "servingruntimes", "clusterservingruntimes")
        ),
        version="v0.20.0",
        older=("v0.15.2", "v0.16.0", "v0.17.1", "v0.19.0"),
        enums={
            ("*", "protocolVersion"): "v1|v2|grpc-v1|grpc-v2",
            ("*", "protocolVersions"): "v1|v2|grpc-v1|grpc-v2",
        },
        # Below `canary` the definition keeps the container's required name, which it drops below the stable predictor.
        # The defaulting webhook writes the object anew from Go types, where a name is always there, if empty (read, not
        # run).
        filled=tuple((f"Predictor{block}", "name") for block in KSERVE_BLOCKS),
    ),
    "keda": Family(
        source={
            "project": "kedacore/keda",
            "version": "v2.20.2",
            "commit": "68a5b5028f35b22d50597c69819ab32c4e92f21a",
            "files": ["config/crd/bases/keda.sh_scaledobjects.yaml"],
            "licence": "Apache-2.0",
            "older": "v2.17.3 (e615440f), v2.18.3 (0f98c477), v2.19.0 (3f88d60a)",
            "read": "2026-11-21",
        },
        files=("keda/{version}.yaml",),
        version="v2.20.2",
        older=("v2.17.3", "v2.18.3", "v2.19.0"),
    ),
    "gateway": Family(
        source={
            "project": "kubernetes-sigs/gateway-api",
            "version": "v1.6.3",
            "files": ["config/crd/standard/gateway.networking.k8s.io_httproutes.yaml (Go module)"],
            "licence": "Apache-2.0",
            "older": "v1.5.1",
            "read": "2026-11-21",
        },
        files=("gateway/{version}.yaml",),
        version="v1.6.3",
        older=("v1.5.1",),
    ),
}
