"""A node pool: one type for every cloud and every accelerator; what a cloud has not is refused."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from catalog.errors import SlipwayError
from catalog.gpu import Sharing, Strategy
from catalog.machines import Accelerator, Cloud, Machine, machine, smallest
from catalog.plain import Plain, Refusal, Refusals
from components.clusters.spec import pool_rules

PoolName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]
Capacity = Literal["on_demand", "spot", "reservation", "capacity_block"]
Autoscaler = Literal["managed", "karpenter", "node_auto_provisioning"]
LabelKey = Annotated[
    str, Field(pattern=r"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$")
]
LabelValue = Annotated[str, Field(pattern=r"^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$")]
Texts = Annotated[tuple[str, ...], Field(strict=False)]

# Room for the images of the system and of a model server; GPU servers' images alone are 10 GB and more, and unpacked
# beside their layers they need three times as much.
DISK_GIB, ACCELERATOR_DISK_GIB = 100, 300


class Taint(Plain):
    """What keeps pods away that do not tolerate it."""

    key: LabelKey
    value: LabelValue = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"


class NodePool(Plain):
    """Nodes of one shape.

    Attributes:
        accelerator: what each node carries; the machine type follows from it and `count`.
        count: accelerators in one node.
        machine: the machine type by name, instead of accelerator and count.
        alternatives: machine types that serve as well where the first is not to be had.
        nodes: how many nodes, when their number is fixed; like `min_nodes` and `max_nodes` for the whole pool, over
            all its zones.
        min_nodes: how few the autoscaler leaves.
        max_nodes: how many it may make; with it the number is not fixed.
        autoscaler: `managed` is the cloud's own (Cluster Autoscaler on EKS, GKE's), the others make nodes of any
            listed type as pods need them.
        capacity: how the machines are bought.
        reservation: its id (AWS) or name (Google).
        zones: of the cluster's zones; all of them by default.
        mig: the profile into which each GPU is cut.
        mig_strategy: `single` shows partitions as GPUs, `mixed` by their profile's name.
        time_slicing: how many pods take turns on one GPU, without limits between them.
        fast_network: Elastic Fabric Adapters, or Google's GPUDirect.
        placement_group: nodes close to each other.
        local_nvme: pods' scratch space on the machine's own disks.
        image_streaming: containers start before their image is there (GKE).
        disk_gib: of the node; `disk` says the default.
        image: pinned node image: an AMI release (`1.34.2-20261105`) or a GKE version (`1.34.1-gke.1829001`).
        driver: version of NVIDIA's driver in that image, which models' images are compared with.
        node_repair: the cloud replaces nodes that are not healthy.
        labels: added to Slipway's own.
        taints: added to the accelerator's own.
    """

    cloud: ClassVar[Cloud] = Cloud.AWS

    accelerator: Annotated[Accelerator | None, Field(strict=False)] = None
    count: Annotated[int, Field(ge=1, le=16)] = 1
    machine: str | None = None
    alternatives: Texts = ()
    nodes: Annotated[int, Field(ge=1, le=1000)] = 1
    min_nodes: Annotated[int | None, Field(ge=0, le=1000)] = None
    max_nodes: Annotated[int | None, Field(ge=1, le=1000)] = None
    autoscaler: Autoscaler = "managed"
    capacity: Capacity = "on_demand"
    reservation: str | None = None
    zones: Texts = ()
    mig: str | None = None
    mig_strategy: Strategy = "single"
    time_slicing: Annotated[int | None, Field(ge=2, le=100)] = None
    fast_network: bool = False
    placement_group: bool = False
    local_nvme: bool = False
    image_streaming: bool = False
    disk_gib: Annotated[int | None, Field(ge=20, le=16384)] = None
    image: str | None = None
    driver: Annotated[str | None, Field(pattern=r"^\d{3}(\.\d{1,3}){1,2}$")] = None
    node_repair: bool = True
    labels: dict[LabelKey, LabelValue] = {}
    taints: Annotated[tuple[Taint, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if (self.accelerator is None) == (self.machine is None):
            raise Refusal("", "a pool is either an accelerator with its count or a machine type", "give one of the two")
        try:
            _ = self.machine_types
        except SlipwayError as error:
            raise Refusal(error.value, error.why, error.fix) from error
        if wrong := list(pool_rules.wrong(self)):
            raise Refusals(wrong)
        return self

    @property
    def machine_type(self) -> Machine:
        """The machine type of the nodes; the first one where there are alternatives."""
        if self.accelerator is not None:
            return smallest(self.cloud, self.accelerator, self.count)
        return machine(self.machine or "", self._named_in)

    @property
    def machine_types(self) -> tuple[Machine, ...]:
        """All machine types that the nodes may have."""
        return (self.machine_type, *(machine(name, self._named_in) for name in self.alternatives))

    @property
    def _named_in(self) -> Cloud | None:
        """Where machine types are looked up; a pool of no cloud's own may name any."""
        return None

    @property
    def minimum(self) -> int:
        """The fewest nodes."""
        if self.max_nodes is None:
            return self.nodes
        return self.min_nodes or 0

    @property
    def maximum(self) -> int:
        """The most nodes."""
        return self.max_nodes or self.nodes

    @property
    def disk(self) -> int:
        """The node's disk in GiB."""
        return self.disk_gib or (ACCELERATOR_DISK_GIB if self.machine_type.accelerator else DISK_GIB)

    @property
    def sharing(self) -> Sharing:
        """How several pods share one of its GPUs."""
        return Sharing(mig=self.mig, strategy=self.mig_strategy, shares=self.time_slicing)


class EksPool(NodePool):
    """A pool of an EKS cluster."""

    cloud: ClassVar[Cloud] = Cloud.AWS

    @property
    def _named_in(self) -> Cloud | None:
        return self.cloud


class GkePool(NodePool):
    """A pool of a GKE cluster."""

    cloud: ClassVar[Cloud] = Cloud.GCP

    @property
    def _named_in(self) -> Cloud | None:
        return self.cloud
