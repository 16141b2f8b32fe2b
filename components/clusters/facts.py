"""Pools as pods see them."""

from collections.abc import Mapping

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
        PoolFact(
            name=name,
            accelerator=pool.machine_type.accelerator,
            per_node=pool.machine_type.accelerator_count,
            simulated=simulated,
            selector=named.get(name, {}),
        )
        for name, pool in sorted(pools.items())
    ]
    system = PoolFact(
        name=SYSTEM_POOL,
        accelerator=None,
        per_node=0,
        simulated=system_simulated,
        selector=named.get(SYSTEM_POOL, {}),
    )
    return (system, *declared)
