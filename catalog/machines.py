"""Machine types: processors, memory, accelerators; dated facts with their source in `data/`."""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from catalog.errors import SlipwayError
from catalog.plain import nearest

_DATA = Path(__file__).parent / "data"


class Accelerator(StrEnum):
    """Accelerators that a pool can offer and a model can ask for; values as in the machine data."""

    T4 = "t4"
    V100 = "v100"
    A10G = "a10g"
    A100 = "a100"
    L4 = "l4"
    L40S = "l40s"
    H100 = "h100"
    H200 = "h200"
    B200 = "b200"
    B300 = "b300"


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """One machine type.

    Attributes:
        name: the cloud's name of the type.
        architecture: `amd64` or `arm64`.
        accelerator: what it carries, None for a machine without whole accelerators.
        accelerator_count: whole accelerators in one machine.
        accelerator_memory_mib: memory of one accelerator in MiB, 0 without.
        allocatable: what the scheduler can give to pods (`cpu`, `memory`, `pods`, ...), as Kubernetes quantities.
    """

    name: str
    architecture: str
    accelerator: Accelerator | None
    accelerator_count: int
    accelerator_memory_mib: int
    memory_mib: int
    allocatable: dict[str, str]


@cache
def machines() -> dict[str, Machine]:
    """All known machine types by name (AWS; source and date stand in `data/aws.json`)."""
    types: dict[str, Any] = json.loads((_DATA / "aws.json").read_text())["instance_types"]
    return {name: _machine(name, entry) for name, entry in types.items()}


def machine(name: str) -> Machine:
    """The machine type of this name.

    Raises:
        SlipwayError: no such type is known.
    """
    known = machines()
    if name not in known:
        raise SlipwayError("machine", name, "no such machine type is known", nearest(name, known))
    return known[name]


def smallest(accelerator: Accelerator, count: int) -> Machine:
    """The smallest machine (by memory, then name) with exactly this many accelerators.

    Raises:
        SlipwayError: none has; the counts that exist are named.
    """
    offers = [m for m in machines().values() if m.accelerator == accelerator and m.architecture == "amd64"]
    fitting = [m for m in offers if m.accelerator_count == count]
    if not fitting:
        counts = sorted({m.accelerator_count for m in offers})
        raise SlipwayError(
            "count", str(count), f"no machine type has {count} x {accelerator}",
            f"give one of {', '.join(map(str, counts))}" if counts else "choose another accelerator",
        )  # fmt: skip
    return min(fitting, key=lambda m: (m.memory_mib, m.name))


def _machine(name: str, entry: dict[str, Any]) -> Machine:
    gpu = entry.get("gpu", {})
    known = gpu.get("count", 0) > 0 and gpu["name"] in set(Accelerator)
    return Machine(
        name=name,
        architecture=entry["arch"],
        accelerator=Accelerator(gpu["name"]) if known else None,
        accelerator_count=gpu["count"] if known else 0,
        accelerator_memory_mib=gpu["memory_mib"] if known else 0,
        memory_mib=entry["memory_mib"],
        allocatable=entry["allocatable"],
    )
