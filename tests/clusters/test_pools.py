"""What a pool can be, and what it cannot: each rule both ways."""

import pytest

from catalog.gpu import ACCELERATOR_LABEL, allocatable, node_selector, resource
from catalog.machines import Accelerator
from components.clusters.spec import EksPool, GkePool, NodePool
from tests.clusters.stacks import EKS, GKE, changed, read, wrong


def pool(base, **keys):
    """The cluster with one pool of these keys."""
    return {**base, "pools": {"p": keys}}


L4 = {"accelerator": "l4", "max_nodes": 4}
H100 = {"accelerator": "h100", "count": 8, "max_nodes": 2}
M7I = {"machine": "m7i.2xlarge", "max_nodes": 4}
RESERVED = {"capacity": "reservation", "reservation": "cr-0123456789abcdef0", "zones": ["us-east-1b"]}


@pytest.mark.parametrize(
    ("base", "keys", "machine"),
    [
        (EKS, L4, "g6.xlarge"),
        (GKE, L4, "g2-standard-4"),
        (EKS, H100, "p5.48xlarge"),
        (GKE, H100, "a3-highgpu-8g"),
        (GKE, {"accelerator": "t4", "count": 2, "max_nodes": 1}, "n1-standard-8"),
        (EKS, {"accelerator": "trainium", "count": 16, "max_nodes": 1, "zones": ["us-east-1b"]}, "trn1.32xlarge"),
        (EKS, {"accelerator": "inferentia2", "max_nodes": 1}, "inf2.xlarge"),
        (GKE, {"accelerator": "tpu-v6e", "count": 4, "max_nodes": 1}, "ct6e-standard-4t"),
        (EKS, {**L4, "capacity": "spot"}, "g6.xlarge"),
        (EKS, {**L4, "capacity": "spot", "zones": ["us-east-1a"], "alternatives": ["g6.2xlarge"]}, "g6.xlarge"),
        (EKS, {**H100, **RESERVED}, "p5.48xlarge"),
        (EKS, {**H100, **RESERVED, "capacity": "capacity_block"}, "p5.48xlarge"),
        (GKE, {**L4, "capacity": "reservation", "reservation": "l4-nodes", "zones": ["us-central1-a"]}, "g2-standard-4"),
        (EKS, {**H100, "fast_network": True, "placement_group": True, "zones": ["us-east-1b"], "local_nvme": True}, "p5.48xlarge"),
        (GKE, {"machine": "a3-megagpu-8g", "fast_network": True, "zones": ["us-east4-a"]} , None),
        (EKS, {**H100, "mig": "3g.40gb", "mig_strategy": "mixed"}, "p5.48xlarge"),
        (GKE, {**H100, "mig": "1g.10gb", "time_slicing": 4}, "a3-highgpu-8g"),
        (EKS, {**L4, "time_slicing": 100}, "g6.xlarge"),
        (GKE, {**L4, "image_streaming": True}, "g2-standard-4"),
        (EKS, {**L4, "autoscaler": "karpenter"}, "g6.xlarge"),
        (GKE, {**L4, "autoscaler": "node_auto_provisioning"}, "g2-standard-4"),
        (EKS, {**L4, "image": "1.34.2-20261105", "driver": "580.95.05"}, "g6.xlarge"),
        (EKS, {**L4, "image": "1.31.2-20261105"}, "g6.xlarge"),
        (GKE, {**L4, "image": "1.33.4-gke.1245000"}, "g2-standard-4"),
        (GKE, {**L4, "image": "1.32.9-gke.1010000"}, "g2-standard-4"),
        (EKS, {**M7I, "taints": [{"key": "batch"}], "labels": {"example.com/tier": "batch"}}, "m7i.2xlarge"),
        (EKS, {"machine": "m7g.xlarge", "alternatives": ["m8g.xlarge"], "max_nodes": 2}, "m7g.xlarge"),
    ],
)  # fmt: skip
def test_what_a_pool_can_be(base, keys, machine):
    if machine is None:
        base = changed(base, region="us-east4")
    made = read(pool(base, **keys)).pools["p"]
    assert made.machine_type.name == (machine or keys["machine"])


