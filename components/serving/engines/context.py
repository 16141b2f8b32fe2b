"""What a builder must know beside the declaration: plain data, settled before the first resource."""

from dataclasses import dataclass, field
from typing import Any

from catalog import gpu
from components.contracts import PoolFact
from components.serving.spec import Resources


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """Where the pods of a model may go."""

    node_selector: dict[str, str]
    tolerations: list[dict[str, Any]] = field(default_factory=list)
    simulated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ArtifactSource:
    """Where the pod's first step gets the files.

    Attributes:
        prefix: of the write-once copy, `models/<name>/<digest>/`.
        digest: of its content.
        image: of the fetching container.
        secret: name of the Secret with the reader's keys.
    """

    endpoint: str
    bucket: str
    region: str
    prefix: str
    digest: str
    image: str
    secret: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildContext:
    """Everything that a builder needs and a declaration does not say.

    Attributes:
        image: of the serving container.
        surge: a rollout may start the new replica first.
        gateway: name and namespace of the Gateway.
    """

    namespace: str
    engine: str
    image: str
    artifact: ArtifactSource | None
    placement: Placement
    surge: bool
    gateway: tuple[str, str]


def place(resources: Resources, pools: tuple[PoolFact, ...]) -> Placement:
    """Where pods with these resources go: a pool with the accelerator, else the system pool."""
    wanted = resources.accelerators
    if wanted is None:
        fitting = [pool for pool in pools if pool.name == gpu.SYSTEM_POOL]
        selector, tolerations = {gpu.POOL_LABEL: gpu.SYSTEM_POOL}, []
    else:
        fitting = [pool for pool in pools if pool.accelerator == wanted.kind and pool.per_node >= wanted.count]
        selector, tolerations = gpu.node_selector(wanted.kind), [gpu.TOLERATION]
    simulated = any(pool.simulated for pool in fitting)
    if simulated:
        tolerations = [*tolerations, gpu.SIMULATED_TOLERATION]
    return Placement(node_selector=selector, tolerations=tolerations, simulated=simulated)
