"""What Seldon Core 2's rules look at: the objects that a declaration becomes, each with its place in it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Generic, TypeVar

from components.serving.engines.context import EngineFacts
from components.serving.engines.seldon2 import words
from components.serving.engines.seldon2.parts import Part, parts
from components.serving.rules.base import Check, Finding, rule
from components.serving.spec import Detector, Explainer, ModelDeployment, Node
from components.serving.spec.seldon2_kinds import Kind, Model, Server

SOURCE = "seldon-core v2 7b77f8b78: "
PIPELINES = f"{SOURCE}scheduler/pkg/store/pipeline/validate.go"
EXPERIMENTS = f"{SOURCE}scheduler/pkg/store/experiment/validate.go"
FILTERS = f"{SOURCE}scheduler/pkg/scheduler/filters/"
MODELS = f"{SOURCE}operator/apis/mlops/v1alpha1/model_types.go"

K = TypeVar("K", bound=Kind)
_STEP = re.compile(r"steps\[(\d+)\]")


def seldon2(id_: str, source: str, about: type | UnionType, *, trap: bool = False) -> Callable[[Check], Check]:
    """Enters a rule of Seldon Core 2."""
    return rule(id_, source=source, engine=words.ENGINE, trap=trap, about=about)


@dataclass(frozen=True, slots=True)
class View(Generic[K]):
    """One object that a declaration becomes.

    Attributes:
        made: the object, as a declaration of its kind.
    """

    made: K
    _part: Part

    @property
    def where(self) -> str:
        """The path of what it comes from."""
        return self._part.where

    def found(self, path: str, value: Any, why: str, fix: str) -> Finding:
        """A finding; in a ModelDeployment at the node that the object, or its step, comes from.

        Args:
            path: in the object.
            value: what stands there.
            why: what would happen, or what refuses it.
            fix: what to do.
        """
        where = self._part.where
        if not where:
            return Finding(path=path, value=str(value), why=why, fix=fix)
        step = _STEP.match(path)
        at = self._part.steps[int(step[1])] if step and self._part.steps else where
        why = f"{type(self.made).__name__} {self.made.name}, {path}: {why}"
        return Finding(path=at, value=str(value), why=why, fix=fix)


class _Last:
    """The objects of the declaration that was looked at last: all rules ask for the same."""

    declaration: object = None
    parts: tuple[Part, ...] = ()


def views(declaration: ModelDeployment | Kind, kind: type[K]) -> Iterator[View[K]]:
    """The objects of a kind that a declaration becomes.

    Args:
        declaration: of a model, or one of Seldon Core 2's own kinds.
        kind: Model, Pipeline, Experiment or Server.
    """
    if _Last.declaration is not declaration:
        _Last.declaration, _Last.parts = declaration, parts(declaration)
    for part in _Last.parts:
        if isinstance(part.made, kind):
            yield View(part.made, part)


def scaled(declaration: ModelDeployment | Kind) -> Iterator[View[Model] | View[Server]]:
    """The objects of a declaration that have replicas."""
    yield from views(declaration, Model)
    yield from views(declaration, Server)


def things(model: ModelDeployment) -> Iterator[tuple[str, Node | Explainer | Detector]]:
    """Nodes, explainers and detectors with their paths: all that become Models."""
    for path, _, node in model.nodes():
        yield path, node
    for at, predictor in enumerate(model.predictors):
        if predictor.explainer:
            yield f"predictors[{at}].explainer", predictor.explainer
    for at, detector in enumerate(model.detectors):
        yield f"detectors[{at}]", detector


def servers(facts: EngineFacts) -> dict[str, tuple[str, ...]]:
    """The Servers there are, with their capabilities."""
    return words.SERVERS | dict(facts.seldon2_servers)


def fitting(model: Model, facts: EngineFacts) -> list[str]:
    """The Servers that the scheduler would choose from for a Model.

    Args:
        model: what it requires.
        facts: the Servers there are.
    """
    needs = {*model.needs, *((words.EXPLAIN,) if model.explainer else ())}
    return [
        name for name, has in servers(facts).items() if model.server in (None, name) and needs <= set(has)
    ]  # fmt: skip


def replicas(model: Model) -> int:
    """How many replicas a Model starts with."""
    if model.replicas is not None:
        return model.replicas
    return model.min_replicas or 1
