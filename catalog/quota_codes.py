"""By which quota the clouds count a machine.

Sources: AWS, `aws service-quotas list-service-quotas --service-code ec2` as answered in public logs, and
https://github.com/skypilot-org/skypilot-catalog catalogs/v5/aws/accelerator_quota_mapping.csv; Google, the metrics of
Compute Engine's API (its discovery document, revision 20261106) and
https://cloud.google.com/compute/resource-usage (read 2026-11). A family that they do not name has no code here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from catalog import gpu
from catalog.machines import Accelerator, Cloud, Machine


@dataclass(frozen=True, kw_only=True, slots=True)
class Quota:
    """One quota.

    Attributes:
        code: of AWS' Service Quotas or Google's metric; None: not known here.
        what: its name.
        unit: what it counts.
        everywhere: it counts all regions of the project together.
    """

    code: str | None
    what: str
    unit: str
    everywhere: bool = False


# By how the family's name begins, the longest first: code and name of on-demand, then of spot.
_AWS = {
    "inf": (("L-1945791B", "Running On-Demand Inf instances"), ("L-B5D1601B", "All Inf Spot Instance Requests")),
    "trn": (("L-2C3B7624", "Running On-Demand Trn instances"), ("L-6B0D517C", "All Trn Spot Instance Requests")),
    "p6": (("L-417A185B", "Running On-Demand P instances"), (None, "Spot requests of P6 instances")),
    "p5": (("L-417A185B", "Running On-Demand P instances"), ("L-C4BD4855", "All P5 Spot Instance Requests")),
    "p": (("L-417A185B", "Running On-Demand P instances"), ("L-7212CCBC", "All P4, P3 and P2 Spot Instance Requests")),
    "g": (
        ("L-DB2E81BA", "Running On-Demand G and VT instances"),
        ("L-3819A6DF", "All G and VT Spot Instance Requests"),
    ),
}
_AWS_STANDARD = (
    ("L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"),
    ("L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests"),
)
# Without a quota of their own, families are counted together.
_GOOGLE_CPUS = {
    "n1": "CPUS", "e2": "CPUS", "n2": "N2_CPUS", "n2d": "N2D_CPUS", "c3": "C3_CPUS", "a2": "A2_CPUS",
}  # fmt: skip
_NAMES = {"CPUS": "CPUs of families without a quota of their own", "PREEMPTIBLE_CPUS": "CPUs of spot machines"}
_GOOGLE_GPUS = {
    Accelerator.T4: "NVIDIA_T4_GPUS",
    Accelerator.V100: "NVIDIA_V100_GPUS",
    Accelerator.L4: "NVIDIA_L4_GPUS",
    Accelerator.A100: "NVIDIA_A100_GPUS",
    Accelerator.A100_80GB: "NVIDIA_A100_80GB_GPUS",
    Accelerator.TPU_V5E: "TPU_LITE_PODSLICE_V5",
}
# What only spot machines have a metric of, in the revision read.
_GOOGLE_SPOT_GPUS = {accelerator: f"PREEMPTIBLE_{code}" for accelerator, code in _GOOGLE_GPUS.items()} | {
    Accelerator.H100: "PREEMPTIBLE_NVIDIA_H100_GPUS",
}


def taken(machine: Machine, *, spot: bool) -> Iterator[tuple[Quota, int]]:
    """The quotas that one machine is counted by, and how much it takes of each."""
    if machine.cloud is Cloud.AWS:
        yield _of_aws(machine, spot=spot), machine.vcpus
    else:
        yield from _of_google(machine, spot=spot)


def _of_aws(machine: Machine, *, spot: bool) -> Quota:
    pair = next((found for start, found in _AWS.items() if machine.name.startswith(start)), _AWS_STANDARD)
    code, what = pair[spot]
    return Quota(code=code, what=what, unit="vCPU")


def _of_google(machine: Machine, *, spot: bool) -> Iterator[tuple[Quota, int]]:
    yield Quota(code="CPUS_ALL_REGIONS", what="CPUs of the project", unit="vCPU", everywhere=True), machine.vcpus
    code = "PREEMPTIBLE_CPUS" if spot else _GOOGLE_CPUS.get(machine.family)
    yield Quota(code=code, what=_NAMES.get(code or "", f"{machine.family} CPUs"), unit="vCPU"), machine.vcpus
    if machine.accelerator is None:
        return
    whole = gpu.base_resource(machine.accelerator) == gpu.RESOURCE
    unit = "GPU" if whole else "chip"
    if whole:
        yield (
            Quota(code="GPUS_ALL_REGIONS", what="GPUs of the project", unit=unit, everywhere=True),
            machine.accelerator_count,
        )
    code = (_GOOGLE_SPOT_GPUS if spot else _GOOGLE_GPUS).get(machine.accelerator)
    what = f"{machine.gcp_accelerator}{' (spot)' if spot else ''}"
    yield Quota(code=code, what=what, unit=unit), machine.accelerator_count
