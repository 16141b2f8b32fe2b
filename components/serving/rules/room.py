"""Whether all models of a stack have room together, and how a new version of each can take over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from catalog import gpu
from catalog.quantity import quantity
from catalog.scheduler import Node, Pod, Room, schedule
from catalog.startup import Startup, startup
from components.clusters.spec import NodePool
from components.serving.engines.context import EngineFacts
from components.serving.rules.base import Finding, rule
from components.serving.rules.fit import Placed, Sizes, files_of
from components.serving.rules.kserve_view import mode
from components.serving.spec import ModelDeployment, Resources

# What a pod asks for that says nothing (`safe_defaults`).
_CPU, _MEMORY = "100m", "512Mi"
# Seldon Core 1 rolls with maxUnavailable 10 %, rounded down: from ten replicas on, an old one may go first.
_OPERATOR = "seldon-core v1.17.1: operator/controllers/seldondeployment_controller.go (createDeploymentWithoutEngine)"
_ONE_MAY_GO = 10
# More nodes of one pool than any model can need tell nothing more.
_MANY = 200


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """All models of a stack on its pools, at their fewest replicas and the pools at their largest.

    Attributes:
        models: with the stack's scale, in the order in which the stack names them.
        pools: by name, with the pool of the system where its machines are known; without it, only pods with
            accelerators are looked at.
        sizes: of the artifacts that are locked.
        engines: by the model's name, where they are known.
        is_protected: the stack may not be destroyed by mistake: people count on what it serves.
    """

    models: tuple[ModelDeployment, ...]
    pools: Mapping[str, NodePool]
    sizes: Sizes = field(default_factory=dict)
    engines: Mapping[str, str] = field(default_factory=dict)
    is_protected: bool = False

    @cached_property
    def _placed(self) -> tuple[dict[str, str | None], list[Node]]:
        nodes = list(nodes_of(self.pools))
        pods = [pod for model in self.models for pod in pods_of(model) if self._counts(pod)]
        return schedule(pods, nodes), nodes

    @cached_property
    def _left(self) -> Room:
        return Room(self._placed[1])

    def _counts(self, pod: Pod) -> bool:
        return gpu.SYSTEM_POOL in self.pools or gpu.POOL_LABEL not in pod.selector

    def asked(self, rule_id: str) -> Iterator[ModelDeployment]:
        """The models that have not acknowledged a rule."""
        return (model for model in self.models if not model.acknowledge.get(rule_id))

    def waiting(self, model: ModelDeployment) -> list[str]:
        """The pods of a model that find no place beside those of the others."""
        placed = self._placed[0]
        return [pod.name for pod in pods_of(model) if placed.get(pod.name, "") is None]

    def surges(self, model: ModelDeployment) -> bool:
        """Whether the replicas that a rollout starts first find a place beside everything else."""
        more = [pod for pod in _first_of_each(model) if self._counts(pod)]
        if len(more) * model.rollout.surge == 1:  # as most have it: no place that it takes matters to another
            return self._left.fits(more[0])
        nodes = [Node(n.name, n.labels, n.taints, n.allocatable, dict(n.free)) for n in self._placed[1]]
        wanted = [
            Pod(f"{pod.name}+{turn}", pod.requests, pod.selector, pod.terms, pod.tolerations)
            for turn in range(model.rollout.surge)
            for pod in more
        ]
        return all(place is not None for place in schedule(wanted, nodes).values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Takeover:
    """How a new version of a model takes over.

    Attributes:
        strategy: what is done.
        times: of one replica's start.
        why: in a sentence.
    """

    strategy: Literal["surge", "recreate"]
    times: Startup
    why: str


def takeover(model: ModelDeployment, fleet: Fleet, facts: EngineFacts | None = None) -> Takeover:
    """What `rollout.strategy` comes to on these pools, with the model's engine as the fleet names it."""
    accelerated = any(node.resources.accelerators for _, _, node in model.nodes())
    autoscaled = any(pool.max_nodes is not None for pool in fleet.pools.values())
    times = _times(model, fleet.sizes, accelerated=accelerated, autoscaled=accelerated and autoscaled)
    fits = fleet.surges(model)
    match model.rollout.strategy:
        case "recreate":
            return Takeover(strategy="recreate", times=times, why=f"as declared: about {times.downtime} s without it")
        case "auto" if not fits and (
            who := _always_surges(model, fleet.engines.get(model.name), facts or EngineFacts())
        ):
            why = f"{who} starts the new replica first, and the pools have no room for it: it waits until they have"
            return Takeover(strategy="surge", times=times, why=why)
        case "auto" if not fits:
            why = f"the pools have no room for one more replica: about {times.downtime} s without it"
            return Takeover(strategy="recreate", times=times, why=why)
    return Takeover(strategy="surge", times=times, why="the new replica starts first; no request is lost")


def _times(model: ModelDeployment, sizes: Sizes, *, accelerated: bool, autoscaled: bool) -> Startup:
    """Of the predictor with the largest files, as if one pod fetched all of them."""
    read = [files_of(model, [node for _, node in p.nodes("")], sizes) for p in model.predictors]
    files, said = max(read, key=lambda each: -1 if each[0] is None else each[0])
    times = startup(files, accelerated=accelerated, autoscaled=autoscaled)
    return replace(times, assumed=(*said, *times.assumed))


