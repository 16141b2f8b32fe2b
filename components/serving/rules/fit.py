"""Whether a model fits on the pools of a stack: memory, CUDA, partitions, and room for all models together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from catalog import cuda, gpu
from catalog.fit import RESERVE, Estimate, Load, estimate, gib, usable
from catalog.quantity import quantity
from components.clusters.spec import NodePool
from components.serving.engines.context import EngineFacts
from components.serving.rules.base import Finding, rule
from components.serving.spec import Accelerators, ArtifactReference, Format, ModelDeployment, Node

_SOURCE = "catalog/fit.py"

Sizes = Mapping[ArtifactReference, int]
"""Bytes of artifacts, as the lock of a stack says them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A model on the pools of a stack.

    Attributes:
        pools: by name, with the pool of the system where its machines are known.
        sizes: of what is locked; None before the lock is read, when nothing is judged by the size of files.
        images: bytes that a node pulls for what stands at a path of the declaration, where the lock knows them.
    """

    model: ModelDeployment
    pools: Mapping[str, NodePool]
    sizes: Sizes | None = None
    images: Mapping[str, int] = field(default_factory=dict)

    @property
    def acknowledge(self) -> Mapping[str, str]:
        """As in the declaration."""
        return self.model.acknowledge

    @property
    def wanting(self) -> Iterator[tuple[str, Node, Accelerators]]:
        """The nodes of its graphs that ask for accelerators."""
        for path, _, node in self.model.nodes():
            if node.resources.accelerators:
                yield path, node, node.resources.accelerators

    def fitting(self, wanted: Accelerators) -> dict[str, NodePool]:
        """The pools with enough of an accelerator, cut and shared as it is asked for."""
        return {
            name: pool
            for name, pool in self.pools.items()
            if pool.machine_type.accelerator == wanted.kind
            and pool.sharing.mig == wanted.mig
            and bool(pool.sharing.shares) == wanted.shared
            and gpu.units(wanted.kind, pool.machine_type.accelerator_count, pool.sharing) >= wanted.count
        }


def files_of(model: ModelDeployment, nodes: Iterable[Node], sizes: Sizes) -> tuple[int | None, tuple[str, ...]]:
    """Bytes of the files that these nodes read, None where nobody says it; and who says it, a sentence."""
    read = {node.artifact for node in nodes if node.kind != "builtin" and node.artifact}
    if read and read <= sizes.keys():
        files = sum(sizes[artifact] for artifact in read)
        return files, (f"files of {files / 1e9:.3g} GB, as the lock says",)
    declared = model.fit.artifact_bytes
    return declared, () if declared is None else (f"files of {declared / 1e9:.3g} GB, as declared",)


def load_of(model: ModelDeployment, node: Node, artifact_bytes: int | None) -> Load:
    """What is known of a node's size: what its declaration says, and how large its files are."""
    fit = model.fit
    return Load(
        parameters=fit.parameters,
        dtype=fit.dtype,
        artifact_bytes=artifact_bytes,
        context_tokens=fit.context_tokens,
        batch=fit.batch,
        cache_bytes_per_token=fit.cache_bytes_per_token,
        generates=node.kind == "server" and node.format is Format.VLLM,
    )


def need(placed: Placed, node: Node) -> Estimate | None:
    """What one replica takes of all its accelerators; None where nothing is known of its size."""
    model = placed.model
    if model.fit.accelerator_memory is not None:
        stated = int(quantity(model.fit.accelerator_memory))
        return Estimate(weights=stated, cache=0, assumed=(f"as declared: {model.fit.reason or 'no reason given'}",))
    files, said = (None, ()) if placed.sizes is None else files_of(model, [node], placed.sizes)
    known = estimate(load_of(model, node, files))
    # With parameters given, the size of the files says nothing of the memory.
    return known if known is None or model.fit.parameters else replace(known, assumed=(*said, *known.assumed))


@rule("FIT-1", source="the stack's pools", about=Placed)
def accelerator_offered(placed: Placed, _: EngineFacts) -> Iterator[Finding]:
    """Some pool has nodes with enough of the accelerator for one replica."""
    carried = [(pool.machine_type, pool.sharing) for pool in placed.pools.values()]
    kinds = sorted({machine.accelerator.value for machine, _ in carried if machine.accelerator})
    for path, _node, wanted in placed.wanting:
        counts = [gpu.units(wanted.kind, m.accelerator_count, s) for m, s in carried if m.accelerator == wanted.kind]
        if counts and max(counts) >= wanted.count:
            continue
        if counts:
            why, fix = f"the largest node with it has {max(counts)}", "ask for fewer, or give the pool larger machines"
        else:
            why, fix = "no pool of the cluster has this accelerator", "add a pool with it"
            if kinds:
                fix += f", or ask for one of {', '.join(kinds)}"
        yield Finding(path=f"{path}.resources.accelerators", value=f"{wanted.count} x {wanted.kind}", why=why, fix=fix)


