"""What a cluster can be, and what it cannot: each rule both ways, and all mistakes in one report."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.machines import Cloud
from catalog.network import short
from catalog.plain import validated
from catalog.regions import regions, zones
from components.clusters.spec import unknown_places
from tests.clusters.shapes import clusters
from tests.clusters.stacks import ADAPTER, EKS, GKE, changed, read, wrong
from tests.counts import count

TUNNEL = {"api_access": "tunnel"}
OFFICE = {"api_access": "cidrs", "api_cidrs": ["203.0.113.0/24"]}
SPOT = {"machine": "m7i.xlarge", "min_nodes": 2, "max_nodes": 4, "capacity": "spot"}


@pytest.mark.parametrize("base", [EKS, GKE], ids=["eks", "gke"])
@pytest.mark.parametrize(
    "keys", [{}, TUNNEL, OFFICE, {"mode": "auto", "pools": {}}], ids=["runner", "tunnel", "cidrs", "auto"]
)
def test_few_lines_are_a_cluster(base, keys):
    cluster = read(changed(base, **keys))
    assert len(cluster.zones) == 3
    assert cluster.system_pool.minimum == 2
    assert list(cluster.all_pools) == ([] if cluster.mode == "auto" else ["system"]) + ["l4"]
    assert not list(short(cluster.plan(cluster.cidr).budgets))


@pytest.mark.parametrize(
    ("base", "keys", "path", "said"),
    [
        (EKS, {"region": "us-east-9"}, "region", "aws has no such region; did you mean us-east-2?"),
        (GKE, {"region": "us-east-1"}, "region", "did you mean us-east1?"),
        (EKS, {"regoin": "us-east-1"}, "regoin", "no such key; did you mean region?"),
        (EKS, {"network": {"egres": "nat"}}, "network.egres", "did you mean egress?"),
        (EKS, {"pools": {"l4": {"max_node": 4}}}, "pools.l4.max_node", "did you mean max_nodes?"),
        (EKS, {"caches": {"ghcr.io": {"credental": "x"}}}, "caches.ghcr.io.credental", "did you mean credential?"),
        (EKS, {"kubernetes": 1.30}, "kubernetes", "put it in quotes"),
        (EKS, {"kubernetes": "1.34.2"}, "kubernetes", "pattern"),
        (EKS, {"kubernetes": "v1.34"}, "kubernetes", "pattern"),
        (EKS, {"account": 123456789012}, "account", "put it in quotes"),
        (EKS, {"account": "1234"}, "account", "pattern"),
        (GKE, {"project": "Ml"}, "project", "pattern"),
        (EKS, {"admins": []}, "admins", "at least 1"),
        (EKS, {"admins": ["arn:aws:iam::123456789012:root"]}, "admins.0", "pattern"),
        (EKS, {"admins": ["arn:aws:sts::123456789012:assumed-role/a/b"]}, "admins.0", "pattern"),
        (EKS, {"admins": EKS["admins"] * 2}, "admins", "named twice"),
        (GKE, {"admins": ["allUsers"]}, "admins.0", "pattern"),
        (EKS, {"network": {"zones": ["us-east-1a"]}}, "network.zones", "EKS needs two zones"),
        (EKS, {"network": {"zones": ["us-east-1a", "us-west-2a"]}}, "network.zones", "no zone of us-east-1"),
        (EKS, {"network": {"zones": ["us-east-1a", "us-east-1a"]}}, "network.zones", "named twice"),
        (GKE, {"zone": "us-central1-f"}, "zone", "where no node is; give one of us-central1-a"),
        (GKE, {"region": "africa-south1", "pools": {"l4": {"accelerator": None, "machine": "n2-standard-4"}}}, "network.zones", "not known here; name them"),
        (EKS, {"api_access": "cidrs"}, "api_cidrs", "nobody reaches the API server"),
        (EKS, {**OFFICE, "api_access": "runner"}, "api_cidrs", "not used with api_access: runner"),
        (EKS, {**OFFICE, "api_cidrs": ["0.0.0.0/0"]}, "api_cidrs", "whoever knows the address could try to log in"),
        (GKE, {**OFFICE, "api_cidrs": ["0.0.0.0/1", ]}, "api_cidrs", "whoever knows the address"),
        (EKS, {**OFFICE, "api_cidrs": ["203.0.113.5/24"]}, "api_cidrs.0", "host bits set"),
        (EKS, {**OFFICE, "api_cidrs": ["office"]}, "api_cidrs.0", "no IPv4 network"),
        (EKS, {"api_access": "public"}, "api_access", "give one of 'runner', 'cidrs' or 'tunnel'"),
        (EKS, {"system": {"machine": "m7i.xlarge", "nodes": 2, "taints": [{"key": "x"}]}}, "system.taints", "untainted pool"),
        (EKS, {"system": {"accelerator": "l4", "nodes": 2}}, "system", "nodes with accelerators are tainted"),
        (EKS, {"system": SPOT}, "system.capacity", "cannot wait for machines"),
        (EKS, {"system": {"machine": "m7i.xlarge", "max_nodes": 2}}, "system.min_nodes", "give at least 1"),
        (EKS, {"system": {"machine": "m7i.xlarge", "min_nodes": 1, "max_nodes": 2, "autoscaler": "karpenter"}}, "system.autoscaler", "runs on these nodes itself"),
        (EKS, {"pools": {"system": {"machine": "m7i.xlarge"}}}, "pools.system", "two pools would have this name"),
        (EKS, {"pools": {"L4": {"accelerator": "l4"}}}, "pools.L4", "pattern"),
        (EKS, {"logs_days": 91}, "logs_days", "give one of 1, 3, 5, 7, 14, 30, 60, 90"),
        (GKE, {"logs_days": 0}, "logs_days", "1 to 3650 days"),
        (EKS, {"caches": {"ghcr.io": {}}}, "caches.ghcr.io", "only with an account there"),
        (EKS, {"caches": {"ghcr.io": {"credential": "arn:aws:secretsmanager:us-east-1:123456789012:secret:ghcr"}}}, "caches.ghcr.io.credential", "pattern"),
        (EKS, {"caches": {"nvcr.io": {}}}, "caches.nvcr.io", "give one of"),
        (EKS, {"mode": "auto", "system": {"machine": "m7i.xlarge"}}, "system", "in mode auto the cloud makes these nodes"),
        (EKS, {"mode": "auto", "pools": {"l4": {"image": "1.34.2-20261105"}}}, "pools.l4.image", "in mode auto the cloud chooses it"),
        (EKS, {"network": {"cidr": "10.0.0.0/22"}}, "network.cidr", "pods in us-east-1a need 1536 of 192"),
        (EKS, {"network": {"cidr": "10.0.0.0/30"}}, "network.cidr", "give a network of /19 or larger"),
        (EKS, {"network": {"cidr": "10.0.0.0/12"}}, "network.cidr", "AWS makes VPCs from /16 to /28"),
        (GKE, {"network": {"cidr": "10.0.0.0/20"}}, "network.cidr", "give a network of /19 or larger"),
        (EKS, {"pools": {"l4": {"max_nodes": 1000}}}, "network.cidr", "too few addresses"),
        (EKS, {"network": {"cidr": "8.8.0.0/16"}}, "network.cidr", "others on the internet have these addresses"),
        (EKS, {"network": {"avoid": ["10.0.128.0/17"]}}, "network.cidr", "it overlaps 10.0.128.0/17"),
        (EKS, {"network": {"services": "10.0.0.0/20"}}, "network.services", "it overlaps network.cidr"),
        (EKS, {"network": {"services": "172.16.0.0/20", "avoid": ["172.16.0.0/12"]}}, "network.services", "it overlaps 172.16.0.0/12"),
        (EKS, {"network": {"max_pods": 300}}, "network.max_pods", "give a number of at most 250"),
        (EKS, {"network": {"max_pods": "110"}}, "network.max_pods", "without quotes"),
    ],
)  # fmt: skip
def test_what_a_cluster_cannot_be(base, keys, path, said):
    errors = wrong(changed({"network": {}, "caches": {}, **base}, **keys))
    assert f"cluster.{path}" in errors, errors
    assert said in errors[f"cluster.{path}"]
    assert len(errors) == 1, errors


@pytest.mark.parametrize("key", ["region", "kubernetes", "account", "admins"])
def test_what_has_no_default_must_be_said(key):
    assert set(wrong({k: v for k, v in EKS.items() if k != key})) == {f"cluster.{key}"}


def test_one_wrong_part_does_not_hide_how_the_others_go_together():
    said = changed(
        EKS,
        logs_days="90",
        api_cidrs=["0.0.0.0/0"],
        pools={
            "l4": {"max_nodes": "4"},
            "h200": {"accelerator": "h200", "count": 8, "zones": ["us-east-1b"]},
            "a100": {"accelerator": "a100", "count": 8, "mig": "1g.10gb+me"},
            "spot": {"machine": "m7i.large", "capacity": "spot", "zones": ["us-east-1a"]},
        },
    )
    errors = wrong(said)
    assert set(errors) == {
        "cluster.logs_days", "cluster.api_cidrs", "cluster.pools.l4.max_nodes", "cluster.pools.h200.zones",
        "cluster.pools.a100.mig", "cluster.pools.spot.capacity",
    }  # fmt: skip


def test_an_unknown_zone_is_no_mistake_and_is_said():
    cluster = read(changed(GKE, pools={"h100": {"accelerator": "h100", "count": 8, "max_nodes": 1}}))
    unknown = [(pool, machine.name, zone) for pool, machine, zone in unknown_places(cluster)]
    assert unknown == [("h100", "a3-highgpu-8g", f"us-central1-{letter}") for letter in "abc"]
    assert cluster.zones_of(cluster.pools["h100"]) == cluster.zones
    assert not list(unknown_places(read(EKS)))


@settings(max_examples=count(test=50, prove=500, soak=5000), deadline=None)
@given(st.integers(0, 40), st.integers(1, 40), st.integers(2, 6))
def test_groups_together_are_the_pool(least, most, zones):
    named = [f"us-east-1{letter}" for letter in "abcdef"[:zones]]
    said = changed(
        {**EKS, "network": {}},
        network={"zones": named},
        pools={"l4": {"min_nodes": min(least, most), "max_nodes": most, "machine": "m7i.large", "accelerator": None}},
    )
    cluster = read(said)
    pool = cluster.pools["l4"]
    groups = cluster.groups_of(pool)
    assert (sum(g.minimum for g in groups), sum(g.maximum for g in groups)) == (pool.minimum, pool.maximum)
    assert all(1 <= g.maximum >= g.minimum for g in groups)
    assert [zone for g in groups for zone in g.zones] == list(cluster.zones_of(pool))


def test_sharing_a_network_with_services_that_were_chosen_elsewhere():
    cluster = read(changed({**EKS, "network": {}}, network={"avoid": ["172.16.0.0/12"]}))
    assert str(cluster.plan(cluster.cidr).services) == "10.100.0.0/16"


@pytest.mark.parametrize("base", [EKS, GKE], ids=["eks", "gke"])
def test_every_region_with_zones_takes_a_cluster_or_says_what_it_lacks(base):
    for region in regions(read(base).cloud):
        said = changed(base, region=region)
        del said["pools"]
        if not zones(read(base).cloud, region):
            said["network"] = {"zones": [f"{region}-a", f"{region}-b"]}
        cluster, errors = validated(ADAPTER, said, "cluster")
        assert cluster or {error.path for error in errors} == {"cluster.system.machine"}, region


@settings(max_examples=count(test=60, prove=1000, soak=5000), deadline=None)
@given(st.sampled_from(list(Cloud)).flatmap(clusters))
def test_any_cluster_is_right_or_refused_with_paths_and_fixes(said):
    """Whatever is accepted has a system pool without taints, machines that its zones may have and enough addresses."""
    cluster, errors = validated(ADAPTER, said, "cluster")
    if cluster is None:
        assert errors
        assert all(e.path.startswith("cluster") and e.why and e.fix for e in errors)
        return
    assert not cluster.system_pool.taints
    assert not list(short(cluster.plan(cluster.cidr).budgets))
    for pool in cluster.all_pools.values():
        assert cluster.zones_of(pool)
        assert {machine.cloud for machine in pool.machine_types} == {cluster.cloud}
        assert sum(group.maximum for group in cluster.groups_of(pool)) == pool.maximum


@pytest.mark.parametrize("cloud", list(Cloud))
def test_most_generated_clusters_are_right(cloud):
    """A generator whose clusters are nearly all refused would prove nothing."""
    results = []

    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    @given(clusters(cloud))
    def generate(said):
        results.append(validated(ADAPTER, said, "cluster")[0] is not None)

    generate()
    assert 50 <= sum(results) < 100
