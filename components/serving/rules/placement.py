"""Where a model can run: rules on its team and its accelerators. Each gives what is wrong, or nothing."""

from collections.abc import Iterator, Mapping

from catalog.errors import SlipwayError
from catalog.plain import nearest
from components.clusters.spec import NodePool
from components.serving.spec import ModelDeployment, Team

Pools = Mapping[str, NodePool]


def team_declared(path: str, model: ModelDeployment, teams: Mapping[str, Team]) -> Iterator[SlipwayError]:
    """TEAM-1: the model's team is one of the stack's teams, because its namespace and quota are made from it."""
    if model.team not in teams:
        yield SlipwayError(path, model.team, "its team is not declared in this stack", nearest(model.team, teams))


def accelerator_offered(path: str, model: ModelDeployment, pools: Pools) -> Iterator[SlipwayError]:
    """FIT-1: some pool has nodes with enough of the accelerator for one replica."""
    for predictor in model.predictors:
        wanted = predictor.graph.resources.accelerators
        if wanted is None:
            continue
        offers = {name: pool.machine_type for name, pool in pools.items()}
        kinds = sorted({m.accelerator.value for m in offers.values() if m.accelerator})
        counts = [m.accelerator_count for m in offers.values() if m.accelerator == wanted.kind]
        if not counts:
            yield SlipwayError(
                path, f"{wanted.count} x {wanted.kind}", "no pool of the cluster has this accelerator",
                f"add a pool with it, or ask for one of {', '.join(kinds)}" if kinds else "add a pool with it",
            )  # fmt: skip
        elif max(counts) < wanted.count:
            yield SlipwayError(
                path, f"{wanted.count} x {wanted.kind}", f"the largest node with it has {max(counts)}",
                "ask for fewer, or give the pool larger machines",
            )  # fmt: skip


def room_for_surge(model: ModelDeployment, replicas: int, pools: Pools) -> bool:
    """Whether one replica more than `replicas` fits on the pools if nothing else ran there.

    What the other models take is not counted: a rollout that meets a full pool waits, and `auto` avoids only the
    certain deadlock of a model that fills its pools alone.
    """
    for predictor in model.predictors:
        wanted = predictor.graph.resources.accelerators
        if wanted is None:
            continue
        places = sum(
            pool.maximum * (pool.machine_type.accelerator_count // wanted.count)
            for pool in pools.values()
            if pool.machine_type.accelerator == wanted.kind
        )
        if places < replicas + 1:
            return False
    return True
