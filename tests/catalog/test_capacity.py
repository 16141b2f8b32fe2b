"""Quotas and cost of pools: never less than the truth, and what is not known is counted."""

import json
from decimal import Decimal
from importlib import resources

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.capacity import GLOBAL, Nodes, cost, needs
from catalog.machines import Accelerator, Cloud, accelerators, machine, machines, offers
from catalog.quota_codes import taken
from components.clusters.spec import EksCluster, GkeCluster
from tests.clusters.stacks import EKS, GKE, changed, read
from tests.counts import count

KNOWN = sorted(machines())


def nodes(pool, *names, least=0, most=1, spot=False, region="us-east-1"):
    return Nodes(pool=pool, region=region, machines=[machine(n) for n in names], minimum=least, maximum=most, spot=spot)


@settings(max_examples=count(test=100, prove=1000, soak=10_000), deadline=None)
@given(st.data())
def test_no_way_to_place_the_nodes_takes_more_than_is_said(data):
    """Each pool's nodes are given types one by one; no quota counts more of them than its need."""
    pools = [
        nodes(f"p{at}", *names, most=data.draw(st.integers(1, 20)), spot=data.draw(st.booleans()))
        for at, names in enumerate(data.draw(st.lists(st.lists(st.sampled_from(KNOWN), min_size=1, max_size=3), min_size=1, max_size=4)))
    ]  # fmt: skip
    said = {(need.code, need.what): need.needed for need in needs(pools)}
    used: dict = {}
    for pool in pools:
        for chosen in data.draw(st.lists(st.sampled_from(pool.machines), min_size=pool.maximum, max_size=pool.maximum)):
            for quota, much in taken(chosen, spot=pool.spot):
                used[quota.code, quota.what] = used.get((quota.code, quota.what), 0) + much
    assert all(much <= said[quota] for quota, much in used.items())


def test_every_machine_is_counted_by_something():
    for known in machines().values():
        for spot in (False, True):
            found = list(taken(known, spot=spot))
            assert any(quota.unit == "vCPU" and much == known.vcpus for quota, much in found), known.name
    for accelerator in accelerators(Cloud.GCP):
        found = {quota.unit: much for quota, much in taken(offers(Cloud.GCP, accelerator)[-1], spot=False)}
        assert found.get("GPU") or found.get("chip")


def test_the_codes_of_aws():
    codes = {name: [next(taken(machine(name), spot=spot))[0].code for spot in (False, True)] for name in (
        "m7i.large", "g6.xlarge", "gr6.4xlarge", "p4d.24xlarge", "p5.48xlarge", "p6-b200.48xlarge", "inf2.xlarge", "trn1.2xlarge",
    )}  # fmt: skip
    assert codes == {
        "m7i.large": ["L-1216C47A", "L-34B43A08"],
        "g6.xlarge": ["L-DB2E81BA", "L-3819A6DF"],
        "gr6.4xlarge": ["L-DB2E81BA", "L-3819A6DF"],
        "p4d.24xlarge": ["L-417A185B", "L-7212CCBC"],
        "p5.48xlarge": ["L-417A185B", "L-C4BD4855"],
        "p6-b200.48xlarge": ["L-417A185B", None],
        "inf2.xlarge": ["L-1945791B", "L-B5D1601B"],
        "trn1.2xlarge": ["L-2C3B7624", "L-6B0D517C"],
    }


def test_the_codes_of_google_are_metrics_of_its_api():
    documents = resources.files("googleapiclient") / "discovery_cache" / "documents" / "compute.v1.json"
    metrics = set(json.loads(documents.read_text())["schemas"]["Quota"]["properties"]["metric"]["enum"])
    listed = [*machines(Cloud.GCP).values(), *offers(Cloud.GCP, Accelerator.T4), *offers(Cloud.GCP, Accelerator.V100)]
    codes = {quota.code for m in listed for spot in (False, True) for quota, _ in taken(m, spot=spot)} - {None}
    assert codes - metrics == set()
    assert {"GPUS_ALL_REGIONS", "NVIDIA_T4_GPUS", "PREEMPTIBLE_NVIDIA_L4_GPUS"} <= codes


def test_sums_of_a_cluster():
    cluster: EksCluster = read(changed(EKS, pools={"h100": {"accelerator": "h100", "count": 8, "max_nodes": 2}}))
    said = {need.code: (need.needed, need.pools) for need in needs(cluster.bought)}
    assert said == {
        "L-1216C47A": (4 * 4, ("system",)),
        "L-417A185B": (2 * 192, ("h100",)),
        "L-DB2E81BA": (4 * 4, ("l4",)),
    }


def test_sums_of_a_cluster_on_google():
    pools = {
        "h100": {"accelerator": "h100", "count": 8, "max_nodes": 2},
        "l4b": {"accelerator": "l4", "count": 2, "max_nodes": 3},
    }
    cluster: GkeCluster = read(changed(GKE, pools=pools))
    said = {need.code or need.what: (need.needed, need.region) for need in needs(cluster.bought)}
    assert said["GPUS_ALL_REGIONS"] == (4 + 16 + 6, GLOBAL)
    assert said["NVIDIA_L4_GPUS"] == (4 + 6, "us-central1")
    assert said["nvidia-h100-80gb"] == (16, "us-central1")
    assert said["CPUS_ALL_REGIONS"] == (4 * 4 + 4 * 4 + 2 * 208 + 3 * 24, GLOBAL)
    assert needs(cluster.bought)[-1].code is None


def test_cost_between_fewest_and_most():
    found = cost([nodes("a", "g6.xlarge", least=1, most=4), nodes("b", "m7i.large", "m7i.xlarge", least=2, most=2)])
    large, xlarge = (machine(f"m7i.{size}").prices["us-east-1"].on_demand for size in ("large", "xlarge"))
    assert found.minimum == Decimal("0.8048") + 2 * large
    assert found.maximum == 4 * Decimal("0.8048") + 2 * xlarge
    assert (found.unknown_maximum, found.unknown, found.dates) == (0, (), ("2026-07-20",))


def test_a_price_that_is_not_known_is_counted_and_never_guessed():
    found = cost(
        [
            nodes("spot", "g6.xlarge", most=3, spot=True),
            nodes("block", "p5e.48xlarge", least=1, most=2),
            nodes("mixed", "m7i.large", "p5e.48xlarge", least=1, most=5),
            nodes("elsewhere", "g6.xlarge", most=7, region="eu-west-1"),
        ]
    )
    assert (found.minimum, found.maximum, found.dates) == (0, 0, ("2026-07-20",))
    assert (found.unknown_minimum, found.unknown_maximum) == (2, 17)
    assert ("mixed", "p5e.48xlarge") in found.unknown
    assert ("mixed", "m7i.large") not in found.unknown


def test_spot_prices_of_google_are_those_of_the_list():
    found = cost([nodes("a", "a2-highgpu-1g", least=1, most=2, spot=True, region="us-central1")])
    assert (found.minimum, found.maximum) == (Decimal("1.92802"), 2 * Decimal("1.92802"))
