"""GKE stacks as the tests record them."""

from functools import cache
from typing import Any

from components.clusters.cloud import CloudClusterArgs
from stacks import platform
from stacks.settings import from_file, stack_file
from tests.clusters.stacks import GKE, changed, read
from tests.mocks.graph import Graph
from tests.mocks.recorder import Recording, record

SMALL = changed(GKE, network={"zones": ["us-central1-a", "us-central1-b"]}, pools={"l4": {"max_nodes": 2}})


def cluster(said: dict[str, Any], *, preview: bool = True, protect: bool = True) -> Recording:
    """What a cluster registers that a stack says like this."""
    spec = read(said)

    def program() -> dict[str, Any]:
        from components.clusters.gke.cluster import GkeCluster

        args = CloudClusterArgs(
            spec=spec, cluster="ml", stack="test", marker="slipway/test", gateway=("gateway", "system"), protect=protect
        )
        return dict(GkeCluster("cluster", args).handle.access)

    return record(program, preview=preview, stack="test")


@cache
def small() -> Recording:
    """What the smallest registers."""
    return cluster(SMALL)


@cache
def shipped(stack: str, *, preview: bool = False) -> Recording:
    """What a shipped stack registers."""
    settings = from_file(stack_file(stack))
    return record(lambda: platform.build(settings, stack, "slipway"), preview=preview, stack=stack)


def graph(stack: str) -> Graph:
    """A shipped stack's graph."""
    return Graph(shipped(stack))
