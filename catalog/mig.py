"""The partitions of NVIDIA's Multi-Instance GPUs: which profiles each GPU has, and how many of one fit on it.

Sources: profile names and counts, https://github.com/NVIDIA/mig-parted deployments/systemd/config-default.yaml (commit
1400787) and https://docs.nvidia.com/datacenter/tesla/mig-user-guide/supported-mig-profiles.html; B300,
https://github.com/aws/sagemaker-hyperpod-cli pull 403; all read 2026-11. GPUs that are not named here cannot be
partitioned.
"""

from collections.abc import Mapping

from catalog.errors import SlipwayError
from catalog.machines import Accelerator

# By accelerator and profile: how many instances of this profile alone one GPU holds.
PROFILES: Mapping[Accelerator, Mapping[str, int]] = {
    Accelerator.A100: {
        "1g.5gb": 7, "1g.5gb+me": 1, "1g.10gb": 4, "2g.10gb": 3, "3g.20gb": 2, "4g.20gb": 1, "7g.40gb": 1,
    },
    Accelerator.A100_80GB: {
        "1g.10gb": 7, "1g.10gb+me": 1, "1g.20gb": 4, "2g.20gb": 3, "3g.40gb": 2, "4g.40gb": 1, "7g.80gb": 1,
    },
    Accelerator.H100: {
        "1g.10gb": 7, "1g.10gb+me": 1, "1g.20gb": 4, "2g.20gb": 3, "3g.40gb": 2, "4g.40gb": 1, "7g.80gb": 1,
    },
    Accelerator.H200: {
        "1g.18gb": 7, "1g.18gb+me": 1, "1g.35gb": 4, "2g.35gb": 3, "3g.71gb": 2, "4g.71gb": 1, "7g.141gb": 1,
    },
    Accelerator.B200: {
        "1g.23gb": 7, "1g.23gb+me": 1, "1g.45gb": 4, "2g.45gb": 3, "3g.90gb": 2, "4g.90gb": 1, "7g.180gb": 1,
    },
    Accelerator.B300: {"1g.34gb": 7, "1g.67gb": 4, "2g.67gb": 3, "3g.135gb": 2, "4g.135gb": 1, "7g.269gb": 1},
    Accelerator.RTX_PRO_6000: {
        "1g.24gb": 4, "1g.24gb+gfx": 4, "1g.24gb+me.all": 1, "1g.24gb-me": 4, "2g.48gb": 2, "2g.48gb+gfx": 2,
        "2g.48gb+me.all": 1, "2g.48gb-me": 2, "4g.96gb": 1, "4g.96gb+gfx": 1,
    },
}  # fmt: skip


def instances(accelerator: Accelerator, profile: str) -> int:
    """How many instances of the profile one GPU holds.

    Raises:
        SlipwayError: the GPU has no such profile.
    """
    profiles = PROFILES.get(accelerator)
    if profiles is None:
        able = ", ".join(sorted(PROFILES))
        raise SlipwayError(
            "mig", profile, f"{accelerator} cannot be partitioned", f"remove it, or choose one of {able}"
        )
    if profile not in profiles:
        raise SlipwayError(
            "mig", profile, f"{accelerator} has no such profile", f"give one of {', '.join(profiles)}"
        )  # fmt: skip
    return profiles[profile]


def memory_gb(profile: str) -> int:
    """The memory of one instance in GB, as its name says it (`1g.10gb` has 10)."""
    return int(profile.partition(".")[2].partition("gb")[0])