@pytest.mark.parametrize(
    ("base", "keys", "path", "said"),
    [
        (EKS, {"max_nodes": 1}, "", "either an accelerator with its count or a machine type"),
        (EKS, {**L4, "machine": "g6.xlarge"}, "", "give one of the two"),
        (EKS, {**L4, "count": 3}, "", "no machine type has 3 x l4; give one of 1, 4, 8"),
        (GKE, {**L4, "count": 3}, "", "give one of 1, 2, 4, 8"),
        (GKE, {"accelerator": "a10g"}, "", "gcp has no machine with it; the nearest by memory is l4"),
        (EKS, {"accelerator": "tpu-v6e"}, "", "aws has no machine with it"),
        (EKS, {"machine": "g6.xlage"}, "", "did you mean g6.xlarge?"),
        (EKS, {"machine": "g2-standard-4"}, "", "no such machine type is known on aws"),
        (GKE, {"machine": "g6.xlarge"}, "", "no such machine type is known on gcp"),
        (EKS, {"machine": "g6f.xlarge"}, "machine", "carries only a part of one l4"),
        (GKE, {"machine": "g4-standard-12"}, "machine", "carries only a part of one rtx-pro-6000"),
        (EKS, {**L4, "alternatives": ["g5.xlarge"]}, "alternatives", "g6.xlarge is amd64 with 1 x l4"),
        (EKS, {**M7I, "alternatives": ["m7g.2xlarge"]}, "alternatives", "same accelerator and architecture"),
        (EKS, {**L4, "alternatives": ["g6.xlarge"]}, "alternatives", "named twice"),
        (EKS, {**L4, "max_nodes": 0}, "max_nodes", "give a number of at least 1"),
        (EKS, {**L4, "max_nodes": "4"}, "max_nodes", "give a whole number without quotes"),
        (EKS, {**L4, "min_nodes": 5}, "min_nodes", "more than max_nodes (4)"),
        (EKS, {**L4, "nodes": 2}, "nodes", "contradict each other"),
        (EKS, {"accelerator": "l4", "min_nodes": 1}, "min_nodes", "without max_nodes nothing scales"),
        (GKE, {**L4, "autoscaler": "karpenter"}, "autoscaler", "gcp has none of this name; give managed"),
        (EKS, {**L4, "autoscaler": "node_auto_provisioning"}, "autoscaler", "aws has none of this name"),
        (EKS, {"accelerator": "l4", "autoscaler": "karpenter"}, "autoscaler", "not a fixed number; give max_nodes"),
        (EKS, {**L4, "capacity": "spot", "zones": ["us-east-1a"]}, "capacity", "give alternatives, or more zones"),
        (GKE, {**L4, "capacity": "spot", "zones": ["us-central1-a"]}, "capacity", "give alternatives, or more zones"),
        (EKS, {**H100, **RESERVED, "zones": []}, "zones", "a reservation holds machines in one zone"),
        (EKS, {**H100, **RESERVED, "reservation": "my-block"}, "reservation", "such as cr-0123456789abcdef0"),
        (EKS, {**H100, "capacity": "reservation", "zones": ["us-east-1b"]}, "reservation", "give its id"),
        (EKS, {**H100, "reservation": "cr-0123456789abcdef0"}, "reservation", "capacity: on_demand"),
        (GKE, {**L4, "capacity": "capacity_block", "reservation": "b", "zones": ["us-central1-a"]}, "capacity", "gcp sells no capacity blocks"),
        (EKS, {**L4, "mig": "1g.10gb"}, "mig", "l4 cannot be partitioned"),
        (EKS, {**H100, "mig": "1g.5gb"}, "mig", "h100 has no such profile; give one of 1g.10gb"),
        (EKS, {**M7I, "mig": "1g.5gb"}, "mig", "carries no GPU"),
        (EKS, {**H100, "mig_strategy": "mixed"}, "mig_strategy", "no GPU is cut here"),
        (GKE, {**H100, "mig": "1g.10gb", "mig_strategy": "mixed"}, "mig_strategy", "GKE shows partitions as GPUs"),
        (GKE, {**H100, "mig": "1g.10gb+me"}, "mig", "give the plain profile"),
        (GKE, {**L4, "time_slicing": 49}, "time_slicing", "give at most 48"),
        (EKS, {"accelerator": "inferentia2", "time_slicing": 2}, "time_slicing", "only NVIDIA's GPUs"),
        (EKS, {**M7I, "time_slicing": 2}, "time_slicing", "only NVIDIA's GPUs"),
        (EKS, {**L4, "fast_network": True, "zones": ["us-east-1a"]}, "fast_network", "g6.xlarge has none"),
        (GKE, {**L4, "fast_network": True, "zones": ["us-central1-a"]}, "fast_network", "g2-standard-4 has none"),
        (EKS, {**H100, "fast_network": True}, "fast_network", "does not reach from zone to zone"),
        (EKS, {**L4, "placement_group": True}, "placement_group", "does not reach from zone to zone"),
        (EKS, {**M7I, "local_nvme": True}, "local_nvme", "m7i.2xlarge brings no disks"),
        (EKS, {**L4, "image_streaming": True}, "image_streaming", "only GKE"),
        (EKS, {**L4, "image": "1.33.4-gke.1245000"}, "image", "not an AMI release"),
        (GKE, {**L4, "image": "1.34.2-20261105"}, "image", "not a GKE version"),
        (EKS, {**L4, "image": "1.35.0-20261105"}, "image", "nodes newer than the cluster (1.34)"),
        (EKS, {**L4, "image": "1.30.9-20261105"}, "image", "more than 3 minor versions older"),
        (GKE, {**L4, "image": "1.31.9-gke.1010000"}, "image", "more than 2 minor versions older"),
        (EKS, {**M7I, "driver": "580.95.05"}, "driver", "carry none of its GPUs"),
        (EKS, {**L4, "driver": "latest"}, "driver", "pattern"),
        (EKS, {**L4, "labels": {"slipway.dev/pool": "x"}}, "labels.slipway.dev/pool", "choose a prefix of your own"),
        (EKS, {**L4, "labels": {"node.kubernetes.io/x": "x"}}, "labels.node.kubernetes.io/x", "choose a prefix of your own"),
        (EKS, {**L4, "labels": {"a b": "x"}}, "labels.a b", "pattern"),
        (EKS, {**L4, "taints": [{"key": "a"}, {"key": "a", "value": "b"}]}, "taints", "same key and effect"),
        (EKS, {**L4, "taints": [{"key": "a", "efect": "NoExecute"}]}, "taints.0.efect", "no such key"),
        (EKS, {**L4, "zones": ["us-east-1f"]}, "zones", "no zone of the cluster; give some of us-east-1a"),
        (EKS, {"accelerator": "h200", "count": 8, "max_nodes": 1, "zones": ["us-east-1b"]}, "zones", "zones that have it: us-east-1a, us-east-1c"),
        (GKE, {"accelerator": "tpu-v5p", "count": 4, "max_nodes": 1, "zone": "x"}, "zone", "did you mean zones?"),
    ],
)  # fmt: skip
def test_what_a_pool_cannot_be(base, keys, path, said):
    errors = wrong(pool(base, **keys))
    where = f"cluster.pools.p.{path}".removesuffix(".")
    assert where in errors, errors
    assert said in errors[where]
    assert len(errors) == 1, errors


