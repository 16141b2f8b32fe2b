"""EKS stacks as the tests record them."""

from functools import cache
from typing import Any

from components.clusters.cloud import CloudClusterArgs
from stacks import platform
from stacks.settings import from_file, stack_file
from tests.clusters.stacks import EKS, changed, read
from tests.mocks.graph import Graph
from tests.mocks.recorder import Recording, record

SMALL = changed(
    EKS,
    network={"zones": ["us-east-1a", "us-east-1b"]},
    system={"machine": "m7i.large", "nodes": 2},
    pools={"l4": {"max_nodes": 2}},
)


def cluster(said: dict[str, Any], *, preview: bool = True, boundary: str | None = None) -> Recording:
    """What a cluster registers that a stack says like this."""
    spec = read(said)

    def program() -> dict[str, Any]:
        from components.clusters.eks.cluster import EksCluster

        args = CloudClusterArgs(
            spec=spec,
            cluster="ml",
            stack="test",
            marker="slipway/test",
            gateway=("gateway", "system"),
            protect=True,
            boundary=boundary,
        )
        return dict(EksCluster("cluster", args).handle.access)

    return record(program, preview=preview, stack="test")


@cache
def shipped(stack: str, *, preview: bool = False) -> Recording:
    """What a shipped stack registers."""
    settings = from_file(stack_file(stack))
    return record(lambda: platform.build(settings, stack, "slipway"), preview=preview, stack=stack)


def graph(stack: str) -> Graph:
    """A shipped stack's graph."""
    return Graph(shipped(stack))
