"""An engine's own kinds in a stack: Servers, Pipelines, runtimes and graphs, each in the namespace of a team."""

from collections.abc import Iterable, Iterator, Mapping

from catalog.errors import SlipwayError
from catalog.plain import Plain, nearest
from components.serving.rules import all_rules
from components.serving.rules.kserve_change import Runtimes
from components.serving.rules.seldon2_together import Together
from components.serving.spec import ModelDeployment, Team
from components.serving.spec.deployment import TeamName
from components.serving.spec.engines import Engines
from components.serving.spec.kserve_kinds import ServingRuntime
from components.serving.spec.own_kinds import engine_of
from components.serving.spec.seldon2_kinds import Experiment, Model, Pipeline, Server
from stacks.models import OBJECTS


class ObjectSettings(Plain):
    """What a stack says of an engine's own kind: its presence, and whose it is."""

    team: TeamName


def errors(chosen: Mapping[str, ObjectSettings], teams: Mapping[str, Team], engines: Engines) -> Iterator[SlipwayError]:
    """What is wrong with the objects of a stack, each for itself."""
    facts = all_rules.facts_of(engines)
    for name, said in sorted(chosen.items()):
        path = f"objects.{name}"
        if name not in OBJECTS:
            why = "no declaration of this name in stacks/models is of an engine's own kind"
            yield SlipwayError(path, name, why, nearest(name, OBJECTS))
            continue
        if said.team not in teams:
            yield SlipwayError(f"{path}.team", said.team, "it is not declared in this stack", nearest(said.team, teams))
        yield from all_rules.check(path, OBJECTS[name], engine_of(OBJECTS[name]), facts)


def together(
    chosen: Mapping[str, ObjectSettings], models: Iterable[ModelDeployment], engines: Engines
) -> Iterator[SlipwayError]:
    """What is wrong with objects and models that share a namespace.

    Args:
        chosen: the stack's objects by name.
        models: those of the stack's models that are on Seldon Core 2.
        engines: how they are installed.
    """
    shared: dict[str, list[ModelDeployment | Model | Pipeline | Experiment | Server]] = {}
    for model in models:
        shared.setdefault(model.team, []).append(model)
    for name, said in chosen.items():
        declared = OBJECTS.get(name)
        if isinstance(declared, Model | Pipeline | Experiment | Server):
            shared.setdefault(said.team, []).append(declared)
    yield from _runtimes(chosen, engines)
    for declarations in shared.values():
        yield from all_rules.check(
            "models", Together(declarations=tuple(declarations)), "seldon2", all_rules.facts_of(engines)
        )


def _runtimes(chosen: Mapping[str, ObjectSettings], engines: Engines) -> Iterator[SlipwayError]:
    """What is wrong with KServe's runtimes among which a model may choose: those of a namespace, or of the cluster."""
    shared: dict[str, list[ServingRuntime]] = {}
    for name, said in sorted(chosen.items()):
        declared = OBJECTS.get(name)
        if isinstance(declared, ServingRuntime):
            shared.setdefault("" if declared.cluster else said.team, []).append(declared)
    for runtimes in shared.values():
        about = Runtimes(together=tuple(runtimes))
        yield from all_rules.check("objects", about, "kserve", all_rules.facts_of(engines))
