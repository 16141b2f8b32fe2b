"""Parts of objects that a program gives and the cloud completes: before it has, they are unknown.

Everything else that a resource is not given is known to be absent. A row a resource, its type as Pulumi names it.
"""

from collections.abc import Mapping

Path = tuple[str, ...]

COMPUTED: Mapping[str, tuple[Path, ...]] = {
    # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/container_cluster: `endpoint` and
    # `cluster_ca_certificate` are outputs (read 2026-11).
    "gcp:container/cluster:Cluster": (
        ("controlPlaneEndpointsConfig", "dnsEndpointConfig", "endpoint"),
        ("masterAuth", "clusterCaCertificate"),
    ),
}
