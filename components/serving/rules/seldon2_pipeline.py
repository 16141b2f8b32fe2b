"""What the scheduler refuses of a Pipeline."""

from collections.abc import Iterator, Sequence

from components.serving.engines.context import EngineFacts
from components.serving.rules.base import Finding
from components.serving.rules.seldon2_view import PIPELINES, SOURCE, View, seldon2, views
from components.serving.spec import ModelDeployment
from components.serving.spec.seldon2_kinds import Pipeline, Step

_ENDS = ("inputs", "outputs")
_FORM = "write <step>, <step>.inputs or <step>.outputs, the last two also with .<tensor>"
_OUTER_FORM = "write <pipeline>.inputs, <pipeline>.outputs or <pipeline>.step.<step>.outputs, each also with .<tensor>"
Declared = ModelDeployment | Pipeline


@seldon2("S2-04", PIPELINES, Declared)
def has_steps(declaration: Declared, _: EngineFacts) -> Iterator[Finding]:
    """A Pipeline has at least one step."""
    for view in views(declaration, Pipeline):
        if not view.made.steps:
            yield view.found("steps", "", "there is none", "add a step")


@seldon2("S2-05", PIPELINES, Declared)
def steps_have_other_names(declaration: Declared, _: EngineFacts) -> Iterator[Finding]:
    """No step has the Pipeline's name, which means its request."""
    for view in views(declaration, Pipeline):
        for at, step in enumerate(view.made.steps):
            if step.name == view.made.name:
                yield view.found(f"steps[{at}].name", step.name, "the Pipeline's own name", "rename one of the two")


@seldon2("S2-06", PIPELINES, Declared)
def references_are_well_formed(declaration: Declared, _: EngineFacts) -> Iterator[Finding]:
    """Inputs, triggers and outputs are steps, their inputs or outputs, or single tensors of these."""
    for view in views(declaration, Pipeline):
        for path, reference in _references(view.made):
            if not _well_formed(reference):
                yield view.found(path, reference, "no reference", _FORM)


@seldon2("S2-07", PIPELINES, Declared)
def references_exist(declaration: Declared, _: EngineFacts) -> Iterator[Finding]:
    """What inputs, triggers and outputs name is a step; the first two may name the Pipeline itself."""
    for view in views(declaration, Pipeline):
        names = [step.name for step in view.made.steps]
        for path, reference in _references(view.made):
            known = names if path.startswith("output.") else [*names, view.made.name]
            name = reference.partition(".")[0]
            if name and name not in known:
                yield view.found(path, reference, f"there is no step {name}", f"name one of {', '.join(known)}")


@seldon2("S2-08", PIPELINES, Declared)
def no_cycles(declaration: Declared, _: EngineFacts) -> Iterator[Finding]:
    """No step waits for itself, unless cycles are allowed."""
    for view in views(declaration, Pipeline):
        if view.made.allow_cycles:
            continue
        for at in _on_cycles(view.made.steps):
            why = "it waits, by its inputs or triggers, for itself"
            yield view.found(f"steps[{at}]", view.made.steps[at].name, why, "cut the circle, or set allow_cycles")


@seldon2("S2-09", PIPELINES, Declared)
def triggers_are_not_inputs(declaration: Declared, _: EngineFacts) -> Iterator[Finding]:
    """What a step reads is not its trigger, too."""
    for view in views(declaration, Pipeline):
        for at, step in enumerate(view.made.steps):
            inputs = {_whole(one, view.made.name) for one in step.inputs}
            for place, trigger in enumerate(step.triggers):
                if _whole(trigger, view.made.name) in inputs:
                    path = f"steps[{at}].triggers[{place}]"
                    yield view.found(path, trigger, "it is an input of the step", "remove the trigger")


@seldon2("S2-10", PIPELINES, Declared)
def follows_pipelines(declaration: Declared, _: EngineFacts) -> Iterator[Finding]:
    """What a Pipeline follows are inputs, outputs or steps of other Pipelines, at least one."""
    for view in views(declaration, Pipeline):
        if view.made.input is None:
            continue
        if not view.made.input.external_inputs:
            yield view.found("input.external_inputs", "", "there is none", "name one, or remove input")
        outer = {"external_inputs": view.made.input.external_inputs}
        outer["external_triggers"] = view.made.input.external_triggers
        for field, references in outer.items():
            for at, reference in enumerate(references):
                if not _outer_well_formed(reference):
                    yield view.found(f"input.{field}[{at}]", reference, "no reference", _OUTER_FORM)


@seldon2("S2-19", f"{SOURCE}scheduler/pkg/store/pipeline/utils.go", Declared)
def steps_are_there_once(declaration: Declared, _: EngineFacts) -> Iterator[Finding]:
    """A Model is a step of a Pipeline once."""
    for view in views(declaration, Pipeline):
        yield from _repeated(view)


def _repeated(view: View[Pipeline]) -> Iterator[Finding]:
    seen: set[str] = set()
    for at, step in enumerate(view.made.steps):
        if step.name in seen:
            yield view.found(f"steps[{at}].name", step.name, "two steps have this name", "rename one of them")
        seen.add(step.name)


def _references(pipeline: Pipeline) -> Iterator[tuple[str, str]]:
    for at, step in enumerate(pipeline.steps):
        yield from ((f"steps[{at}].inputs[{place}]", one) for place, one in enumerate(step.inputs))
        yield from ((f"steps[{at}].triggers[{place}]", one) for place, one in enumerate(step.triggers))
    if pipeline.output:
        yield from ((f"output.steps[{place}]", one) for place, one in enumerate(pipeline.output.steps))


def _well_formed(reference: str) -> bool:
    match reference.split("."):
        case [name]:
            return bool(name.strip())
        case [name, end] | [name, end, _]:
            return bool(name) and end in _ENDS
        case _:
            return False


def _outer_well_formed(reference: str) -> bool:
    match reference.split("."):
        case [name] | [name, "step", _]:
            # Completed to its outputs by the scheduler.
            return bool(name.strip())
        case [name, "step", _, end] | [name, "step", _, end, _] | [name, end] | [name, end, _]:
            return bool(name) and end in _ENDS
        case _:
            return False


def _whole(reference: str, pipeline: str) -> str:
    """A reference as the scheduler completes it."""
    if "." in reference:
        return reference
    return f"{reference}.{'inputs' if reference == pipeline else 'outputs'}"


def _on_cycles(steps: Sequence[Step]) -> list[int]:
    """The steps that lead back to themselves."""
    before = {
        step.name: {one.partition(".")[0] for one in (*step.inputs, *step.triggers)} for step in steps
    }  # fmt: skip
    return [at for at, step in enumerate(steps) if step.name in _all_before(step.name, before)]


def _all_before(name: str, before: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(before[name])
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += before.get(one, ())
    return found
