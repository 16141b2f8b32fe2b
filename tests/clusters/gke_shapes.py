"""GKE clusters as somebody might write them: most can be made, some cannot."""

from typing import Any

from hypothesis import strategies as st

from tests.clusters.stacks import GKE

_ZONES = ["us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f"]
_MACHINES = [
    {"accelerator": "l4"}, {"accelerator": "l4", "count": 2}, {"accelerator": "h100", "count": 8},
    {"accelerator": "a100"}, {"accelerator": "t4"}, {"accelerator": "tpu-v5e", "count": 4}, {"machine": "n2-standard-8"},
    {"machine": "c3-standard-8"}, {"machine": "g2-standard-96"},
]  # fmt: skip
_EXTRAS = [
    {}, {}, {"capacity": "spot"}, {"local_nvme": True}, {"mig": "1g.5gb"}, {"time_slicing": 4}, {"image_streaming": True},
    {"zones": ["us-central1-a"], "placement_group": True}, {"zones": ["us-central1-b"], "fast_network": True},
    {"zones": ["us-central1-a"], "capacity": "reservation", "reservation": "ours"},
    {"image": "1.34.1-gke.1829001"}, {"node_repair": False}, {"disk_gib": 500}, {"taints": [{"key": "team", "value": "a"}]},
    {"autoscaler": "node_auto_provisioning"},
]  # fmt: skip
_ACCESS = [{"api_access": "runner"}, {"api_access": "tunnel"}, {"api_access": "cidrs", "api_cidrs": ["203.0.113.0/24"]}]
_KINDS = [{}, {}, {}, {"zone": "us-central1-a"}, {"mode": "auto"}]


@st.composite
def _pool(draw: st.DrawFn) -> dict[str, Any]:
    most = draw(st.integers(1, 5))
    size = draw(st.sampled_from([{"nodes": most}, {"max_nodes": most}, {"max_nodes": most, "min_nodes": 1}]))
    return {**draw(st.sampled_from(_MACHINES)), **size, **draw(st.sampled_from(_EXTRAS))}


@st.composite
def shapes(draw: st.DrawFn) -> dict[str, Any]:
    """A cluster, as its stack file says it."""
    network = {
        "zones": draw(st.lists(st.sampled_from(_ZONES), min_size=1, max_size=3, unique=True)),
        "egress": draw(st.sampled_from(["nat", "nat", "none"])),
        "cidr": draw(st.sampled_from(["10.0.0.0/12", "10.16.0.0/16", "10.64.0.0/20"])),
    }
    names = draw(st.lists(st.sampled_from(["a", "b", "a-b", "3d"]), max_size=3, unique=True))
    return {
        **GKE,
        "network": network,
        "pools": {name: draw(_pool()) for name in names},
        **draw(st.sampled_from(_ACCESS)),
        **draw(st.sampled_from(_KINDS)),
    }
