"""A simulated node offers what the pool says, under the names that pods ask by."""

from catalog.machines import Accelerator
from components.clusters.simulated_node import simulated_node
from components.clusters.spec import NodePool


def node(**pool):
    made = NodePool(**pool)
    return simulated_node("n-0", "n", made.machine_type, made.sharing)


def test_whole_gpus():
    made = node(accelerator=Accelerator.H100, count=8)
    assert made["status"]["allocatable"]["nvidia.com/gpu"] == "8"
    assert made["metadata"]["labels"]["slipway.dev/accelerator"] == "h100"
    assert made["metadata"]["labels"]["nvidia.com/gpu.memory"] == "81920"


def test_partitions():
    made = node(accelerator=Accelerator.H100, count=8, mig="3g.40gb", mig_strategy="mixed")
    assert made["status"]["allocatable"]["nvidia.com/mig-3g.40gb"] == "16"
    assert "nvidia.com/gpu" not in made["status"]["capacity"]
    assert made["metadata"]["labels"]["slipway.dev/accelerator"] == "h100-mig-3g.40gb"


def test_chips_of_others_carry_their_own_taint_and_nothing_of_nvidia():
    for machine, key in (("trn1.32xlarge", "aws.amazon.com/neuron"), ("ct6e-standard-4t", "google.com/tpu")):
        made = node(machine=machine)
        assert key in {taint["key"] for taint in made["spec"]["taints"]}
        assert not any("nvidia" in label for label in made["metadata"]["labels"])


def test_processors_only():
    assert [taint["key"] for taint in node(machine="m7i.large")["spec"]["taints"]] == ["kwok.x-k8s.io/node"]
