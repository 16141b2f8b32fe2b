"""Whether the scheduler finds a Server for a Model: otherwise it waits, and only its status says so."""

from collections.abc import Iterator, Mapping

from catalog.plain import nearest
from catalog.quantity import quantity
from components.serving.engines.context import EngineFacts
from components.serving.engines.seldon2 import words
from components.serving.rules.base import Finding
from components.serving.rules.seldon2_view import FILTERS, SOURCE, fitting, replicas, seldon2, servers, views
from components.serving.spec import ModelDeployment
from components.serving.spec.seldon2_kinds import Model

Declared = ModelDeployment | Model


@seldon2("S2-15", FILTERS, Declared)
def some_server_can(declaration: Declared, facts: EngineFacts) -> Iterator[Finding]:
    """Some Server, or the one that is named, has all capabilities that a Model requires."""
    known = servers(facts)
    for view in views(declaration, Model):
        model, needs = view.made, set(view.made.needs)
        if model.server is not None and model.server not in known:
            yield view.found("server", model.server, "there is no such Server", nearest(model.server, known))
            continue
        asked = [model.server] if model.server else list(known)
        if not any(needs <= set(known[name]) for name in asked):
            why = f"none of {', '.join(asked)} has all of these"
            fix = "require less, or declare a Server with them (engines.seldon2.servers)"
            yield view.found("requirements", ", ".join(model.needs), why, fix)


@seldon2("S2-16", f"{FILTERS}explainer.go", Declared)
def explainers_have_alibi(declaration: Declared, facts: EngineFacts) -> Iterator[Finding]:
    """An explainer's Server has the capability alibi-explain."""
    for view in views(declaration, Model):
        model, known = view.made, servers(facts)
        if model.explainer is None or (model.server is not None and model.server not in known):
            continue
        able = [name for name in known if model.server in (None, name) and set(model.needs) <= set(known[name])]
        if able and not fitting(model, facts):
            why = f"it needs {words.EXPLAIN}, which {', '.join(able)} does not have"
            yield view.found("explainer", model.server or "", why, "name a Server that has it, or add the capability")


@seldon2("S2-17", f"{FILTERS}replicamemory.go", Declared)
def memory_is_there(declaration: Declared, facts: EngineFacts) -> Iterator[Finding]:
    """One replica of a Server has the memory that a Model takes."""
    sizes = {name: int(quantity(size)) for name, size in facts.seldon2_memory.items()}
    for view in views(declaration, Model):
        if view.made.memory is None:
            continue
        most = _most(fitting(view.made, facts), sizes)
        if most is not None and quantity(view.made.memory) > most:
            why = f"no Server that fits has more than {most} bytes a replica"
            yield view.found("memory", view.made.memory, why, "give the Server more, or the Model less")


@seldon2("S2-18", f"{SOURCE}scheduler/pkg/scheduler/scheduler.go", Declared)
def replicas_are_there(declaration: Declared, facts: EngineFacts) -> Iterator[Finding]:
    """A Model has no more replicas than its Server: it lives on one Server, once on each replica."""
    for view in views(declaration, Model):
        most = _most(fitting(view.made, facts), facts.seldon2_replicas)
        if most is not None and replicas(view.made) > most:
            why = f"no Server that fits has more than {most} replicas"
            yield view.found("replicas", replicas(view.made), why, "scale the Server up first, or the Model down")


def _most(names: list[str], known: Mapping[str, int]) -> int | None:
    """The largest of these; None where one of them is not known."""
    if not names or any(name not in known for name in names):
        return None
    return max(known[name] for name in names)
