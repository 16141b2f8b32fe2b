"""Every pinned version that ends up in a cluster."""

from importlib.metadata import version

# The engine looks for the plugin of exactly this version.
KUBERNETES_PROVIDER = version("pulumi-kubernetes")
SLIPWAY_S3_PROVIDER = "0.1.0"

# https://github.com/vllm-project/vllm/releases
VLLM_IMAGE = "vllm/vllm-openai:v0.11.0"

# Images of model servers that the plain engine runs where a declaration names none, as KServe 0.20 runs them:
# https://github.com/kserve/kserve/blob/v0.20.0/config/runtimes/kustomization.yaml (read 2026-11-21)
MLSERVER_FULL_IMAGE = "docker.io/seldonio/mlserver:1.7.1"
TENSORFLOW_SERVING_IMAGE = "docker.io/tensorflow/serving:2.6.2"
TORCHSERVE_IMAGE = "docker.io/pytorch/torchserve-kfs:0.9.0"
TRITON_IMAGE = "nvcr.io/nvidia/tritonserver:23.05-py3"
# Its tag is the version of the chart, charts/kserve-runtime-configs/files/runtimes/clusterservingruntimes-patch.yaml
HUGGINGFACE_SERVER_IMAGE = "docker.io/kserve/huggingfaceserver:v0.20.0"

# The newest release for each Kubernetes, of which it has the minor version. By tag: the project publishes no digests
# with its releases. https://github.com/kubernetes/autoscaler/releases (tags of a copy of 2026-08-22, read 2026-11-21)
CLUSTER_AUTOSCALER_IMAGE = "registry.k8s.io/autoscaling/cluster-autoscaler"
CLUSTER_AUTOSCALER = {
    "1.30": "v1.30.7",
    "1.31": "v1.31.5",
    "1.32": "v1.32.7",
    "1.33": "v1.33.6",
    "1.34": "v1.34.5",
    "1.35": "v1.35.2",
    "1.36": "v1.36.1",
}
