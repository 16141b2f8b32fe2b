"""Which GPUs and drivers a CUDA version needs; what is not in a table is unknown, and unknown is unverified.

Sources (read 2026-11): minimum drivers within a major version,
https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html; compute capabilities,
https://developer.nvidia.com/cuda-gpus; the first and the last toolkit of an architecture,
https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/ (11.0, 11.8, 12.8, 12.9, 13.0).
"""

from catalog.machines import Accelerator

# By major version of CUDA: the oldest driver that runs its programs.
MINIMUM_DRIVER: dict[int, tuple[int, ...]] = {11: (450, 80, 2), 12: (525, 60, 13), 13: (580, 65, 6)}

CAPABILITY: dict[Accelerator, tuple[int, int]] = {
    Accelerator.V100: (7, 0),
    Accelerator.T4: (7, 5),
    Accelerator.T4G: (7, 5),
    Accelerator.A100: (8, 0),
    Accelerator.A100_80GB: (8, 0),
    Accelerator.A10G: (8, 6),
    Accelerator.L4: (8, 9),
    Accelerator.L40S: (8, 9),
    Accelerator.H100: (9, 0),
    Accelerator.H200: (9, 0),
    Accelerator.B200: (10, 0),
    Accelerator.B300: (10, 3),
    Accelerator.RTX_PRO_6000: (12, 0),
}
# By compute capability: the first CUDA version that makes programs for it.
FIRST: dict[tuple[int, int], tuple[int, int]] = {
    (7, 0): (9, 0), (7, 5): (10, 0), (8, 0): (11, 0), (8, 6): (11, 1), (8, 9): (11, 8), (9, 0): (11, 8),
    (10, 0): (12, 8), (10, 3): (12, 9), (12, 0): (12, 8),
}  # fmt: skip
# From this CUDA version on, programs for older capabilities are not made any more.
OLDEST: dict[int, tuple[int, int]] = {13: (7, 5)}


def driver_fits(cuda: str, driver: str) -> bool | None:
    """Whether a driver runs programs of a CUDA version; None: not known.

    Args:
        cuda: `12.4`.
        driver: `580.95.05`.
    """
    needed = MINIMUM_DRIVER.get(_numbers(cuda)[0])
    return None if needed is None else _numbers(driver) >= needed


def minimum_driver(cuda: str) -> str:
    """The oldest driver of a CUDA version as text; `unknown` for one that is not in the table."""
    needed = MINIMUM_DRIVER.get(_numbers(cuda)[0])
    return ".".join(f"{part:02}" if at else str(part) for at, part in enumerate(needed)) if needed else "unknown"


def accelerator_fits(cuda: str, accelerator: Accelerator) -> bool | None:
    """Whether programs of a CUDA version can be made for a GPU; None: not known."""
    capability = CAPABILITY.get(accelerator)
    if capability is None:
        return None
    version = _numbers(cuda)
    oldest = max((old for major, old in OLDEST.items() if version[0] >= major), default=(0, 0))
    return FIRST[capability] <= version[:2] and capability >= oldest


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
