"""Every pinned version that ends up in a cluster."""

from importlib.metadata import version

# The engine looks for the plugin of exactly this version.
KUBERNETES_PROVIDER = version("pulumi-kubernetes")
SLIPWAY_S3_PROVIDER = "0.1.0"

# https://github.com/vllm-project/vllm/releases
VLLM_IMAGE = "vllm/vllm-openai:v0.11.0"
