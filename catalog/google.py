"""Google's machine types and places, from `data/google.json` and `data/google_prices.json` (sources stand there).

Which accelerator a type carries, and its memory: https://cloud.google.com/compute/docs/gpus (A100, L4, T4, V100),
https://docs.nvidia.com/datacenter/tesla/mig-user-guide/supported-gpus.html (H100, H200, B200, RTX PRO 6000: memory),
https://docs.cloud.google.com/tpu/docs/v5e, /v5p, /v6e (TPU), read 2026-11.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from catalog.machines import Accelerator, Cloud, Machine, Price

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Carried:
    """What the machine types of a family carry.

    Attributes:
        name: Google's name of the accelerator.
        gb: memory of one, in GB of 1000^3 bytes: never more than there is.
        direct: GPUDirect or RDMA reaches it.
    """

    accelerator: Accelerator
    name: str
    gb: int
    direct: bool = False


# By the beginning of the type's name, the longest first.
_CARRIED = {
    "a2-ultragpu": _Carried(accelerator=Accelerator.A100_80GB, name="nvidia-a100-80gb", gb=80),
    "a2-": _Carried(accelerator=Accelerator.A100, name="nvidia-tesla-a100", gb=40),
    "a3-ultragpu": _Carried(accelerator=Accelerator.H200, name="nvidia-h200-141gb", gb=141, direct=True),
    "a3-megagpu": _Carried(accelerator=Accelerator.H100, name="nvidia-h100-mega-80gb", gb=80, direct=True),
    "a3-": _Carried(accelerator=Accelerator.H100, name="nvidia-h100-80gb", gb=80),
    "a4-": _Carried(accelerator=Accelerator.B200, name="nvidia-b200", gb=180, direct=True),
    "g2-": _Carried(accelerator=Accelerator.L4, name="nvidia-l4", gb=24),
    "g4-": _Carried(accelerator=Accelerator.RTX_PRO_6000, name="nvidia-rtx-pro-6000", gb=96),
    "ct5lp-": _Carried(accelerator=Accelerator.TPU_V5E, name="tpu-v5-lite-podslice", gb=16),
    "ct5p-": _Carried(accelerator=Accelerator.TPU_V5P, name="tpu-v5p-slice", gb=95),
    "ct6e-": _Carried(accelerator=Accelerator.TPU_V6E, name="tpu-v6e-slice", gb=32),
}
# The whole machine, on which GPUDirect-TCPX reaches the GPUs; its smaller sizes have no such network.
_DIRECT = frozenset({"a3-highgpu-8g"})
# T4 and V100 are attached to N1 machines: how many to which, https://cloud.google.com/compute/docs/gpus#n1-gpus.
# Attached to the sizes that leave each GPU four processors or more; larger ones are named as machine types.
_ATTACHED = {
    Accelerator.T4: ("nvidia-tesla-t4", 16, {1: "n1-standard-4", 2: "n1-standard-8", 4: "n1-standard-16"}),
    Accelerator.V100: ("nvidia-tesla-v100", 16, {1: "n1-standard-8", 4: "n1-standard-32", 8: "n1-standard-64"}),
}
_ARM = frozenset({"a4x", "c4a", "n4a", "t2a"})
MAX_PODS = 110


@cache
def regions() -> dict[str, str]:
    """Every region with the letters of its zones; an empty text: its zones are not known."""
    known: dict[str, str] = _read("google.json")["regions"]
    return known


@cache
def machines() -> dict[str, Machine]:
    """All known machine types by name, without attached GPUs."""
    listed, priced = _read("google.json"), _read("google_prices.json")
    return {
        name: _machine(name, entry, priced["machine_types"].get(name, {}), priced["date"])
        for name, entry in listed["machine_types"].items()
    }


@cache
def with_attached() -> tuple[Machine, ...]:
    """N1 machines with the GPUs attached to them; the GPU's own price is not in our list, so theirs is not known."""
    return tuple(_with_attached())


