"""Accelerators of both clouds: what is known, what stays unknown, and how Kubernetes names it."""

from decimal import Decimal

import pytest

from catalog import gpu, mig
from catalog.errors import SlipwayError
from catalog.gpu import Sharing
from catalog.machines import Accelerator, Cloud, accelerators, machine, machines, offers, smallest
from catalog.regions import regions, zones


def test_every_accelerator_is_offered_somewhere():
    assert {a for cloud in Cloud for a in accelerators(cloud)} == set(Accelerator)


@pytest.mark.parametrize("cloud", list(Cloud))
def test_smallest_finds_every_pair_that_exists_and_no_other(cloud):
    for accelerator in Accelerator:
        counts = {m.accelerator_count for m in offers(cloud, accelerator)}
        for count in range(1, 17):
            if count in counts:
                found = smallest(cloud, accelerator, count)
                assert (found.cloud, found.accelerator, found.accelerator_count) == (cloud, accelerator, count)
            else:
                with pytest.raises(SlipwayError, match=rf"give one of|{cloud} has no machine with it"):
                    smallest(cloud, accelerator, count)


def test_names_are_of_one_cloud():
    assert not set(machines(Cloud.AWS)) & set(machines(Cloud.GCP))
    assert machines() == machines(Cloud.AWS) | machines(Cloud.GCP)


@pytest.mark.parametrize(
    ("name", "accelerator", "count"),
    [
        ("p4d.24xlarge", Accelerator.A100, 8),
        ("p4de.24xlarge", Accelerator.A100_80GB, 8),
        ("a2-highgpu-4g", Accelerator.A100, 4),
        ("a2-ultragpu-4g", Accelerator.A100_80GB, 4),
        ("a2-megagpu-16g", Accelerator.A100, 16),
        ("a3-megagpu-8g", Accelerator.H100, 8),
        ("g2-standard-24", Accelerator.L4, 2),
        ("g4-standard-384", Accelerator.RTX_PRO_6000, 8),
        ("g5g.xlarge", Accelerator.T4G, 1),
        ("inf2.48xlarge", Accelerator.INFERENTIA2, 12),
        ("ct5lp-hightpu-8t", Accelerator.TPU_V5E, 8),
        ("n1-standard-4", None, 0),
        ("g6f.xlarge", None, 0),
        ("g4-standard-6", None, 0),
        ("m7i.large", None, 0),
    ],
)
def test_what_a_machine_carries(name, accelerator, count):
    assert (machine(name).accelerator, machine(name).accelerator_count) == (accelerator, count)


def test_what_is_not_known_stays_unknown():
    assert machine("trn2.48xlarge").accelerator_memory_mib is None
    assert machine("p5e.48xlarge").prices == {}
    assert machine("a3-highgpu-8g").offered("us-central1", "us-central1-a") is None
    assert smallest(Cloud.GCP, Accelerator.T4, 1).prices == {}
    assert machine("g5.xlarge").prices.keys() == {"us-east-1"}


def test_places():
    assert machine("g5.xlarge").offered("us-east-1", "us-east-1a") is True
    assert machine("g5.xlarge").offered("us-east-1", "us-east-1e") is False
    assert machine("g2-standard-4").offered("us-central1", "us-central1-a") is True
    assert machine("g2-standard-4").offered("africa-south1", "africa-south1-a") is False
    assert zones(Cloud.AWS, "us-east-1") == tuple(f"us-east-1{z}" for z in "abcdef")
    assert zones(Cloud.GCP, "us-central1") == tuple(f"us-central1-{z}" for z in "abcf")
    assert zones(Cloud.GCP, "africa-south1") == ()
    assert len(regions(Cloud.AWS)) == 30


def test_prices_carry_their_date():
    price = machine("a2-highgpu-1g").prices["us-central1"]
    assert (price.on_demand, price.spot, price.date) == (Decimal("3.673385"), Decimal("1.92802"), "2026-07-30")
    assert machine("p5.48xlarge").prices["us-east-1"].date == "2026-07-20"


def test_what_gke_keeps_of_a_node():
    """16 GiB: a quarter of 4, a fifth of 4, a tenth of 8 GiB and 100 MiB; 4 cores: 60 + 10 + 2 x 5 millicores."""
    assert machine("e2-standard-4").allocatable == {
        "cpu": "3920m",
        "memory": f"{16384 - 1024 - 820 - 820 - 100}Mi",
        "pods": "110",
    }


@pytest.mark.parametrize("accelerator", list(Accelerator))
def test_one_place_for_taint_toleration_and_resource(accelerator):
    key = gpu.base_resource(accelerator)
    assert gpu.taint(accelerator)["key"] == gpu.toleration(accelerator)["key"] == key
    for cloud in Cloud:
        for offer in offers(cloud, accelerator):
            assert offer.allocatable[key] == str(offer.accelerator_count)


def test_tpus_say_how_their_chips_are_joined():
    for name, found in machines(Cloud.GCP).items():
        if found.accelerator and gpu.base_resource(found.accelerator) == gpu.TPU:
            sides = [int(side) for side in gpu.tpu_topology(found).split("x")]
            product = 1
            for side in sides:
                product *= side
            assert product == found.accelerator_count, name
        else:
            assert gpu.tpu_topology(found) is None


@pytest.mark.parametrize("accelerator", list(Accelerator))
@pytest.mark.parametrize("strategy", ["single", "mixed"])
def test_every_profile_of_every_gpu_under_both_strategies(accelerator, strategy):
    """A profile that the GPU has is counted and named; every other one is refused."""
    every = {profile for profiles in mig.PROFILES.values() for profile in profiles}
    assert len(every) > 40
    for profile in every:
        sharing = Sharing(mig=profile, strategy=strategy)
        known = mig.PROFILES.get(accelerator, {})
        if profile not in known:
            with pytest.raises(SlipwayError, match=r"no such profile|cannot be partitioned"):
                gpu.units(accelerator, 8, sharing)
            continue
        assert gpu.units(accelerator, 8, sharing) == 8 * known[profile]
        name = gpu.resource(accelerator, Cloud.AWS, sharing)
        assert name == ("nvidia.com/gpu" if strategy == "single" else f"nvidia.com/mig-{profile.replace('+', '.')}")
        assert "+" not in gpu.label(accelerator, sharing)
        assert len(gpu.label(accelerator, sharing)) <= 63


def test_instances_of_a_profile_fit_into_the_gpu():
    """Neither their slices (of seven, four on the RTX) nor their memory is more than there is."""
    for accelerator, profiles in mig.PROFILES.items():
        whole = max(map(mig.memory_gb, profiles))
        slices = max(int(profile.partition("g")[0]) for profile in profiles)
        for profile, count in profiles.items():
            assert count * mig.memory_gb(profile) <= whole * 1.05, (accelerator, profile)
            assert count * int(profile.partition("g")[0]) <= slices, (accelerator, profile)


def test_a_pods_share_is_never_taken_for_a_whole_gpu():
    whole, shared = Sharing(), Sharing(shares=4)
    assert gpu.resource(Accelerator.L4, Cloud.AWS, whole) != gpu.resource(Accelerator.L4, Cloud.AWS, shared)
    for cut in (shared, Sharing(mig="1g.10gb")):
        assert gpu.node_selector(Accelerator.H100, whole) != gpu.node_selector(Accelerator.H100, cut)
