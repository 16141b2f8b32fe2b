"""How an accelerator is named in Kubernetes: resource key, product label, taint; one place for every cloud.

Sources: NVIDIA's names, MIG strategies and time-slicing, https://github.com/NVIDIA/k8s-device-plugin; AWS Neuron,
https://awsdocs-neuron.readthedocs-hosted.com/en/latest/containers/kubernetes-getting-started.html; TPU and GPU sharing
on GKE, https://cloud.google.com/kubernetes-engine/docs/concepts/plan-tpus, /timesharing-gpus and
/how-to/gpus-multi (read 2026-11).
"""

from dataclasses import dataclass
from typing import Literal

from catalog import mig
from catalog.machines import Accelerator, Cloud, Machine

RESOURCE = "nvidia.com/gpu"
NEURON = "aws.amazon.com/neuron"
TPU = "google.com/tpu"
POOL_LABEL = "slipway.dev/pool"
ACCELERATOR_LABEL = "slipway.dev/accelerator"
SYSTEM_POOL = "system"
TAINT = {"key": RESOURCE, "value": "present", "effect": "NoSchedule"}
TOLERATION = {"key": RESOURCE, "operator": "Exists", "effect": "NoSchedule"}

# A simulated node carries one more taint: nothing lands there that does not say it may be simulated.
SIMULATED_ANNOTATION = "kwok.x-k8s.io/node"
SIMULATED_TAINT = {"key": SIMULATED_ANNOTATION, "value": "fake", "effect": "NoSchedule"}
SIMULATED_TOLERATION = {"key": SIMULATED_ANNOTATION, "operator": "Exists", "effect": "NoSchedule"}

# GKE's own limit of clients that share one GPU in turns.
GKE_MAX_SHARES = 48
_NEURON = frozenset(
    {Accelerator.INFERENTIA, Accelerator.INFERENTIA2, Accelerator.TRAINIUM, Accelerator.TRAINIUM2},
)
_TPU_TOPOLOGY = {
    (Accelerator.TPU_V5E, 1): "1x1", (Accelerator.TPU_V5E, 4): "2x2", (Accelerator.TPU_V5E, 8): "2x4",
    (Accelerator.TPU_V6E, 1): "1x1", (Accelerator.TPU_V6E, 4): "2x2", (Accelerator.TPU_V6E, 8): "2x4",
    (Accelerator.TPU_V5P, 4): "2x2x1",
}  # fmt: skip

Strategy = Literal["single", "mixed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sharing:
    """How several pods share one GPU; nothing is shared by default.

    Attributes:
        mig: the profile into which each GPU is cut.
        strategy: how the device plugin names partitions: `single` as GPUs, `mixed` by their profile.
        shares: how many pods take turns on one GPU (time-slicing), or on one partition of it.
    """

    mig: str | None = None
    strategy: Strategy = "single"
    shares: int | None = None


WHOLE = Sharing()


def base_resource(accelerator: Accelerator) -> str:
    """The resource that whole ones are asked for by; the key of the taint, too."""
    if accelerator in _NEURON:
        return NEURON
    return TPU if accelerator.value.startswith("tpu-") else RESOURCE


def resource(accelerator: Accelerator, cloud: Cloud = Cloud.AWS, sharing: Sharing = WHOLE) -> str:
    """The resource that a pod asks for.

    On GKE a partition and a share are asked for as a GPU, and the node's label tells them apart. Elsewhere the device
    plugin renames what is shared (`renameByDefault`), so that who asks for a whole GPU never gets a share of one.
    """
    name = base_resource(accelerator)
    if cloud is Cloud.GCP:
        return name
    if sharing.mig and sharing.strategy == "mixed":
        name = f"nvidia.com/mig-{_plain(sharing.mig)}"
    return f"{name}.shared" if sharing.shares else name


def units(accelerator: Accelerator, count: int, sharing: Sharing = WHOLE) -> int:
    """How many of the resource a node with `count` accelerators offers.

    Raises:
        SlipwayError: the GPU has no such profile.
    """
    partitions = mig.instances(accelerator, sharing.mig) if sharing.mig else 1
    return count * partitions * (sharing.shares or 1)


def label(accelerator: Accelerator, sharing: Sharing = WHOLE) -> str:
    """The value of `slipway.dev/accelerator`: `h100`, `h100-mig-1g.10gb`, `l4-shared`."""
    partition = f"-mig-{_plain(sharing.mig)}" if sharing.mig else ""
    return f"{accelerator}{partition}{'-shared' if sharing.shares else ''}"


def taint(accelerator: Accelerator) -> dict[str, str]:
    """The taint that keeps pods without accelerators away; the same as GKE sets by itself."""
    return TAINT | {"key": base_resource(accelerator)}


def toleration(accelerator: Accelerator) -> dict[str, str]:
    """What a pod needs to go where the accelerator is."""
    return TOLERATION | {"key": base_resource(accelerator)}


def node_selector(accelerator: Accelerator, sharing: Sharing = WHOLE) -> dict[str, str]:
    """The labels of the nodes that carry this accelerator, whole or shared like this."""
    return {ACCELERATOR_LABEL: label(accelerator, sharing)}


def tpu_topology(machine: Machine) -> str | None:
    """How the chips of one machine are joined, as GKE wants it said; None for a machine without TPUs."""
    return _TPU_TOPOLOGY.get((machine.accelerator, machine.accelerator_count)) if machine.accelerator else None


def allocatable(machine: Machine, sharing: Sharing = WHOLE) -> dict[str, str]:
    """What the scheduler can give to pods on this machine when its GPUs are shared like this.

    Raises:
        SlipwayError: the GPU has no such profile.
    """
    if machine.accelerator is None or sharing == WHOLE:
        return machine.allocatable
    others = {key: value for key, value in machine.allocatable.items() if key != RESOURCE}
    offered = units(machine.accelerator, machine.accelerator_count, sharing)
    return others | {resource(machine.accelerator, machine.cloud, sharing): str(offered)}


def _plain(profile: str) -> str:
    """The device plugin writes `1g.10gb+me` as `1g.10gb.me`, because a plus is no part of a name."""
    return profile.replace("+", ".")
