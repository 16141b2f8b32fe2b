"""Each failure that concerns clusters, pools, stores and identities: prevented, and seen when the prevention is gone.

The orders have their own cases in `test_eks_graph.py` and `test_gke_graph.py`.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog.capacity import Need, needs
from catalog.plain import validated
from catalog.quota_codes import taken
from components.clusters.spec import address_rules, cluster_rules, pool_rules
from tests.clusters import eks_order, eks_stacks, failures, gke_order, gke_stacks
from tests.clusters.stacks import ADAPTER, EKS, GKE, read, wrong
from tests.mocks.graph import Graph
from tests.mocks.recorder import Recording, Registered

SHIPPED = {"prod-eks": eks_stacks.shipped, "prod-gke": gke_stacks.shipped}
ORDER = {"prod-eks": eks_order.wrong, "prod-gke": gke_order.wrong}
COMPONENTS = Path(__file__).parents[2] / "components"


def seen(stack: str, resources: list[Registered]) -> set[str]:
    """The numbers of the failures that such a stack would meet."""
    graph = Graph(Recording(resources=resources))
    return {line.partition(":")[0] for line in [*failures.wrong(graph), *ORDER[stack](graph)]}


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("stack", SHIPPED)
def test_a_shipped_stack_meets_none(stack, preview):
    graph = Graph(SHIPPED[stack](stack, preview=preview))
    assert [*failures.wrong(graph), *ORDER[stack](graph)] == []


def inputs(type_: str, **said: Any) -> Callable[[Registered], Registered | None]:
    """Other inputs of all of a type; None takes one away, and a mapping is merged."""

    def merged(old: Any, new: Any) -> Any:
        if isinstance(old, dict) and isinstance(new, dict):
            both = {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}
            return {key: value for key, value in both.items() if value is not None}
        return new

    return lambda each: replace(each, inputs=merged(each.inputs, said)) if each.type == type_ else each


def options(*types: str, **said: Any) -> Callable[[Registered], Registered | None]:
    """Other options of all of some types."""
    return lambda each: replace(each, **said) if each.type in types else each


def gone(type_: str) -> Callable[[Registered], Registered | None]:
    """All of a type are left out."""
    return lambda each: None if each.type == type_ else each


def key_of_an_identity(type_: str) -> Callable[[Registered], Registered | None]:
    """Some identity has a key."""
    return lambda each: replace(each, type=type_) if each.name == "cluster-nodes" else each


TOKEN = {"kubeconfig": '{"users": [{"user": {"token": "t"}}]}'}
GROUP, POOL = eks_order.GROUP, gke_order.POOL
AWS_KEY, GOOGLE_KEY = "aws:iam/accessKey:AccessKey", "gcp:serviceaccount/key:Key"

# By name: the stack, what is taken out, the failures that follow.
TAKEN_OUT: dict[str, tuple[str, Callable[[Registered], Registered | None], set[str]]] = {
    "aws: a group over all zones": ("prod-eks", inputs(GROUP, subnetIds=["a", "b", "c"]), {"3"}),
    "aws: a machine that the zone lacks": ("prod-eks", inputs(GROUP, instanceTypes=["trn2.48xlarge"]), {"3", "31"}),
    "aws: an unprotected cluster": ("prod-eks", options(eks_order.CLUSTER, protect=False), {"8"}),
    "aws: without AWS' own protection": ("prod-eks", inputs(eks_order.CLUSTER, deletionProtection=False), {"8"}),
    "aws: buckets and keys go with the stack": ("prod-eks", options(*failures.KEPT, retain=False), {"8"}),
    "aws: no identifier": ("prod-eks", inputs(failures.CONNECTION, clusterIdentifier=None), {"9"}),
    "aws: single addresses": ("prod-eks", inputs(eks_order.ADDON, configurationValues="{}"), {"11"}),
    "aws: nothing reserved": ("prod-eks", gone("aws:ec2/subnetCidrReservation:SubnetCidrReservation"), {"11"}),
    "aws: a token in the kubeconfig": ("prod-eks", inputs(failures.CONNECTION, **TOKEN), {"9", "21"}),
    "aws: a key of an identity": ("prod-eks", key_of_an_identity(AWS_KEY), {"21"}),
    "aws: a name that the engine draws": ("prod-eks", inputs("aws:ec2/launchTemplate:LaunchTemplate", name=None), {"23"}),
    "aws: trust that is known too late": (
        "prod-eks", inputs(eks_order.ROLE, assumeRolePolicy=failures.UNKNOWN), {"24"},
    ),
    "aws: another security group": (
        "prod-eks", inputs("aws:ec2/launchTemplate:LaunchTemplate", vpcSecurityGroupIds=["sg-1"]), {"25"},
    ),
    "aws: GPUs without their label": ("prod-eks", inputs(GROUP, labels={"slipway.dev/accelerator": None}), {"31"}),
    "aws: all nodes at once": ("prod-eks", inputs(GROUP, updateConfig={"maxUnavailable": 5}), {"32"}),
    "google: a pool over all zones": (
        "prod-gke", inputs(POOL, nodeLocations=["a", "b"], autoscaling={"totalMaxNodeCount": 4}), {"3"},
    ),
    "google: an unprotected cluster": ("prod-gke", options(gke_order.CLUSTER, protect=False), {"8", "12"}),
    "google: without Google's own protection": ("prod-gke", inputs(gke_order.CLUSTER, deletionProtection=False), {"12"}),
    "google: buckets and keys go with the stack": ("prod-gke", options(*failures.KEPT, retain=False), {"8"}),
    "google: a token in the kubeconfig": ("prod-gke", inputs(failures.CONNECTION, **TOKEN), {"9", "21"}),
    "google: a key of an identity": ("prod-gke", key_of_an_identity(GOOGLE_KEY), {"21"}),
    "google: a name that the engine draws": ("prod-gke", inputs(POOL, name=None), {"23"}),
    "google: a subject that is known too late": ("prod-gke", inputs(gke_order.USE, member=failures.UNKNOWN), {"24"}),
    "google: GPUs without their label": (
        "prod-gke", inputs(POOL, nodeConfig={"labels": {"slipway.dev/accelerator": None}}), {"31"},
    ),
    "google: all nodes at once": ("prod-gke", inputs(POOL, upgradeSettings={"maxUnavailable": 5}), {"32"}),
}  # fmt: skip


@pytest.mark.parametrize("case", TAKEN_OUT)
def test_without_the_prevention_the_graph_shows_the_failure(case):
    stack, take_out, numbers = TAKEN_OUT[case]
    without = [left for each in SHIPPED[stack](stack).resources if (left := take_out(each))]
    assert seen(stack, without) == numbers


H100 = {"accelerator": "h100", "count": 8, "max_nodes": 2}
L4 = {"accelerator": "l4", "max_nodes": 4}
SPOT = {**L4, "capacity": "spot"}


def pool(base: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """The cluster with one pool of these keys."""
    return {**base, "pools": {"p": keys}}


# By name: the rule that refuses it, and what is refused.
REFUSED: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "3, aws: one kind of spot machine in one zone": (cluster_rules, "_spot", pool(EKS, **SPOT, zones=["us-east-1a"])),
    "3, google: one kind of spot machine in one zone": (
        cluster_rules, "_spot", pool(GKE, **SPOT, zones=["us-central1-a"]),
    ),
    "3, aws: a zone without the machine": (
        cluster_rules, "_offered", pool(EKS, accelerator="h200", count=8, max_nodes=1, zones=["us-east-1b"]),
    ),
    "6, aws: a tainted system pool": (
        cluster_rules, "_system", {**EKS, "system": {"machine": "m7i.xlarge", "nodes": 2, "taints": [{"key": "x"}]}},
    ),
    "6, google: a tainted system pool": (
        cluster_rules, "_system", {**GKE, "system": {"machine": "e2-standard-4", "nodes": 2, "taints": [{"key": "x"}]}},
    ),
    "7, aws: an administrator twice": (cluster_rules, "_admins", {**EKS, "admins": EKS["admins"] * 2}),
    "11, aws: too few addresses": (address_rules, "_enough", {**EKS, "network": {"cidr": "10.0.0.0/22"}}),
    "11, google: too few addresses": (address_rules, "_enough", {**GKE, "network": {"cidr": "10.0.0.0/20"}}),
    "32, aws: nodes newer than the cluster": (cluster_rules, "_skew", pool(EKS, **L4, image="1.35.0-20261105")),
    "32, google: nodes newer than the cluster": (cluster_rules, "_skew", pool(GKE, **L4, image="1.35.0-gke.1245000")),
    "33, aws: a partition that the GPU lacks": (pool_rules, "_partitioned", pool(EKS, **H100, mig="1g.5gb")),
    "33, google: a partition that the GPU lacks": (pool_rules, "_partitioned", pool(GKE, **H100, mig="1g.5gb")),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_without_the_rule_it_would_be_taken(monkeypatch, case):
    rules, name, said = REFUSED[case]
    assert wrong(said)
    monkeypatch.setattr(rules, name, lambda *_: iter(()))
    assert validated(ADAPTER, said, "cluster")[1] == []


def lacking(cluster: Any, asked: Iterable[Need]) -> list[str]:
    """The quotas of which full pools take more than is asked for."""
    enough = {(need.code, need.what): need.needed for need in asked}
    full: Counter[tuple[str, str]] = Counter()
    for each in cluster.all_pools.values():
        for quota, much in taken(each.machine_type, spot=False):
            full[quota.code, quota.what] += much * each.maximum
    return [code for (code, what), much in full.items() if much > enough[code, what]]


QUOTAS = {"4, aws: the fewest nodes are asked for": EKS, "4, google: the fewest nodes are asked for": GKE}


@pytest.mark.parametrize("case", QUOTAS)
def test_quotas_are_asked_for_the_most_nodes(case):
    cluster = read(QUOTAS[case])
    assert lacking(cluster, needs(cluster.bought)) == []
    assert lacking(cluster, needs(replace(each, maximum=each.minimum) for each in cluster.bought))


def test_no_way_to_a_cluster_forgets_or_overwrites():
    made = {path: path.read_text() for path in COMPONENTS.rglob("*.py") if "kubernetes.Provider(" in path.read_text()}
    assert len(made) >= 5, "every kind of cluster has one"
    assert {path: found for path, text in made.items() if (found := failures.connections(text))} == {}


CONNECTIONS = {
    "no identifier anywhere": ("kubeconfig=c", "9"),
    "what cannot be reached is forgotten": ("cluster_identifier=c, delete_unreachable=True", "14"),
    "what others made is overwritten": ("cluster_identifier=c, upsert_existing_objects=True", "17"),
}


@pytest.mark.parametrize("case", CONNECTIONS)
def test_a_way_that_would_is_seen(case):
    said, number = CONNECTIONS[case]
    assert [each.partition(":")[0] for each in failures.connections(f"kubernetes.Provider('a', {said})")] == [number]