def _with_attached() -> Iterator[Machine]:
    places: dict[str, dict[str, str]] = _read("google.json")["accelerators"]
    for accelerator, (name, gb, sizes) in _ATTACHED.items():
        for count, size in sizes.items():
            base = machines()[size]
            yield replace(
                base,
                accelerator=accelerator,
                accelerator_count=count,
                accelerator_memory_mib=_mib(gb),
                gcp_accelerator=name,
                allocatable=base.allocatable | {"nvidia.com/gpu": str(count)},
                zones=places.get(name, {}),
                prices={},
            )


def _machine(name: str, entry: dict[str, Any], priced: dict[str, Any], date: str) -> Machine:
    count = _count(name, priced)
    carried = next((c for start, c in _CARRIED.items() if name.startswith(start)), None)
    whole = carried if count >= 1 else None
    extended = {_resource(whole.accelerator): str(int(count))} if whole else {}
    return Machine(
        name=name,
        cloud=Cloud.GCP,
        architecture="arm64" if name.split("-", maxsplit=1)[0] in _ARM else "amd64",
        vcpus=entry["vcpu"],
        memory_mib=entry["memory_mib"],
        accelerator=whole.accelerator if whole else None,
        accelerator_count=int(count) if whole else 0,
        accelerator_memory_mib=_mib(whole.gb) if whole else 0,
        allocatable=_allocatable(entry["vcpu"], entry["memory_mib"]) | extended,
        fraction=carried.accelerator.value if carried and not whole else None,
        gcp_accelerator=whole.name if whole else None,
        gpu_direct=bool(whole and whole.direct) or name in _DIRECT,
        local_nvme_gb=int(priced.get("extra", {}).get("local-ssd", 0)),
        zones=entry["offered"],
        prices={
            region: Price(on_demand=Decimal(str(usd["hour"])), spot=_decimal(usd.get("hour_spot")), date=date)
            for region, usd in priced.get("usd", {}).items()
            if usd.get("hour")
        },
    )


def _count(name: str, priced: dict[str, Any]) -> float:
    """Accelerators in one machine, from its name (`-8g`, `-4t`) or the price list (G2, G4); a part is below 1."""
    end = name.rsplit("-", 1)[-1]
    if end[-1:] in ("g", "t") and end[:-1].isdigit():
        return int(end[:-1])
    of = {"g2": "l4", "g4": "rtx6000"}.get(name.split("-", maxsplit=1)[0], "")
    return float(priced.get("extra", {}).get(of, 0))


def _resource(accelerator: Accelerator) -> str:
    return "google.com/tpu" if accelerator.value.startswith("tpu-") else "nvidia.com/gpu"


def _allocatable(vcpus: int, memory_mib: int) -> dict[str, str]:
    """What GKE leaves to pods, computed: https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes.

    Of the memory it keeps 25 % of the first 4 GiB, 20 % of the next 4, 10 % of the next 8, 6 % of the next 112 and
    2 % above, and 100 MiB for eviction; of the processors 6 % of the first, 1 % of the second, 0.5 % of the next two
    and 0.25 % of the others. The operating system's own share is not in the formula.
    """
    steps = ((4096, 25), (4096, 20), (8192, 10), (114688, 6), (memory_mib, 2))
    kept, left = 100, memory_mib
    for size, percent in steps:
        kept += -(-min(left, size) * percent // 100)
        left -= min(left, size)
    millis = sum(share * count for share, count in ((60, 1), (10, 1), (5, 2))) + 5 * max(0, vcpus - 4) // 2
    return {"cpu": f"{vcpus * 1000 - millis}m", "memory": f"{memory_mib - kept}Mi", "pods": str(MAX_PODS)}


def _mib(gb: int) -> int:
    return gb * 1000**3 // 2**20


def _decimal(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))


@cache
def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((_DATA / name).read_text())
    return document
