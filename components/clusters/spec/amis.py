"""AWS' own images for nodes: which one a machine gets, and where AWS says which release of it is the newest.

Source: https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html and, for releases,
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/eks_node_group (read 2026-11).
"""

from typing import Literal

from catalog import gpu
from catalog.machines import Machine


def variant(machine: Machine) -> Literal["standard", "nvidia", "neuron"]:
    """The image for a machine: with NVIDIA's driver, with Neuron's, or with neither."""
    if machine.accelerator is None:
        return "standard"
    return "neuron" if gpu.base_resource(machine.accelerator) == gpu.NEURON else "nvidia"


def newest(kubernetes: str, machine: Machine) -> str:
    """The public parameter of Systems Manager that holds the newest release, such as `1.34.2-20261105`."""
    architecture = "arm64" if machine.architecture == "arm64" else "x86_64"
    path = f"{kubernetes}/amazon-linux-2023/{architecture}/{variant(machine)}"
    return f"/aws/service/eks/optimized-ami/{path}/recommended/release_version"
