"""Pools as pods see them."""

from collections.abc import Mapping

from catalog import gpu
from catalog.gpu import SYSTEM_POOL
from components.clusters.spec import NodePool
from components.contracts import PoolFact


def pool_facts(
    pools: Mapping[str, NodePool],
    *,
    simulated: bool,
    system_simulated: bool,
    selectors: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[PoolFact, ...]:
    """The declared pools and the system pool.

    Args:
        pools: as declared, by name.
        simulated: the declared pools are simulated nodes.
        system_simulated: the system pool is, too: this machine cannot run pods.
        selectors: labels that pods of a pool name besides, by its name.
    """
    named = selectors or {}
    declared = [
        _fact(name, pool, simulated=simulated, selector=named.get(name, {})) for name, pool in sorted(pools.items())
    ]
    system = PoolFact(
        name=SYSTEM_POOL,
        accelerator=None,
        per_node=0,
        simulated=system_simulated,
        selector=named.get(SYSTEM_POOL, {}),
    )
    return (system, *declared)


def _fact(name: str, pool: NodePool, *, simulated: bool, selector: Mapping[str, str]) -> PoolFact:
    machine, sharing = pool.machine_type, pool.sharing
    kind, count = machine.accelerator, machine.accelerator_count
    return PoolFact(
        name=name,
        accelerator=kind,
        per_node=gpu.units(kind, count, sharing) if kind else 0,
        simulated=simulated,
        selector=selector,
        sharing=sharing,
        resource=gpu.resource(kind, machine.cloud, sharing) if kind else None,
    )