@rule("FIT-2", source=_SOURCE, about=Placed)
def memory_suffices(placed: Placed, _: EngineFacts) -> Iterator[Finding]:
    """What the model needs is in the memory of the accelerators that it asks for, less the reserve."""
    for path, node, wanted in placed.wanting:
        needed = need(placed, node)
        pools = placed.fitting(wanted)
        known = {name: memory * wanted.count for name, pool in pools.items() if (memory := memory_of(pool)) is not None}
        if needed is None or not pools or len(known) < len(pools):
            continue
        largest = max(known.values())
        if needed.total > usable(largest):
            yield Finding(
                path=f"{path}.resources.accelerators",
                value=f"{wanted.count} x {wanted.kind}",
                why=f"needs {gib(needed.total)} ({gib(needed.weights)} weights, {gib(needed.cache)} cache), "
                f"{wanted.count} x {wanted.kind} have {largest / 1024:.1f} GiB less the reserve of {RESERVE:.0%}: "
                f"{gib(usable(largest))}; assumed: {'; '.join(needed.assumed) or 'nothing'}",
                fix="ask for more or larger accelerators, a smaller dtype, context or batch; or say what it really "
                "takes in fit.accelerator_memory, with fit.reason",
            )


@rule("FIT-3", source=_SOURCE, about=ModelDeployment)
def override_has_a_reason(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """An estimate is overridden with a reason."""
    if model.fit.accelerator_memory and not (model.fit.reason or "").strip():
        yield Finding(
            path="fit.accelerator_memory",
            value=model.fit.accelerator_memory,
            why="it overrides the estimate and does not say why",
            fix="add fit.reason: where the figure was measured",
        )


@rule("FIT-4", source="catalog/cuda.py", about=Placed)
def driver_runs_the_image(placed: Placed, _: EngineFacts) -> Iterator[Finding]:
    """The driver of some pool that it may go to runs the CUDA version of its image."""
    version = placed.model.fit.cuda
    if version is None:
        return
    for path, _node, wanted in placed.wanting:
        pools = placed.fitting(wanted)
        drivers = {name: pool.driver for name, pool in pools.items() if pool.driver}
        if (
            pools
            and len(drivers) == len(pools)
            and all(cuda.driver_fits(version, d) is False for d in drivers.values())
        ):
            yield Finding(
                path=f"{path}.resources.accelerators",
                value=f"CUDA {version}",
                why="no pool with this accelerator has a driver that runs it: "
                + ", ".join(f"{name} has {driver}" for name, driver in sorted(drivers.items())),
                fix=f"take a node image with driver {cuda.minimum_driver(version)} or newer, or an older CUDA",
            )


@rule("FIT-5", source="catalog/cuda.py", about=ModelDeployment)
def accelerator_knows_the_image(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The CUDA version of its image makes programs for the GPU that it asks for."""
    version = model.fit.cuda
    if version is None:
        return
    for path, _predictor, node in model.nodes():
        wanted = node.resources.accelerators
        if wanted and cuda.accelerator_fits(version, wanted.kind) is False:
            capability = ".".join(map(str, cuda.CAPABILITY[wanted.kind]))
            yield Finding(
                path=f"{path}.resources.accelerators.kind",
                value=wanted.kind.value,
                why=f"CUDA {version} makes no programs for its compute capability {capability}",
                fix="take an image with another CUDA version, or another accelerator",
            )


@rule("FIT-6", source="catalog/gpu.py", about=Placed)
def partition_offered(placed: Placed, _: EngineFacts) -> Iterator[Finding]:
    """Some pool cuts or shares the accelerator as the model asks for it."""
    for path, _node, wanted in placed.wanting:
        same = {n: p for n, p in placed.pools.items() if p.machine_type.accelerator == wanted.kind}
        if not same or placed.fitting(wanted) or not (wanted.mig or wanted.shared or _all_cut(same.values())):
            continue
        offers = ", ".join(f"{name}: {_cut(pool)}" for name, pool in sorted(same.items()))
        yield Finding(
            path=f"{path}.resources.accelerators",
            value=wanted.mig or ("shared" if wanted.shared else "whole"),
            why=f"no pool offers {wanted.count} x {wanted.kind} like this ({offers})",
            fix="ask for what a pool offers, or give a pool this mig or time_slicing",
        )


def memory_of(pool: NodePool) -> int | None:
    """Memory in MiB of one unit that a pool offers: an accelerator, or a partition of one; None: not known.

    Pods that take turns on a GPU share its memory without limits, so each may have only its part of it.
    """
    machine = pool.machine_type
    if machine.accelerator is None or machine.accelerator_memory_mib is None:
        return None
    whole = machine.accelerator_memory_mib
    if pool.sharing.mig:
        whole = mig_memory(pool.sharing.mig)
    return whole // (pool.sharing.shares or 1)


def mig_memory(profile: str) -> int:
    """MiB of a partition, as its profile's name says it: `1g.10gb`."""
    return int(profile.partition(".")[2].partition("gb")[0]) * 1024


def unverified(placed: Placed) -> Iterator[str]:
    """What cannot be decided of a model on these pools, a sentence each."""
    for path, node, wanted in placed.wanting:
        if need(placed, node) is None:
            yield f"{path}: whether it fits in memory, because its parameters and its artifact's size are not known"
        for name, pool in sorted(placed.fitting(wanted).items()):
            if memory_of(pool) is None:
                yield f"{path}: whether it fits in memory on pool {name}: that of {wanted.kind} is not known"
            if placed.model.fit.cuda is None or pool.driver is None:
                missing = "the image's CUDA version (fit.cuda)" if placed.model.fit.cuda is None else "its driver"
                yield f"{path}: whether pool {name} runs the image: {missing} is not declared"


def _all_cut(pools: Iterable[NodePool]) -> bool:
    return all(pool.sharing != gpu.WHOLE for pool in pools)


def _cut(pool: NodePool) -> str:
    if pool.sharing.mig:
        return f"mig {pool.sharing.mig}"
    return f"{pool.sharing.shares} share one" if pool.sharing.shares else "whole"
