"""EKS clusters as somebody might write them: most can be made, some cannot."""

from typing import Any

from hypothesis import strategies as st

from tests.clusters.stacks import EKS

_ZONES = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"]
_MACHINES = [
    {"accelerator": "l4"}, {"accelerator": "h100"}, {"accelerator": "h100", "count": 8}, {"accelerator": "a10g"},
    {"accelerator": "inferentia2"}, {"machine": "m7i.xlarge"}, {"machine": "m7g.large"}, {"machine": "g5.12xlarge"},
]  # fmt: skip
_EXTRAS = [
    {}, {"capacity": "spot"}, {"local_nvme": True}, {"mig": "1g.10gb"}, {"time_slicing": 4},
    {"zones": ["us-east-1a"], "placement_group": True}, {"zones": ["us-east-1b"], "fast_network": True},
    {"zones": ["us-east-1a"], "capacity": "reservation", "reservation": "cr-0123456789abcdef0"},
    {"zones": ["us-east-1a"], "capacity": "capacity_block", "reservation": "cr-0123456789abcdef0"},
    {"image": "1.34.2-20261105"}, {"node_repair": False}, {"disk_gib": 500}, {"taints": [{"key": "team", "value": "a"}]},
]  # fmt: skip
_ACCESS = [{"api_access": "runner"}, {"api_access": "tunnel"}, {"api_access": "cidrs", "api_cidrs": ["203.0.113.0/24"]}]


@st.composite
def _pool(draw: st.DrawFn) -> dict[str, Any]:
    most = draw(st.integers(1, 5))
    size = draw(st.sampled_from([{"nodes": most}, {"max_nodes": most}, {"max_nodes": most, "min_nodes": 1}]))
    return {**draw(st.sampled_from(_MACHINES)), **size, **draw(st.sampled_from(_EXTRAS))}


@st.composite
def shapes(draw: st.DrawFn) -> dict[str, Any]:
    """A cluster, as its stack file says it."""
    least = draw(st.sampled_from([2, 2, 2, 2, 2, 2, 2, 1]))  # one zone is refused
    network = {
        "zones": draw(st.lists(st.sampled_from(_ZONES), min_size=least, max_size=3, unique=True)),
        "egress": draw(st.sampled_from(["nat", "nat", "none"])),
        "cidr": draw(st.sampled_from(["10.0.0.0/16", "10.4.0.0/18", "10.8.0.0/21"])),
    }
    names = draw(st.lists(st.sampled_from(["a", "b", "a-b", "gpu"]), max_size=3, unique=True))
    return {
        **EKS,
        "network": network,
        "pools": {name: draw(_pool()) for name in names},
        "identity": draw(st.sampled_from(["pod_identity", "pod_identity", "irsa"])),
        **draw(st.sampled_from(_ACCESS)),
        **draw(st.sampled_from([{}, {}, {}, {"mode": "auto"}])),
    }