def test_a_machine_that_none_of_the_clusters_zones_has_names_the_zones():
    said = pool(changed(EKS, network={"zones": ["us-east-1a", "us-east-1e"]}), accelerator="l4", max_nodes=1)
    assert read(said).zones_of(read(said).pools["p"]) == ("us-east-1a",)
    only = pool(changed(EKS, network={"zones": ["us-east-1b", "us-east-1d"]}), accelerator="h200", count=8)
    assert (
        "none of the cluster's zones has p5en.48xlarge; zones that have it: us-east-1a, us-east-1c"
        in wrong(only)["cluster.pools.p.accelerator"]
    )


def test_a_region_without_the_machine_names_what_it_has():
    said = pool(changed(EKS, region="eu-west-3"), accelerator="h100", count=8)
    assert "eu-west-3 has no p5.48xlarge; regions that have it: " in wrong(said)["cluster.pools.p.accelerator"]
    said = pool(EKS, machine="p5e.48xlarge")
    assert (
        "give another machine type with h200; us-east-1 has p5en.48xlarge (8)" in wrong(said)["cluster.pools.p.machine"]
    )
    said = pool(changed(GKE, region="africa-south1", network={"zones": ["africa-south1-a"]}), accelerator="l4")
    assert "africa-south1 has no g2-standard-4" in wrong(said)["cluster.pools.p.accelerator"]


