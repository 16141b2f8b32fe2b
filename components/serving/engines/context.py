"""What a builder must know beside the declaration: plain data, settled before the first resource."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from catalog import gpu
from components.serving.spec import (
    Accelerators,
    ArtifactReference,
    BuiltImage,
    Image,
    ModelDeployment,
    Node,
    Predictor,
    Resources,
    Uri,
)

if TYPE_CHECKING:  # the handles know Pulumi, which rules and builders do without
    from components.contracts import PoolFact

Manifest = dict[str, Any]
Objects = dict[str, Manifest]
"""A model's objects by role, in the order in which they are made."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """Where the pods of a node of the graph may go.

    Attributes:
        resource: by which its accelerators are asked for there; None where that follows from the declaration alone.
    """

    node_selector: dict[str, str] = field(default_factory=dict)
    tolerations: list[dict[str, Any]] = field(default_factory=list)
    simulated: bool = False
    resource: str | None = None


ANYWHERE = Placement()


@dataclass(frozen=True, kw_only=True, slots=True)
class ArtifactSource:
    """Where the pod's first step gets the files.

    Attributes:
        prefix: of the write-once copy, `models/<name>/<digest>/`.
        digest: of its content.
        image: of the fetching container.
        secret: name of the Secret with the reader's keys; None where the pod has an identity instead.
    """

    endpoint: str
    bucket: str
    region: str
    prefix: str
    digest: str
    image: str
    secret: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeContext:
    """What a node of the graph, an explainer or a detector really runs.

    Attributes:
        image: of its container; None leaves it to the engine.
        artifact: what a first step of ours fetches and verifies, on engines that have one; None without.
        uri: what the engine's own downloader fetches, `s3://bucket/models/iris/<digest>/`; None without.
    """

    image: str | None = None
    artifact: ArtifactSource | None = None
    uri: str | None = None
    placement: Placement = ANYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineFacts:
    """How the engine of a stack is installed: what changes which declarations it can serve.

    Attributes:
        kserve_mode: `standard` or `knative`.
        keda: KEDA is installed, and the engine is told so.
        seldon1_servers: keys of Seldon Core 1's `predictor_servers` beyond its own, each with its protocols.
        seldon2_servers: Servers of Seldon Core 2 with their capabilities beyond the two that it ships.
        seldon2_replicas: of these Servers, where it is known.
        seldon2_memory: that one replica of these has for models, as a quantity, where it is known.
        seldon2_autoscaling: Seldon Core 2 scales Models by itself.
        seldon2_version: its release, `2.10.2`; None where it is not known.
        ambassador: version of Ambassador, `v1` or `v2`; None without it.
        prometheus: URL of the Prometheus that queries go to.
        kserve_initializer_memory: limit of KServe's storage initializer, as a quantity.
        seldon1_initializer_memory: limit of Seldon Core 1's.
    """

    kserve_mode: str = "standard"
    keda: bool = False
    seldon1_servers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seldon2_servers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seldon2_replicas: Mapping[str, int] = field(default_factory=dict)
    seldon2_memory: Mapping[str, str] = field(default_factory=dict)
    seldon2_autoscaling: bool = False
    seldon2_version: str | None = None
    ambassador: str | None = None
    prometheus: str | None = None
    kserve_initializer_memory: str = "1Gi"
    seldon1_initializer_memory: str = "1Gi"


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildContext:
    """Everything that a builder needs and a declaration does not say.

    Attributes:
        namespace: of all objects; empty leaves it out.
        engine: name of the engine.
        nodes: by `node_key`, for every node, explainer and detector.
        surge: a rollout may start the new replica first.
        deadline_seconds: of the rollout.
        gateway: name and namespace of the Gateway; None without one.
        gateway_cidrs: from where the gateway reaches pods.
        store_cidrs: where pods reach the artifact store.
    """

    namespace: str
    engine: str
    nodes: Mapping[str, NodeContext]
    surge: bool = True
    deadline_seconds: int = 600
    gateway: tuple[str, str] | None = None
    gateway_cidrs: tuple[str, ...] = ()
    store_cidrs: tuple[str, ...] = ()
    facts: EngineFacts = EngineFacts()

    def of(self, key: str) -> NodeContext:
        """What a node runs; an unknown one runs what the engine gives it."""
        return self.nodes.get(key, NodeContext())


def node_key(model: ModelDeployment, predictor: Predictor, node: Node) -> str:
    """How a node is named in a context: `<predictor>/<node>`."""
    return f"{predictor.name}/{model.node_name(node)}"


def image_of(declared: Image | BuiltImage | None, context: NodeContext) -> str | None:
    """The image of a container: what the stack resolved, else what is declared by reference."""
    return context.image or (declared.reference if isinstance(declared, Image) else None)


def uri_of(declared: ArtifactReference | None, context: NodeContext) -> str | None:
    """What the engine's downloader fetches: what the stack resolved, else what is declared as a URI."""
    return context.uri or (declared.uri if isinstance(declared, Uri) else None)


def explainer_key(predictor: Predictor) -> str:
    """How a predictor's explainer is named in a context."""
    return f"{predictor.name}/explainer:"


def detector_key(name: str) -> str:
    """How a detector is named in a context."""
    return f"detector:{name}"


def place(resources: Resources, pools: "tuple[PoolFact, ...]") -> Placement:
    """Where pods with these resources go: a pool with the accelerator, else the system pool."""
    wanted = resources.accelerators
    if wanted is None:
        fitting = [pool for pool in pools if pool.name == gpu.SYSTEM_POOL]
        selector, tolerations = {gpu.POOL_LABEL: gpu.SYSTEM_POOL}, []
    else:
        fitting = [pool for pool in pools if _offers(pool, wanted)]
        selector, tolerations = gpu.node_selector(wanted.kind, wanted.sharing), [gpu.toleration(wanted.kind)]
    named = [dict(pool.selector) for pool in fitting]
    if named and all(labels == named[0] for labels in named):
        selector = {**selector, **named[0]}
    simulated = any(pool.simulated for pool in fitting)
    if simulated:
        tolerations = [*tolerations, gpu.SIMULATED_TOLERATION]
    names = {pool.resource for pool in fitting}
    resource = names.pop() if len(names) == 1 else None
    return Placement(node_selector=selector, tolerations=tolerations, simulated=simulated, resource=resource)


def _offers(pool: "PoolFact", wanted: Accelerators) -> bool:
    """Whether a node of the pool has as many of an accelerator, cut and shared as it is asked for."""
    same = pool.accelerator == wanted.kind and pool.sharing.mig == wanted.mig
    return same and bool(pool.sharing.shares) == wanted.shared and pool.per_node >= wanted.count


def asked_for(wanted: Accelerators, placement: Placement) -> dict[str, str]:
    """The limit by which a container gets its accelerators, as the pool names them; without a pool, as most do."""
    return {placement.resource or gpu.resource(wanted.kind, sharing=wanted.sharing): str(wanted.count)}
