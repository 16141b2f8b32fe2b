"""The same resources, components and options as the other program registers, written by hand for Pulumi alone."""

import json
import os
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes

COUNT = int(os.environ["BENCH_MODELS"])
BUCKET = os.environ["BENCH_BUCKET"]
DIGEST = "sha256:" + "0" * 64
SANDBOX = Path(os.environ["SLIPWAY_STATE"]) / "sandbox"
said = json.loads((SANDBOX / "endpoints.json").read_text())
root = json.loads(Path(said["s3_root_file"]).read_text())
machine = json.loads((Path(__file__).parents[3] / "catalog" / "data" / "aws.json").read_text())["instance_types"][
    "g6.48xlarge"
]
MARKER = f"{pulumi.get_project()}/{pulumi.get_stack()}"


class Group(pulumi.ComponentResource):
    """A component and nothing else."""

    def __init__(self, token: str, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(token, name, None, opts)


def obj(token: str, name: str, manifest: dict, opts: pulumi.ResourceOptions) -> pulumi.CustomResource:  # type: ignore[type-arg]
    """One Kubernetes object with the marker."""
    manifest["metadata"] = {
        **manifest["metadata"],
        "annotations": {**manifest["metadata"].get("annotations", {}), "slipway.dev/stack": MARKER},
    }
    opts.version = "4.34.2"
    return pulumi.CustomResource(f"kubernetes:{token}", name, manifest, opts)


class Bucket(pulumi.CustomResource):
    """What the other resources use of the bucket."""

    bucket: pulumi.Output[str]


class Reader(pulumi.CustomResource):
    """What a model's Secret takes from its reader."""

    accessKey: pulumi.Output[str]  # noqa: N815  its name on the wire
    secretKey: pulumi.Output[str]  # noqa: N815  its name on the wire


cluster = Group("slipway:clusters:SandboxCluster", "cluster")
provider = kubernetes.Provider(
    "cluster",
    kubeconfig=pulumi.Output.secret(Path(said["kubeconfig"]).read_text()),
    cluster_identifier=said["cluster_id"],
    enable_secret_mutable=True,
    opts=pulumi.ResourceOptions(parent=cluster),
)
nodes = []
for index in range(COUNT // 8 + 1):
    node = f"l4-{index}"
    manifest = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": node,
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/os": "linux",
                "kubernetes.io/hostname": node,
                "node.kubernetes.io/instance-type": "g6.48xlarge",
                "slipway.dev/pool": "l4",
                "slipway.dev/accelerator": "l4",
                "nvidia.com/gpu.count": "8",
                "nvidia.com/gpu.memory": "22888",
                "nvidia.com/gpu.present": "true",
            },
            "annotations": {"kwok.x-k8s.io/node": "fake", "slipway.dev/replace-on-change": "true"},
        },
        "spec": {
            "taints": [
                {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"},
                {"key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule"},
            ]
        },
        "status": {"allocatable": machine["allocatable"], "capacity": machine["allocatable"]},
    }
    nodes.append(obj("core/v1:Node", node, manifest, pulumi.ResourceOptions(parent=cluster, provider=provider)))
cluster.register_outputs({"nodes": [node.urn for node in nodes]})

store = Group("slipway:storage:S3ArtifactStore", "artifacts")
s3 = pulumi.ProviderResource(
    "slipway-s3",
    "artifacts",
    {
        "endpoint": said["s3"],
        "adminEndpoint": said["s3_admin"],
        "region": "us-east-1",
        "accessKey": pulumi.Output.secret(root["access_key"]),
        "secretKey": pulumi.Output.secret(root["secret_key"]),
    },
    pulumi.ResourceOptions(parent=store, version="0.1.0"),
)
bucket = Bucket(
    "slipway-s3:index:Bucket",
    "artifacts",
    {"bucket": BUCKET, "versioning": True, "tags": {"slipway.dev/stack": MARKER}, "forceDestroy": True},
    pulumi.ResourceOptions(parent=store, provider=s3, version="0.1.0", protect=False, retain_on_delete=False),
)
readers = {
    index: Reader(
        "slipway-s3:index:Reader",
        f"artifacts-model-{index}",
        {
            "bucket": bucket.bucket,
            "prefix": f"models/model-{index}",
            "accessKey": f"{BUCKET}-model-{index}",
            "secretKey": None,
        },
        pulumi.ResourceOptions(parent=store, provider=s3, version="0.1.0", additional_secret_outputs=["secretKey"]),
    )
    for index in range(COUNT)
}
store.register_outputs({"bucket": bucket.bucket})

