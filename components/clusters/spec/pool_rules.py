"""What a single pool cannot be; each rule gives the key and what is wrong with it, or nothing."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from catalog import gpu, mig
from catalog.errors import SlipwayError
from catalog.machines import Cloud
from catalog.plain import Refusal

if TYPE_CHECKING:
    from components.clusters.spec.pool import NodePool

Wrong = Iterator[tuple[str, Refusal]]

_IMAGES = {
    Cloud.AWS: (re.compile(r"^1\.\d{2}\.\d+-\d{8}$"), "an AMI release such as 1.34.2-20261105"),
    Cloud.GCP: (re.compile(r"^1\.\d{2}\.\d+-gke\.\d+$"), "a GKE version such as 1.34.1-gke.1829001"),
}
_ANY_IMAGE = (re.compile(r"^1\.\d{2}\."), "an image that begins with its Kubernetes version")
_AUTOSCALERS = {"karpenter": Cloud.AWS, "node_auto_provisioning": Cloud.GCP}
# Labels that Kubernetes, the clouds or Slipway set themselves.
_RESERVED = ("slipway.dev/", "kubernetes.io/", "k8s.io/", "eks.amazonaws.com/", "cloud.google.com/")


def wrong(pool: "NodePool") -> Wrong:
    """Everything that is wrong with a pool whose machine types are known."""
    for rule in (_whole, _alternatives, _size, _autoscaler, _bought, _partitioned, _shared, _hardware, _image, _marks):
        yield from rule(pool)


def _whole(pool: "NodePool") -> Wrong:
    for machine in pool.machine_types:
        if machine.fraction:
            why = f"{machine.name} carries only a part of one {machine.fraction}, which no pod can ask for"
            yield "machine", Refusal(machine.name, why, "give a machine type with whole ones")


def _alternatives(pool: "NodePool") -> Wrong:
    first, *others = pool.machine_types
    for machine in others:
        if (machine.accelerator, machine.accelerator_count, machine.architecture) != (
            first.accelerator, first.accelerator_count, first.architecture,
        ):  # fmt: skip
            carries = f"{first.accelerator_count} x {first.accelerator}" if first.accelerator else "no accelerator"
            why = f"a pod would find another node there: {first.name} is {first.architecture} with {carries}"
            yield "alternatives", Refusal(machine.name, why, "give types with the same accelerator and architecture")
    names = [machine.name for machine in pool.machine_types]
    if len(set(names)) < len(names):
        yield "alternatives", Refusal("", "a machine type is named twice", "name each once")


def _size(pool: "NodePool") -> Wrong:
    if pool.max_nodes is None and pool.min_nodes is not None:
        yield "min_nodes", Refusal(str(pool.min_nodes), "without max_nodes nothing scales", "give max_nodes, or nodes")
    if pool.max_nodes is not None and "nodes" in pool.model_fields_set:
        yield (
            "nodes",
            Refusal(str(pool.nodes), "a fixed number and a maximum contradict each other", "give one of them"),
        )
    if pool.max_nodes is not None and (pool.min_nodes or 0) > pool.max_nodes:
        yield "min_nodes", Refusal(str(pool.min_nodes), f"more than max_nodes ({pool.max_nodes})", "give less")


def _autoscaler(pool: "NodePool") -> Wrong:
    cloud = _AUTOSCALERS.get(pool.autoscaler, pool.cloud)
    if cloud is not pool.cloud:
        yield "autoscaler", Refusal(pool.autoscaler, f"{pool.cloud} has none of this name", "give managed")
    if pool.autoscaler != "managed" and pool.max_nodes is None:
        yield (
            "autoscaler",
            Refusal(pool.autoscaler, "it makes nodes as pods need them, not a fixed number", "give max_nodes"),
        )


def _bought(pool: "NodePool") -> Wrong:
    reserved = pool.capacity in ("reservation", "capacity_block")
    if pool.capacity == "capacity_block" and pool.cloud is not Cloud.AWS:
        yield "capacity", Refusal(pool.capacity, f"{pool.cloud} sells no capacity blocks", "give reservation")
    if reserved and pool.reservation is None:
        yield "reservation", Refusal("", "the capacity is reserved, and not said by which reservation", "give its id")
    if not reserved and pool.reservation is not None:
        yield "reservation", Refusal(pool.reservation, f"nothing is taken from it with capacity: {pool.capacity}",
                                     "give capacity: reservation, or remove it")  # fmt: skip
    if pool.reservation and pool.cloud is Cloud.AWS and not re.fullmatch(r"cr-[0-9a-f]{8,17}", pool.reservation):
        yield (
            "reservation",
            Refusal(pool.reservation, "not the id of a capacity reservation", "give one such as cr-0123456789abcdef0"),
        )
    if reserved and len(pool.zones) != 1:
        yield "zones", Refusal("", "a reservation holds machines in one zone", "give this zone")


def _partitioned(pool: "NodePool") -> Wrong:
    machine = pool.machine_type
    if pool.mig is None:
        if "mig_strategy" in pool.model_fields_set:
            yield "mig_strategy", Refusal(pool.mig_strategy, "no GPU is cut here", "give mig, or remove it")
        return
    if machine.accelerator is None:
        yield "mig", Refusal(pool.mig, f"{machine.name} carries no GPU", "remove it")
        return
    try:
        mig.instances(machine.accelerator, pool.mig)
    except SlipwayError as error:
        yield "mig", Refusal(error.value, error.why, error.fix)
    if pool.cloud is Cloud.GCP and pool.mig_strategy == "mixed":
        yield "mig_strategy", Refusal("mixed", "GKE shows partitions as GPUs", "give single")
    if pool.cloud is Cloud.GCP and re.search(r"gb[+-]", pool.mig):
        yield "mig", Refusal(pool.mig, "GKE knows no profiles with or without media engines", "give the plain profile")


def _shared(pool: "NodePool") -> Wrong:
    if pool.time_slicing is None:
        return
    accelerator = pool.machine_type.accelerator
    if accelerator is None or gpu.base_resource(accelerator) != gpu.RESOURCE:
        yield "time_slicing", Refusal(str(pool.time_slicing), "only NVIDIA's GPUs are shared in turns", "remove it")
    elif pool.cloud is Cloud.GCP and pool.time_slicing > gpu.GKE_MAX_SHARES:
        yield (
            "time_slicing",
            Refusal(str(pool.time_slicing), "more than GKE allows", f"give at most {gpu.GKE_MAX_SHARES}"),
        )


def _hardware(pool: "NodePool") -> Wrong:
    for machine in pool.machine_types:
        if pool.fast_network and not (machine.efa if pool.cloud is Cloud.AWS else machine.gpu_direct):
            yield "fast_network", Refusal("true", f"{machine.name} has none", "remove it, or give larger machines")
        if pool.local_nvme and not machine.local_nvme_gb:
            yield (
                "local_nvme",
                Refusal("true", f"{machine.name} brings no disks", "remove it, or give another machine type"),
            )
    for key in ("fast_network", "placement_group"):
        if getattr(pool, key) and len(pool.zones) != 1:
            yield key, Refusal("true", "it does not reach from zone to zone", "give the pool one of the zones")
    if pool.image_streaming and pool.cloud is not Cloud.GCP:
        yield "image_streaming", Refusal("true", "only GKE starts containers before their image is there", "remove it")


def _image(pool: "NodePool") -> Wrong:
    form, example = _IMAGES.get(pool.cloud, _ANY_IMAGE)
    if pool.image is not None and not form.match(pool.image):
        yield "image", Refusal(pool.image, f"not {example}", "give one of this form")
    accelerator = pool.machine_type.accelerator
    if pool.driver and (accelerator is None or gpu.base_resource(accelerator) != gpu.RESOURCE):
        yield (
            "driver",
            Refusal(pool.driver, "the driver is NVIDIA's, and its nodes carry none of its GPUs", "remove it"),
        )


def _marks(pool: "NodePool") -> Wrong:
    for key in pool.labels:
        if key.startswith(_RESERVED) or key.partition("/")[0].endswith((".kubernetes.io", ".k8s.io")):
            yield f"labels.{key}", Refusal("", "others set labels of this prefix", "choose a prefix of your own")
    marks = [(taint.key, taint.effect) for taint in pool.taints]
    if len(set(marks)) < len(marks):
        yield "taints", Refusal("", "two taints have the same key and effect", "remove one")
