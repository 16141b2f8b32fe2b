"""What every cluster of a cloud is made from."""

from dataclasses import dataclass

from components.clusters.spec import CloudCluster


@dataclass(frozen=True, kw_only=True, slots=True)
class CloudClusterArgs:
    """A cluster of a cloud, as the stack says it and as the stack calls it.

    Attributes:
        spec: what the stack says.
        cluster: its name in the cloud, fixed from its creation on.
        stack: the stack's name, which everything in the cloud bears as a tag or label.
        marker: `<project>/<stack>`, which every Kubernetes object bears.
        gateway: name and namespace of the Gateway.
        protect: neither the cluster nor its keys can be destroyed.
        boundary: name of the policy that limits every role the stack makes (AWS); None without one.
    """

    spec: CloudCluster
    cluster: str
    stack: str
    marker: str
    gateway: tuple[str, str]
    protect: bool
    boundary: str | None = None
