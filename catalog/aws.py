"""AWS' machine types and places, from `data/aws.json` and `data/aws_zones.json` (sources and dates stand there)."""

import json
from collections import defaultdict
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from catalog.machines import Accelerator, Cloud, Machine, Price

_DATA = Path(__file__).parent / "data"
# Names in the data that say less, or other things, than ours.
_NAMES = {"rtx-pro-server-6000": Accelerator.RTX_PRO_6000}
# An A100 with 80 GB (p4de) is another accelerator than one with 40 GB (p4d).
_A100_80GB_MIB = 81920


@cache
def regions() -> dict[str, str]:
    """Every region with the letters of its zones."""
    return {region: entry["zones"] for region, entry in _places()["regions"].items()}


@cache
def machines() -> dict[str, Machine]:
    """All known machine types by name."""
    listed = _read("aws.json")
    zones: dict[str, dict[str, str]] = defaultdict(dict)
    for region, entry in _places()["regions"].items():
        for name, letters in entry["offered"].items():
            zones[name][region] = letters
    date = listed["prices_generated_at"][:10]
    return {name: _machine(name, entry, zones[name], date) for name, entry in listed["instance_types"].items()}


@cache
def _places() -> dict[str, Any]:
    return _read("aws_zones.json")


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((_DATA / name).read_text())
    return document


def _machine(name: str, entry: dict[str, Any], zones: dict[str, str], date: str) -> Machine:
    accelerator, count, memory = _accelerator(name, entry)
    return Machine(
        name=name,
        cloud=Cloud.AWS,
        architecture=entry["arch"],
        vcpus=entry["vcpu"],
        memory_mib=entry["memory_mib"],
        accelerator=accelerator,
        accelerator_count=count,
        accelerator_memory_mib=memory,
        allocatable=entry["allocatable"],
        fraction=entry["gpu"]["name"] if "gpu" in entry and not entry["gpu"]["count"] else None,
        network_mbps=entry["network_mbps"],
        efa=int(entry["allocatable"].get("vpc.amazonaws.com/efa", 0)),
        local_nvme_gb=entry.get("local_nvme_gb", 0),
        zones=zones,
        prices={
            region: Price(on_demand=Decimal(str(usd)), spot=None, date=date)
            for region, usd in entry.get("usd_per_hour", {}).items()
        },
    )


def _accelerator(name: str, entry: dict[str, Any]) -> tuple[Accelerator | None, int, int | None]:
    """What it carries, how many, and the memory of one in MiB."""
    if entry.get("gpu", {}).get("count"):
        gpu = entry["gpu"]
        if gpu["name"] == "a100" and gpu["memory_mib"] == _A100_80GB_MIB:
            return Accelerator.A100_80GB, gpu["count"], gpu["memory_mib"]
        return _NAMES.get(gpu["name"]) or Accelerator(gpu["name"]), gpu["count"], gpu["memory_mib"]
    if "accelerator" in entry:
        own = entry["accelerator"]
        return Accelerator(own["name"]), own["count"], _places()["neuron_memory_mib"].get(name)
    return None, 0, 0