team = Group("slipway:teams:Team", "bench", pulumi.ResourceOptions(providers=[provider]))
labels = {"app.kubernetes.io/managed-by": "slipway", "slipway.dev/team": "bench"}
namespace = obj(
    "core/v1:Namespace",
    "bench",
    {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": "bench",
            "labels": labels
            | {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")},
            "annotations": {"slipway.dev/owner": "bench"},
        },
    },
    pulumi.ResourceOptions(parent=team),
)
guards = []
for role, token, manifest in (
    (
        "limits",
        "core/v1:LimitRange",
        {
            "apiVersion": "v1",
            "kind": "LimitRange",
            "metadata": {"name": "defaults", "namespace": "bench", "labels": labels},
            "spec": {
                "limits": [
                    {
                        "type": "Container",
                        "default": {"memory": "512Mi"},
                        "defaultRequest": {"cpu": "50m", "memory": "128Mi"},
                    }
                ]
            },
        },
    ),
    (
        "role",
        "rbac.authorization.k8s.io/v1:Role",
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": "team", "namespace": "bench", "labels": labels},
            "rules": [
                {
                    "apiGroups": [""],
                    "resources": ["pods", "pods/log", "services", "events"],
                    "verbs": ["get", "list", "watch"],
                },
                {"apiGroups": ["apps"], "resources": ["deployments", "replicasets"], "verbs": ["get", "list", "watch"]},
                {
                    "apiGroups": ["gateway.networking.k8s.io"],
                    "resources": ["httproutes"],
                    "verbs": ["get", "list", "watch"],
                },
            ],
        },
    ),
    (
        "role-binding",
        "rbac.authorization.k8s.io/v1:RoleBinding",
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "team", "namespace": "bench", "labels": labels},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "team"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "slipway:team:bench"}],
        },
    ),
    (
        "network",
        "networking.k8s.io/v1:NetworkPolicy",
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "default", "namespace": "bench", "labels": labels},
            "spec": {
                "podSelector": {},
                "policyTypes": ["Ingress", "Egress"],
            },
        },
    ),
):
    guards.append(obj(token, f"bench-{role}", manifest, pulumi.ResourceOptions(parent=team, depends_on=[namespace])))
team.register_outputs({"namespace": "bench"})

