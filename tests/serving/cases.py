"""Cases of rules: a declaration that a rule refuses, and the same one put right."""

from dataclasses import dataclass, field
from typing import Any

from components.serving.engines.context import EngineFacts
from components.serving.rules.base import findings
from components.serving.spec import Container, Image, ModelDeployment, Predictor

NODE = Container(image=Image(reference="registry.test/app:1"))


@dataclass(frozen=True, kw_only=True)
class Case:
    """One rule, both ways.

    Attributes:
        broken: what it refuses.
        fixed: the same put right: nothing is found in it.
        also: ids of rules that the same mistake breaks, too.
        facts: how the engine is installed.
        fixed_facts: the same where the installation is what is put right.
    """

    id: str
    broken: Any
    fixed: Any
    engine: str = "plain"
    also: frozenset[str] = frozenset()
    facts: EngineFacts = field(default_factory=EngineFacts)
    fixed_facts: EngineFacts | None = None

    def found(self) -> set[str]:
        """Ids of the rules that find something in the broken one."""
        return {rule.id for rule, _ in findings(self.broken, self.engine, self.facts)}

    def left(self) -> set[str]:
        """Ids of the rules that find something in the fixed one."""
        facts = self.facts if self.fixed_facts is None else self.fixed_facts
        return {rule.id for rule, _ in findings(self.fixed, self.engine, facts)}


def node(**fields: Any) -> Container:
    """A container of the user's own."""
    return Container(**({"image": NODE.image} | fields))


def predictor(**fields: Any) -> Predictor:
    """A predictor with one container."""
    return Predictor(**({"graph": NODE} | fields))


def model(*predictors: Predictor, **fields: Any) -> ModelDeployment:
    """A declaration; without predictors it has one."""
    return ModelDeployment(**{"name": "m", "team": "t", "predictors": predictors or (predictor(),)} | fields)