@rule("FIT-7", source="catalog/scheduler.py", about=Fleet)
def all_have_room(fleet: Fleet, _: EngineFacts) -> Iterator[Finding]:
    """All models of a stack find a place at once, at their fewest replicas and the pools at their largest."""
    for model in fleet.models:
        waiting = fleet.waiting(model)
        placed = Placed(model=model, pools=fleet.pools)
        if waiting and all(placed.fitting(wanted) for _, _, wanted in placed.wanting):  # else another rule says it
            yield Finding(
                path=model.name,
                value=f"{len(waiting)} of {len(pods_of(model))} pods",
                why="beside the other models of the stack they find no node with enough left "
                "(every node of the graph counted as a pod of its own)",
                fix="give a pool more or larger nodes (max_nodes), or this model fewer replicas",
            )


@rule("FIT-8", source="catalog/scheduler.py", about=Fleet)
def surge_has_room(fleet: Fleet, _: EngineFacts) -> Iterator[Finding]:
    """A rollout that is declared to start the new replica first finds room for it."""
    for model in fleet.models:
        if model.rollout.strategy == "surge" and not fleet.waiting(model) and not fleet.surges(model):
            yield Finding(
                path=f"{model.name}.rollout.strategy",
                value="surge",
                why="the pools have no room for the new replica beside the old ones: the rollout would wait for ever",
                fix="give a pool more nodes, or choose recreate (with its downtime) or auto",
            )


@rule("FIT-9", source=_OPERATOR, trap=True, about=Fleet)
def forced_surge_has_room(fleet: Fleet, facts: EngineFacts) -> Iterator[Finding]:
    """Where the engine always starts the new replica first, each rollout finds room for it."""
    for model in fleet.asked("FIT-9"):
        who = _always_surges(model, fleet.engines.get(model.name), facts)
        if who and not fleet.waiting(model) and not fleet.surges(model):
            yield Finding(
                path=f"{model.name}.rollout.strategy",
                value=model.rollout.strategy,
                why=f"{who} starts the new replica before the old one goes, and the pools have no room for it: "
                "the first change of the model would wait for ever",
                fix="give a pool more nodes, or take an engine that can recreate: plain, kserve (mode standard)",
            )


def _always_surges(model: ModelDeployment, engine: str | None, facts: EngineFacts) -> str | None:
    """Who starts new replicas first, whatever is declared; None where a rollout goes on without room for them."""
    if model.rollout.strategy == "surge":  # another rule looks at it
        return None
    if engine == "seldon1":
        few = any(0 < model.scaling_of(p).min_replicas < _ONE_MAY_GO for p in model.predictors)
        return "the operator of Seldon Core 1" if few else None
    return "Knative" if engine == "kserve" and mode(model, facts) == "Knative" else None


def pods_of(model: ModelDeployment) -> list[Pod]:
    """The pods of a model at its fewest replicas: one for each node of its graphs that runs a container."""
    replicas = {id(p): max(model.scaling_of(p).min_replicas, 0) for p in model.predictors}
    return [
        Pod(f"{pod.name}-{number}", pod.requests, pod.selector, pod.terms, pod.tolerations)
        for predictor in model.predictors
        for pod in _first_of_each(model, predictor.name)
        for number in range(replicas[id(predictor)])
    ]


def _first_of_each(model: ModelDeployment, only: str | None = None) -> list[Pod]:
    return [
        Pod.of(f"{model.name}/{predictor.name}/{model.node_name(node)}", _spec(node.resources))
        for _, predictor, node in model.nodes()
        if node.kind != "builtin" and only in (None, predictor.name)
    ]


def _spec(resources: Resources) -> dict[str, Any]:
    """As much of a PodSpec as the scheduler reads of a pod with these resources."""
    limits = dict(resources.limits)
    selector, tolerations = {gpu.POOL_LABEL: gpu.SYSTEM_POOL}, []
    wanted = resources.accelerators
    if wanted:
        selector = gpu.node_selector(wanted.kind, wanted.sharing)
        tolerations = [gpu.toleration(wanted.kind)]
        limits[_SLOT] = str(wanted.count)
    asked = {"cpu": resources.cpu or _CPU, "memory": resources.memory or _MEMORY, **resources.requests}
    container = {"resources": {"requests": asked, "limits": limits}}
    return {"containers": [container], "nodeSelector": selector, "tolerations": tolerations}


# Clouds name what is shared each in its own way; a node offers it here under one name.
_SLOT = "accelerators"


def nodes_of(pools: Mapping[str, NodePool]) -> Iterator[Node]:
    """The nodes of pools at their largest."""
    for name, pool in sorted(pools.items()):
        machine = pool.machine_type
        allocatable = {key: quantity(value) for key, value in machine.allocatable.items()}
        labels = {"kubernetes.io/arch": machine.architecture, gpu.POOL_LABEL: name, **pool.labels}
        taints = [taint.model_dump() for taint in pool.taints]
        if machine.accelerator:
            labels[gpu.ACCELERATOR_LABEL] = gpu.label(machine.accelerator, pool.sharing)
            taints.append(gpu.taint(machine.accelerator))
            units = gpu.units(machine.accelerator, machine.accelerator_count, pool.sharing)
            allocatable[_SLOT] = Decimal(units)
        for number in range(min(pool.maximum, _MANY)):
            yield Node(f"{name}-{number}", labels, taints, allocatable, dict(allocatable))