def test_several_mistakes_in_one_pool_are_all_said():
    errors = wrong(pool(EKS, **L4, mig="1g.5gb", local_nvme=False, min_nodes=9, image="x", labels={"k8s.io/x": ""}))
    assert set(errors) == {f"cluster.pools.p.{key}" for key in ("mig", "min_nodes", "image", "labels.k8s.io/x")}


def test_numbers_of_nodes():
    fixed, scaling = NodePool(machine="g6.xlarge", nodes=3), NodePool(machine="g6.xlarge", max_nodes=5)
    assert (fixed.minimum, fixed.maximum) == (3, 3)
    assert (scaling.minimum, scaling.maximum) == (0, 5)
    assert NodePool(machine="g6.xlarge", min_nodes=1, max_nodes=5).minimum == 1


def test_the_disk_is_sized_to_the_images_unless_it_is_said():
    assert EksPool(machine="m7i.large").disk == 100
    assert EksPool(machine="g6.xlarge").disk == 300
    assert EksPool(machine="g6.xlarge", disk_gib=900).disk == 900


def test_a_pool_of_no_cloud_names_machines_of_any():
    assert NodePool(machine="g2-standard-4").machine_type.accelerator is Accelerator.L4
    assert NodePool(accelerator=Accelerator.L4).machine_type.name == "g6.xlarge"


@pytest.mark.parametrize(
    ("made", "key", "count", "label"),
    [
        (EksPool(accelerator=Accelerator.H100, count=8), "nvidia.com/gpu", "8", "h100"),
        (EksPool(accelerator=Accelerator.H100, count=8, mig="1g.10gb"), "nvidia.com/gpu", "56", "h100-mig-1g.10gb"),
        (EksPool(accelerator=Accelerator.H100, count=8, mig="3g.40gb", mig_strategy="mixed"), "nvidia.com/mig-3g.40gb", "16", "h100-mig-3g.40gb"),
        (EksPool(accelerator=Accelerator.L4, time_slicing=4), "nvidia.com/gpu.shared", "4", "l4-shared"),
        (GkePool(accelerator=Accelerator.L4, time_slicing=4), "nvidia.com/gpu", "4", "l4-shared"),
        (GkePool(accelerator=Accelerator.H100, count=8, mig="1g.20gb", time_slicing=2), "nvidia.com/gpu", "64", "h100-mig-1g.20gb-shared"),
        (GkePool(accelerator=Accelerator.TPU_V6E, count=4), "google.com/tpu", "4", "tpu-v6e"),
        (EksPool(accelerator=Accelerator.TRAINIUM, count=16), "aws.amazon.com/neuron", "16", "trainium"),
    ],
)  # fmt: skip
def test_what_a_pods_asks_for_there(made, key, count, label):
    machine = made.machine_type
    assert resource(machine.accelerator, made.cloud, made.sharing) == key
    assert allocatable(machine, made.sharing)[key] == count
    assert node_selector(machine.accelerator, made.sharing) == {ACCELERATOR_LABEL: label}
