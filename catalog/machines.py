"""Machine types of the clouds: processors, memory, accelerators, places, prices; what is not known is None."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache

from catalog.errors import SlipwayError
from catalog.plain import nearest


class Cloud(StrEnum):
    """Where machines are had."""

    AWS = "aws"
    GCP = "gcp"


class Accelerator(StrEnum):
    """Accelerators that a pool can offer and a model can ask for; one name stands for one chip and its memory."""

    T4 = "t4"
    T4G = "t4g"
    V100 = "v100"
    A10G = "a10g"
    A100 = "a100"
    A100_80GB = "a100-80gb"
    L4 = "l4"
    L40S = "l40s"
    H100 = "h100"
    H200 = "h200"
    B200 = "b200"
    B300 = "b300"
    RTX_PRO_6000 = "rtx-pro-6000"
    INFERENTIA = "inferentia"
    INFERENTIA2 = "inferentia2"
    TRAINIUM = "trainium"
    TRAINIUM2 = "trainium2"
    TPU_V5E = "tpu-v5e"
    TPU_V5P = "tpu-v5p"
    TPU_V6E = "tpu-v6e"


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What one machine costs.

    Attributes:
        on_demand: US dollars an hour.
        spot: US dollars an hour on the day of the list; None where it is not known.
        date: of the list, ISO 8601.
    """

    on_demand: Decimal
    spot: Decimal | None
    date: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """One machine type.

    Attributes:
        name: the cloud's name of the type.
        architecture: `amd64` or `arm64`.
        accelerator: what it carries, None for a machine without whole accelerators.
        accelerator_count: whole accelerators in one machine.
        accelerator_memory_mib: memory of one accelerator in MiB, 0 without; None: not known.
        allocatable: what the scheduler can give to pods (`cpu`, `memory`, `pods`, ...), as Kubernetes quantities.
        fraction: it carries a part of this GPU, which no pool takes for a whole one.
        gcp_accelerator: Google's name of what it carries, which a node pool has to repeat.
        network_mbps: its network's bandwidth; None: not known.
        efa: Elastic Fabric Adapters that it takes.
        gpu_direct: Google's GPUDirect or RDMA reaches its accelerators.
        local_nvme_gb: local disks that it brings, in GB.
        zones: by region that has it, the letters of the zones that do. On AWS the letters are all; on Google they come
            from an older list, so that a zone that is not in it may have it too.
        prices: by region.
    """

    name: str
    cloud: Cloud
    architecture: str
    vcpus: int
    memory_mib: int
    accelerator: Accelerator | None
    accelerator_count: int
    accelerator_memory_mib: int | None
    allocatable: dict[str, str]
    fraction: str | None = None
    gcp_accelerator: str | None = None
    network_mbps: int | None = None
    efa: int = 0
    gpu_direct: bool = False
    local_nvme_gb: int = 0
    zones: Mapping[str, str]
    prices: Mapping[str, Price]

    @property
    def family(self) -> str:
        """`g6` of `g6.xlarge`, `g2` of `g2-standard-4`."""
        return self.name.split("." if self.cloud is Cloud.AWS else "-")[0]

    def offered(self, region: str, zone: str) -> bool | None:
        """Whether a zone of a region has it; None: not known."""
        if region not in self.zones:
            return False
        listed = zone.rpartition(region)[2].strip("-") in self.zones[region]
        return listed or (None if self.cloud is Cloud.GCP else False)


def zone_name(cloud: Cloud, region: str, letter: str) -> str:
    """`us-east-1a` on AWS, `us-central1-a` on Google."""
    return f"{region}{letter}" if cloud is Cloud.AWS else f"{region}-{letter}"


@cache
def machines(cloud: Cloud | None = None) -> dict[str, Machine]:
    """All known machine types by name, of one cloud or of both; no name is of two clouds."""
    from catalog import aws, google

    match cloud:
        case Cloud.AWS:
            return aws.machines()
        case Cloud.GCP:
            return google.machines()
        case None:
            return aws.machines() | google.machines()


def machine(name: str, cloud: Cloud | None = None) -> Machine:
    """The machine type of this name.

    Raises:
        SlipwayError: no such type is known.
    """
    known = machines(cloud)
    if name not in known:
        where = f" on {cloud}" if cloud else ""
        raise SlipwayError("machine", name, f"no such machine type is known{where}", _nearest_types(name, known))
    return known[name]


def offers(cloud: Cloud, accelerator: Accelerator) -> tuple[Machine, ...]:
    """All machines of the cloud with this accelerator, the smallest (by memory, then name) first.

    Among equals one whose price is not known comes last: it is not had like the others (p5e is sold by the block).
    A GPU that is had with both architectures comes with amd64, for which images exist.
    """
    from catalog import google

    listed = [*machines(cloud).values(), *(google.with_attached() if cloud is Cloud.GCP else ())]
    carrying = [m for m in listed if m.accelerator == accelerator]
    preferred = [m for m in carrying if m.architecture == "amd64"] or carrying
    return tuple(sorted(preferred, key=lambda m: (m.memory_mib, not m.prices, m.name)))


def smallest(cloud: Cloud, accelerator: Accelerator, count: int) -> Machine:
    """The smallest machine of the cloud with exactly this many accelerators.

    Raises:
        SlipwayError: none has; the counts that exist are named, or the cloud's accelerators.
    """
    carrying = offers(cloud, accelerator)
    for offer in carrying:
        if offer.accelerator_count == count:
            return offer
    if not carrying:
        raise SlipwayError(
            "accelerator", accelerator, f"{cloud} has no machine with it", _same_memory(cloud, accelerator)
        )
    counts = sorted({m.accelerator_count for m in carrying})
    raise SlipwayError(
        "count", str(count), f"no machine type has {count} x {accelerator}",
        f"give one of {', '.join(map(str, counts))}",
    )  # fmt: skip


def accelerators(cloud: Cloud) -> tuple[Accelerator, ...]:
    """The accelerators that the cloud has."""
    return tuple(a for a in Accelerator if offers(cloud, a))


def _nearest_types(name: str, known: Mapping[str, Machine]) -> str:
    """The nearest type, or what the family has; all types would be hundreds."""
    families = sorted({m.family for m in known.values()})
    family = name.split(".", maxsplit=1)[0].split("-", maxsplit=1)[0]
    if family not in families:
        return f"give one of the families {', '.join(families)}"
    return nearest(name, [n for n, m in known.items() if m.family == family])


def _same_memory(cloud: Cloud, wanted: Accelerator) -> str:
    """The cloud's accelerators, the one whose memory is nearest to the wanted one's first."""
    memory = next((m.accelerator_memory_mib for c in Cloud for m in offers(c, wanted)), None)
    have = {a: offers(cloud, a)[0].accelerator_memory_mib for a in accelerators(cloud)}
    near = sorted(have, key=lambda a: abs((have[a] or 0) - (memory or 0)))
    return f"the nearest by memory is {near[0]}; it has {', '.join(sorted(near))}"
