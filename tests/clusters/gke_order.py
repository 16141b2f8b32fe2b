"""The orders that a GKE stack must have, each by the failure that it prevents; what is wrong in words."""

import json
from collections.abc import Iterator
from typing import Any

from tests.mocks.graph import Graph
from tests.mocks.recorder import Registered

CLUSTER, POOL = "gcp:container/cluster:Cluster", "gcp:container/nodePool:NodePool"
NETWORK, SUBNET = "gcp:compute/network:Network", "gcp:compute/subnetwork:Subnetwork"
NAT, FIREWALL = "gcp:compute/routerNat:RouterNat", "gcp:compute/firewall:Firewall"
ACCOUNT, PROJECT_GRANT = "gcp:serviceaccount/account:Account", "gcp:projects/iAMMember:IAMMember"
KEY_GRANT, BUCKET_GRANT = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "gcp:storage/bucketIAMMember:BucketIAMMember"
USE, BUCKET = "gcp:serviceaccount/iAMMember:IAMMember", "gcp:storage/bucket:Bucket"
REPOSITORY = "gcp:artifactregistry/repository:Repository"
_WEBHOOKS = {"443", "4443", "8443", "9443", "10250", "15017"}
_AT_LEAST_MINUTES = 10


def inside(graph: Graph) -> list[Registered]:
    """What is in the cluster, and the way there."""
    return [e for e in graph.resources.values() if e.type.startswith(("kubernetes:", "pulumi:providers:kubernetes"))]


def wrong(graph: Graph) -> list[str]:
    """Everything that is in the wrong order."""
    return [f"{number}: {said}" for number, rule in RULES.items() for said in rule(graph)]


def _destroyed(graph: Graph) -> Iterator[str]:
    """2, 19: what is in the cluster goes before its nodes, these before the cluster, and that before the network."""
    yield from graph.missing(inside(graph), graph.of(POOL, CLUSTER))
    yield from graph.missing(graph.of(POOL), graph.of(CLUSTER, NAT, FIREWALL))
    nodes = [each for each in graph.of(SUBNET) if not each.name.endswith("-proxies")]
    yield from graph.missing(graph.of(CLUSTER), [*graph.of(NETWORK, NAT, FIREWALL), *nodes])
    for each in graph.of(NETWORK, SUBNET):
        if not each.delete_timeout.endswith("m") or int(each.delete_timeout[:-1]) < _AT_LEAST_MINUTES:
            yield f"{each.name} is given up after {each.delete_timeout or 'the default'}"


def _ready(graph: Graph) -> Iterator[str]:
    """5: nodes have their way out, their images and their rights before they start."""
    mine = [each for each in graph.of(PROJECT_GRANT, ACCOUNT) if "-nodes" in each.name]
    caches = [each for each in graph.of(REPOSITORY) if each.inputs["mode"] == "REMOTE_REPOSITORY"]
    yield from graph.missing(graph.of(POOL), [*mine, *caches])
    yield from graph.missing(graph.of(CLUSTER), mine)


def _untainted(graph: Graph) -> Iterator[str]:
    """6: some pool takes everybody, and always has a node."""
    pools = graph.of(POOL)
    free = [each for each in pools if not each.inputs["nodeConfig"].get("taints") and _least(each) >= 1]
    if pools and not free:
        yield "every pool is tainted, or has no node"


def _stable(graph: Graph) -> Iterator[str]:
    """9: the cluster's provider is never another one, and its kubeconfig holds nothing that expires."""
    for each in graph.of("pulumi:providers:kubernetes"):
        if not each.inputs.get("clusterIdentifier"):
            yield f"{each.name} has no clusterIdentifier"
        config = _known(each.inputs.get("kubeconfig"))
        if config and set(json.loads(config)["users"][0]["user"]) != {"exec"}:
            yield f"{each.name}: a token or a key in the kubeconfig"


def _power(graph: Graph) -> Iterator[str]:
    """10: who encrypts may do so before it has to, and no pod starts before its identity works."""
    keys = graph.of(KEY_GRANT)
    yield from graph.missing(graph.of(CLUSTER, POOL), [each for each in keys if each.name.startswith("cluster-")])
    stored = [*graph.of(BUCKET), *(each for each in graph.of(REPOSITORY) if each.inputs.get("kmsKeyName"))]
    yield from graph.missing(stored, [each for each in keys if each.name.startswith("artifacts-")])
    for each in graph.of(USE, BUCKET_GRANT):
        model = each.name.partition("-reader")[0]
        pods = [d for d in graph.of("kubernetes:apps/v1:Deployment") if d.name == f"{model}-deployment"]
        yield from graph.missing(pods, [each])
    yield from graph.missing(graph.of(USE), graph.of(CLUSTER))


def _deletable(graph: Graph) -> Iterator[str]:
    """12: protection is said, the pool that comes with the cluster goes at once and is compared with nothing."""
    for each in graph.of(CLUSTER):
        if each.inputs.get("deletionProtection") is not each.protect:
            yield f"{each.name}: Google's own protection says something else than the stack's"
        if each.inputs.get("enableAutopilot"):
            continue
        if not each.inputs.get("removeDefaultNodePool"):
            yield f"{each.name} keeps the pool that it was made with"
        if not {"nodeConfig", "initialNodeCount", "defaultMaxPodsPerNode"} <= set(each.ignored):
            yield f"{each.name} is made anew when that pool differs"
    for each in graph.of(POOL):
        if "initialNodeCount" not in each.ignored:
            yield f"{each.name} is made anew when its first size differs"


def _webhooks(graph: Graph) -> Iterator[str]:
    """25: the control plane reaches every port on which something answers webhooks, from its own range alone."""
    (cluster,) = graph.of(CLUSTER)
    own = cluster.inputs["privateClusterConfig"]["masterIpv4CidrBlock"]
    open_ports = {
        port
        for each in graph.of(FIREWALL)
        if each.inputs["sourceRanges"] == [own]
        for allow in each.inputs["allows"]
        for port in allow["ports"]
    }
    if not open_ports >= _WEBHOOKS:
        yield f"closed to the control plane: {', '.join(sorted(_WEBHOOKS - open_ports))}"


def _least(pool: Registered) -> int:
    scaled = pool.inputs.get("autoscaling")
    return int(scaled["totalMinNodeCount"] if scaled else pool.inputs["nodeCount"])


def _known(value: Any) -> str | None:
    return value if isinstance(value, str) and value.startswith("{") else None


RULES = {
    "2": _destroyed, "5": _ready, "6": _untainted, "9": _stable, "10": _power, "12": _deletable, "25": _webhooks,
}  # fmt: skip
