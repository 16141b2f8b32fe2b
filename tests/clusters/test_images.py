"""By which address an image is pulled, and what a cluster without the internet cannot pull."""

import pytest

from components.clusters.spec.images import parted, pulled, reachable
from tests.clusters.stacks import EKS, GKE, changed, read

ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
GAR = "us-central1-docker.pkg.dev/ml-platform-1"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub"


@pytest.mark.parametrize(
    ("reference", "registry", "rest"),
    [
        ("nginx", "docker.io", "library/nginx"),
        ("nginx:1.27", "docker.io", "library/nginx:1.27"),
        ("docker.io/nginx", "docker.io", "library/nginx"),
        ("vllm/vllm-openai:v0.11.0", "docker.io", "vllm/vllm-openai:v0.11.0"),
        ("docker.io/kserve/x@sha256:ab", "docker.io", "kserve/x@sha256:ab"),
        ("quay.io/a/b:1", "quay.io", "a/b:1"),
        ("localhost/a", "localhost", "a"),
        ("127.0.0.1:5000/a", "127.0.0.1:5000", "a"),
    ],
)
def test_the_registry_of_a_reference(reference, registry, rest):
    assert parted(reference) == (registry, rest)


def cluster(base, **keys):
    return read(changed({**base, "network": {}}, **keys))


@pytest.mark.parametrize(
    ("made", "reference", "address"),
    [
        (cluster(EKS), "quay.io/a/b:1", f"{ECR}/quay.io/a/b:1"),
        (cluster(EKS), "nginx:1", "nginx:1"),
        (cluster(EKS, caches={"docker.io": {"credential": SECRET}}), "nginx:1", f"{ECR}/docker.io/library/nginx:1"),
        (cluster(EKS), "nvcr.io/nvidia/x:1", "nvcr.io/nvidia/x:1"),
        (cluster(GKE), "vllm/vllm-openai:v0.11.0", f"{GAR}/docker-io/vllm/vllm-openai:v0.11.0"),
        (cluster(GKE), "nvcr.io/nvidia/x:1", "nvcr.io/nvidia/x:1"),
    ],
)
def test_a_cache_is_used_where_there_is_one(made, reference, address):
    assert pulled(made, reference) == address


@pytest.mark.parametrize("base", [EKS, GKE], ids=["eks", "gke"])
@pytest.mark.parametrize(
    ("reference", "there"),
    [("quay.io/a/b:1", True), ("nvcr.io/nvidia/x:1", False), (f"{ECR}/own:1", "eks"), (f"{GAR}/own/x:1", "gke")],
)
def test_without_the_internet(base, reference, there):
    assert reachable(cluster(base, network={"egress": "none"}), reference) is (there in (True, base["kind"]))
    assert reachable(cluster(base, network={"egress": "nat"}), reference)
