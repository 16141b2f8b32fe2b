"""Clusters as a stack file may say them: most of them right, some of them not."""

from typing import Any

from hypothesis import strategies as st

from catalog.machines import Cloud, accelerators, offers
from catalog.mig import PROFILES
from tests.clusters.stacks import EKS, GKE

_BASES = {Cloud.AWS: EKS, Cloud.GCP: GKE}
_PREFIXES = {Cloud.AWS: st.integers(16, 18), Cloud.GCP: st.integers(10, 20)}


@st.composite
def pools(draw: Any, cloud: Cloud, region: str) -> dict[str, Any]:
    """A pool of machines that the region has."""
    here = [a for a in accelerators(cloud) if any(region in offer.zones for offer in offers(cloud, a))]
    accelerator = draw(st.sampled_from(here))
    offer = draw(st.sampled_from([offer for offer in offers(cloud, accelerator) if region in offer.zones]))
    said: dict[str, Any] = {"max_nodes": draw(st.integers(1, 12))}
    if offer.gcp_accelerator and "n1" in offer.name:
        said |= {"accelerator": accelerator.value, "count": offer.accelerator_count}
    else:
        said["machine"] = offer.name
    if draw(st.booleans()):
        said["min_nodes"] = draw(st.integers(0, said["max_nodes"]))
    if accelerator in PROFILES and draw(st.booleans()):
        said["mig"] = draw(st.sampled_from([p for p in PROFILES[accelerator] if p.endswith("gb")]))
    if draw(st.integers(0, 3)) == 0:
        said["capacity"] = "spot"
    if draw(st.integers(0, 3)) == 0:
        said["taints"] = [{"key": "example.com/team", "value": draw(st.sampled_from(["a", "b"]))}]
    return said


@st.composite
def clusters(draw: Any, cloud: Cloud) -> dict[str, Any]:
    """A cluster with up to four pools, in the mode `standard`."""
    base = _BASES[cloud]
    named = draw(st.sets(st.sampled_from(["a", "b", "c", "d"]), max_size=4))
    network: dict[str, Any] = {
        "cidr": f"10.0.0.0/{draw(_PREFIXES[cloud])}",
        "egress": draw(st.sampled_from(["nat", "none"])),
    }
    return {
        **base,
        "network": network,
        "api_access": draw(st.sampled_from(["runner", "tunnel"])),
        "pools": {name: draw(pools(cloud, base["region"])) for name in sorted(named)},
    }
