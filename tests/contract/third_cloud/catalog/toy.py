"""A cloud with two machine types in one region."""

from functools import cache

from catalog.machines import Accelerator, Cloud, Machine


def regions() -> dict[str, str]:
    """Every region with the letters of its zones."""
    return {"toytown": "ab"}


@cache
def machines() -> dict[str, Machine]:
    """All machine types by name."""
    return {m.name: m for m in (_machine("toy-cpu", None, 0), _machine("toy-h100", Accelerator.H100, 1))}


def _machine(name: str, accelerator: Accelerator | None, count: int) -> Machine:
    return Machine(
        name=name,
        cloud=Cloud.TOY,
        architecture="amd64",
        vcpus=32,
        memory_mib=131072,
        accelerator=accelerator,
        accelerator_count=count,
        accelerator_memory_mib=81920 if accelerator else 0,
        allocatable={"cpu": "31", "memory": "120Gi", "pods": "110", "ephemeral-storage": "90Gi"},
        zones={"toytown": "ab"},
        prices={},
    )
