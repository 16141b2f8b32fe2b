"""What a stack takes from the one that makes its cluster: plain data from that one's file, all else from its outputs.

What decides whether, how many and by which name is known before the first resource: pools, store and teams are read
where they are declared. What only the cloud can tell comes through the engine, under the name `HANDLES`.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from catalog.errors import SeveralErrors, SlipwayError
from components.clusters.spec import CloudCluster, ExistingCluster
from components.storage.spec import CloudStore

if TYPE_CHECKING:
    from stacks.settings import Settings

HANDLES = "handles"
"""The output in which a stack gives to others what they need; there is no secret in it."""


def sections(cluster: Any) -> tuple[dict[str, Any], list[SlipwayError]]:
    """What of a stack's settings another stack says: its store, its teams and the pools of its cluster.

    Args:
        cluster: as the stack file has it.
    """
    name = cluster.get("stack") if isinstance(cluster, Mapping) and cluster.get("kind") == "existing" else None
    if not isinstance(name, str):
        return {}, []
    try:
        giver = settings_of(name)
    except SlipwayError as error:
        return {}, [SlipwayError("cluster.stack", name, error.why, error.fix)]
    except SeveralErrors as several:
        why = f"{len(several.errors)} things are wrong with this stack"
        return {}, [SlipwayError("cluster.stack", name, why, f"see: slipway check -s {name}")]
    given, store = giver.cluster, giver.store
    if not isinstance(given, CloudCluster) or not isinstance(store, CloudStore):
        why = "only a stack with a cluster and a store of a cloud gives them to others"
        return {}, [SlipwayError("cluster.stack", name, why, "name another stack, or say how the cluster is reached")]
    if given.mode == "auto":
        why = "the cloud makes its nodes for what each pod asks, and that is only known to the stack itself"
        return {}, [SlipwayError("cluster.stack", name, why, "let that stack run the models")]
    whose = {store.owner_key: store.owner or given.owner, store.place_key: store.place or given.region}
    return {"store": store.model_copy(update=whose), "teams": giver.teams, "pools": given.own_pools}, []


@cache
def settings_of(stack: str) -> "Settings":
    """The settings of the stack that gives; raises as `from_file`."""
    from stacks.settings import from_file, stack_file  # which ask this module

    return from_file(stack_file(stack))


def giver(settings: "Settings") -> "Settings | None":
    """The settings of the stack that makes the cluster of this one; None where no other does."""
    cluster = settings.cluster
    return settings_of(cluster.stack) if isinstance(cluster, ExistingCluster) and cluster.stack else None


def errors(stack: str, settings: "Settings") -> Iterator[SlipwayError]:
    """What two stacks say of each other that does not fit.

    Args:
        stack: the name of the one with these settings.
        settings: of the stack.
    """
    other = giver(settings)
    for model in settings.declarations() if other else ():
        said = other.models.get(model.name) if other else None
        if said is None or said.stack != stack:
            why = "the stack that makes the cluster makes neither place nor identity for it"
            yield SlipwayError(f"models.{model.name}", "", why, f"add it there: {model.name}: {{ stack: {stack} }}")
    if other is None and not isinstance(settings.cluster, CloudCluster):
        for model in settings.guests():
            path = f"models.{model.name}.stack"
            yield SlipwayError(
                path, settings.models[model.name].stack or "", "only a cloud's cluster is given to others", "remove it"
            )