SECURITY = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
TMP = {"name": "tmp", "mountPath": "/tmp"}
for index in range(COUNT):
    name = f"model-{index}"
    model = Group("slipway:serving:ModelDeployment", name, pulumi.ResourceOptions(providers=[provider]))
    early = [namespace]
    marks = {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/managed-by": "slipway",
        "slipway.dev/model": name,
        "slipway.dev/team": "bench",
        "slipway.dev/engine": "plain",
    }
    selector = {"slipway.dev/model": name, "slipway.dev/predictor": "default"}
    metadata = {"name": name, "namespace": "bench", "labels": marks}
    account = obj(
        "core/v1:ServiceAccount",
        f"{name}-service-account",
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata, "automountServiceAccountToken": False},
        pulumi.ResourceOptions(parent=model, depends_on=guards),
    )
    network = obj(
        "networking.k8s.io/v1:NetworkPolicy",
        f"{name}-network",
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": metadata,
            "spec": {
                "podSelector": {"matchLabels": selector},
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [
                    {
                        "from": [{"ipBlock": {"cidr": "10.122.0.1/32"}}],
                        "ports": [{"protocol": "TCP", "port": 8080}],
                    }
                ],
                "egress": [
                    {
                        "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
                        "ports": [{"protocol": p, "port": n} for p in ("UDP", "TCP") for n in (53, 1053)],
                    },
                    {"to": [{"ipBlock": {"cidr": "10.122.0.1/32"}}]},
                ],
            },
        },
        pulumi.ResourceOptions(parent=model, depends_on=early),
    )
    service = obj(
        "core/v1:Service",
        f"{name}-service",
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": selector, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
        },
        pulumi.ResourceOptions(parent=model, depends_on=early),
    )
    secret = obj(
        "core/v1:Secret",
        f"{name}-reader",
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"{name}-reader", "namespace": "bench", "labels": marks},
            "type": "Opaque",
            "stringData": {
                "AWS_ACCESS_KEY_ID": readers[index].accessKey,
                "AWS_SECRET_ACCESS_KEY": readers[index].secretKey,
            },
        },
        pulumi.ResourceOptions(parent=model, depends_on=early),
    )

    def probe(path: str, **timing: int) -> dict:  # type: ignore[type-arg]
        return {"httpGet": {"path": path, "port": "http"}, **timing}

    limits = {"memory": "512Mi", "nvidia.com/gpu": "1"}
    ready = f"/v2/models/{name}/ready"
    environment = {
        "HOME": "/tmp",
        "MLSERVER_GRPC_PORT": "8081",
        "MLSERVER_HTTP_PORT": "8080",
        "MLSERVER_METRICS_DIR": "/tmp",
        "MLSERVER_MODEL_IMPLEMENTATION": "mlserver_sklearn.SKLearnModel",
        "MLSERVER_MODEL_NAME": name,
        "MLSERVER_MODEL_URI": f"/mnt/models/{name}",
        "MLSERVER_PARALLEL_WORKERS": "0",
    }
    obj(
        "apps/v1:Deployment",
        f"{name}-deployment",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {
                "replicas": 1,
                "progressDeadlineSeconds": 1080,
                "revisionHistoryLimit": 2,
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
                "selector": {"matchLabels": selector},
                "template": {
                    "metadata": {
                        "labels": marks | selector | {"slipway.dev/simulated": "true"},
                        "annotations": {"slipway.dev/artifact": DIGEST},
                    },
                    "spec": {
                        "serviceAccountName": name,
                        "automountServiceAccountToken": False,
                        "enableServiceLinks": False,
                        "securityContext": {
                            "runAsNonRoot": True,
                            "runAsUser": 1000,
                            "runAsGroup": 1000,
                            "fsGroup": 1000,
                            "seccompProfile": {"type": "RuntimeDefault"},
                        },
                        "terminationGracePeriodSeconds": 30,
                        "nodeSelector": {"slipway.dev/accelerator": "l4"},
                        "dnsConfig": {
                            "options": [{"name": "timeout", "value": "1"}, {"name": "attempts", "value": "5"}]
                        },
                        "tolerations": [
                            {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
                            {"key": "kwok.x-k8s.io/node", "operator": "Exists", "effect": "NoSchedule"},
                        ],
                        "initContainers": [
                            {
                                "name": "artifact",
                                "image": "bench.invalid/image:1",
                                "args": [
                                    f"--prefix=models/{name}/{DIGEST}/",
                                    f"--digest={DIGEST}",
                                    f"--into=/mnt/models/{name}",
                                    "--wait=60",
                                ],
                                "env": [
                                    {"name": "AWS_REGION", "value": "us-east-1"},
                                    {"name": "HOME", "value": "/tmp"},
                                    {"name": "S3_BUCKET", "value": BUCKET},
                                    {"name": "S3_ENDPOINT", "value": said["in_cluster_s3"]},
                                ],
                                "envFrom": [{"secretRef": {"name": f"{name}-reader"}}],
                                "securityContext": SECURITY,
                                "resources": {
                                    "requests": {"cpu": "50m", "memory": "64Mi"},
                                    "limits": {"memory": "256Mi"},
                                },
                                "terminationMessagePolicy": "FallbackToLogsOnError",
                                "volumeMounts": [TMP, {"name": "model", "mountPath": "/mnt/models"}],
                            }
                        ],
                        "containers": [
                            {
                                "name": "model",
                                "image": "bench.invalid/image:1",
                                "command": ["mlserver"],
                                "args": ["start", f"/mnt/models/{name}"],
                                "env": [{"name": k, "value": v} for k, v in environment.items()],
                                "ports": [{"name": "http", "containerPort": 8080}],
                                "securityContext": SECURITY,
                                "resources": {"requests": {"cpu": "100m", **limits}, "limits": limits},
                                "startupProbe": probe(ready, periodSeconds=10, failureThreshold=108),
                                "readinessProbe": probe(ready, periodSeconds=1, failureThreshold=3),
                                "livenessProbe": probe(
                                    "/v2/health/live", periodSeconds=10, failureThreshold=6, timeoutSeconds=5
                                ),
                                "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
                                "volumeMounts": [TMP, {"name": "model", "mountPath": "/mnt/models", "readOnly": True}],
                            }
                        ],
                        "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "model", "emptyDir": {}}],
                    },
                },
            },
        },
        pulumi.ResourceOptions(
            parent=model,
            depends_on=[account, network, service, secret, *guards],
            custom_timeouts=pulumi.CustomTimeouts(create="1110s", update="1110s"),
        ),
    )
    obj(
        "gateway.networking.k8s.io/v1:HTTPRoute",
        f"{name}-route",
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": metadata,
            "spec": {
                "parentRefs": [{"name": "gateway", "namespace": "slipway-system"}],
                "rules": [
                    {
                        "matches": [{"path": {"type": "PathPrefix", "value": f"/bench/{name}"}}],
                        "filters": [
                            {
                                "type": "URLRewrite",
                                "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}},
                            }
                        ],
                        "backendRefs": [{"name": name, "port": 80}],
                    }
                ],
            },
        },
        pulumi.ResourceOptions(parent=model, depends_on=early),
    )
    model.register_outputs(
        {
            "path": f"/bench/{name}",
            "restUrl": f"http://{name}.bench.svc.cluster.local",
            "grpcUrl": None,
            "metrics": {"slipway.dev/model": name},
            "artifact": DIGEST,
        }
    )
pulumi.export("cluster", "cluster")
pulumi.export("bucket", BUCKET)
pulumi.export("models", {f"model-{index}": f"/bench/model-{index}" for index in range(COUNT)})
