"""What Seldon Core 2's operator and scheduler refuse, only after it is in the cluster: there is no webhook."""

import re
from collections.abc import Iterator

from components.serving.engines.context import EngineFacts
from components.serving.rules.base import Finding
from components.serving.rules.seldon2_view import (
    EXPERIMENTS,
    MODELS,
    SOURCE,
    View,
    replicas,
    scaled,
    seldon2,
    things,
    views,
)
from components.serving.spec import Builtin, Container, ModelDeployment
from components.serving.spec.seldon2_kinds import Experiment, Model, Pipeline, Server

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_TYPES = f"{SOURCE}operator/apis/mlops/v1alpha1/"


@seldon2("S2-01", f"{SOURCE}scheduler/pkg/store/utils/validate.go", ModelDeployment | Model | Pipeline)
def plain_names(declaration: ModelDeployment | Model | Pipeline, _: EngineFacts) -> Iterator[Finding]:
    """Names of Models and Pipelines are lower-case letters, digits and hyphens: a dot separates parts of references."""
    named: list[View[Model] | View[Pipeline]] = [*views(declaration, Model), *views(declaration, Pipeline)]
    for view in named:
        if not _NAME.fullmatch(view.made.name):
            why = "the scheduler refuses this name"
            yield view.found("name", view.made.name, why, "use a-z, 0-9 and -, with a letter or digit at both ends")


@seldon2("S2-02", MODELS, Model)
def explainer_or_llm(model: Model, _: EngineFacts) -> Iterator[Finding]:
    """A Model is an explainer or of the LLM runtime, not both."""
    if model.explainer and model.llm:
        yield Finding(path="llm", value="", why="the operator takes one of explainer and llm", fix="remove one")


@seldon2("S2-03", f"{SOURCE}operator/internal/utils.go", ModelDeployment | Model | Server)
def replicas_in_range(declaration: ModelDeployment | Model | Server, _: EngineFacts) -> Iterator[Finding]:
    """The lowest, the first and the highest number of replicas are in this order, and none is negative."""
    for view in scaled(declaration):
        least, most = view.made.min_replicas or 0, view.made.max_replicas
        first = replicas(view.made) if isinstance(view.made, Model) else _first(view.made)
        for name in ("replicas", "min_replicas", "max_replicas"):
            if (getattr(view.made, name) or 0) < 0:
                yield view.found(name, getattr(view.made, name), "a number of replicas", "give 0 or more")
        if first < least:
            yield view.found("replicas", first, f"fewer than min_replicas, {least}", f"give at least {least}")
        if most and first > most:
            yield view.found("replicas", first, f"more than max_replicas, {most}", f"give at most {most}")


def _first(server: Server) -> int:
    return server.replicas if server.replicas is not None else (server.min_replicas or 1)


@seldon2("S2-11", EXPERIMENTS, ModelDeployment | Experiment)
def default_takes_part(declaration: ModelDeployment | Experiment, _: EngineFacts) -> Iterator[Finding]:
    """The default of an Experiment is one of its candidates."""
    for view in views(declaration, Experiment):
        names = [candidate.name for candidate in view.made.candidates]
        if view.made.default is not None and view.made.default not in names:
            yield view.found("default", view.made.default, "it is no candidate", f"name one of {', '.join(names)}")


@seldon2("S2-12", EXPERIMENTS, ModelDeployment | Experiment)
def somebody_answers(declaration: ModelDeployment | Experiment, _: EngineFacts) -> Iterator[Finding]:
    """An Experiment has a candidate or a mirror."""
    for view in views(declaration, Experiment):
        if not view.made.candidates and view.made.mirror is None:
            yield view.found("candidates", "", "nobody takes part", "add a candidate")


@seldon2("S2-13", EXPERIMENTS, ModelDeployment | Experiment)
def takes_part_once(declaration: ModelDeployment | Experiment, _: EngineFacts) -> Iterator[Finding]:
    """Nobody takes part in an Experiment twice, as its mirror neither."""
    for view in views(declaration, Experiment):
        seen: set[str] = set()
        places = [(f"candidates[{at}].name", one.name) for at, one in enumerate(view.made.candidates)]
        if view.made.mirror:
            places.append(("mirror.name", view.made.mirror.name))
        for path, name in places:
            if name in seen:
                yield view.found(path, name, "it takes part twice", "name another one, or add the weights up")
            seen.add(name)


@seldon2("S2-20", f"{_TYPES}experiment_types.go", ModelDeployment | Experiment)
def shares_are_shares(declaration: ModelDeployment | Experiment, _: EngineFacts) -> Iterator[Finding]:
    """Weights are not negative, and a mirror gets 0 to 100 percent."""
    for view in views(declaration, Experiment):
        for at, candidate in enumerate(view.made.candidates):
            if candidate.weight < 0:
                yield view.found(f"candidates[{at}].weight", candidate.weight, "below zero", "give 0 or more")
        if view.made.mirror and not 0 <= view.made.mirror.percent <= 100:
            yield view.found("mirror.percent", view.made.mirror.percent, "no percentage", "give 0 to 100")


@seldon2("S2-21", f"{_TYPES}model_types.go (storageUri)", ModelDeployment | Model)
def has_files(declaration: ModelDeployment | Model, _: EngineFacts) -> Iterator[Finding]:
    """Every Model, explainers and detectors too, says where its files are."""
    why = "a Model must have a storageUri, and a Server must find files there"
    if isinstance(declaration, Model):
        if not declaration.storage_uri.strip():
            yield Finding(path="storage_uri", value="", why=why, fix="name the folder with its files")
        return
    for path, thing in things(declaration):
        if not isinstance(thing, Builtin | Container) and thing.artifact is None:
            fix = "name the artifact, or use engine kserve or plain, where a server may get its files by itself"
            yield Finding(path=f"{path}.artifact", value="", why=why, fix=fix)
