"""What a stack says of its cluster: plain data, a union on `kind`."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from catalog.errors import SlipwayError
from catalog.machines import Accelerator, Machine, machine, smallest
from catalog.plain import Plain, Refusal

PoolName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]


class NodePool(Plain):
    """Nodes of one machine type.

    Attributes:
        accelerator: what each node carries; the machine type follows from it and `count`.
        count: accelerators in one node.
        machine: the machine type by name, instead of accelerator and count.
        nodes: how many nodes.
    """

    accelerator: Annotated[Accelerator | None, Field(strict=False)] = None
    count: Annotated[int, Field(ge=1, le=16)] = 1
    machine: str | None = None
    nodes: Annotated[int, Field(ge=1, le=1000)] = 1

    @model_validator(mode="after")
    def _one_machine(self) -> Self:
        if (self.accelerator is None) == (self.machine is None):
            raise Refusal("", "a pool is either an accelerator with its count or a machine type", "give one of the two")
        try:
            _ = self.machine_type
        except SlipwayError as error:
            raise Refusal(error.value, error.why, error.fix) from error
        return self

    @property
    def machine_type(self) -> Machine:
        """The machine type of the nodes."""
        if self.accelerator is not None:
            return smallest(self.accelerator, self.count)
        return machine(self.machine or "")


class SandboxCluster(Plain):
    """The embedded node; its pools are simulated nodes on which the real scheduler places pods."""

    kind: Literal["sandbox"]
    pools: dict[PoolName, NodePool] = {}


class ExistingCluster(Plain):
    """A cluster that is already there, reached by a kubeconfig; its pools are said, not made.

    Attributes:
        kubeconfig: path of the kubeconfig file.
        context: the context in it; its current one by default.
        name: a stable name of the cluster; what is in it is never replaced while the name stays.
        gateway: base URL under which the cluster's gateway answers; None means through the API server's proxy.
    """

    kind: Literal["existing"]
    kubeconfig: Annotated[Path, Field(strict=False)]
    name: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$")]
    context: str | None = None
    gateway: str | None = None
    pools: dict[PoolName, NodePool] = {}


ClusterSpec = Annotated[SandboxCluster | ExistingCluster, Field(discriminator="kind")]
