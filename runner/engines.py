"""Which engine can serve a declaration, and why another cannot."""

from dataclasses import dataclass
from pathlib import Path

from catalog.errors import SlipwayError
from catalog.plain import nearest
from components.serving.engines.registry import ENGINES
from components.serving.rules import all_rules
from components.serving.spec import ModelDeployment
from stacks.models import CATALOG, load_file
from stacks.settings import from_file, stack_file


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What an engine would say of a model.

    Attributes:
        reasons: why it cannot serve it; none where it can.
    """

    model: str
    engine: str
    reasons: tuple[SlipwayError, ...]


def matrix(stack: str, name: str | None, path: Path | None) -> list[Verdict]:
    """Every engine's verdict on a declaration, as the engines are installed in a stack.

    Args:
        stack: its name.
        name: of a declaration of `stacks/models`.
        path: of a file with declarations, instead of a name.

    Raises:
        SlipwayError: there is no such declaration, file or stack.
        SeveralErrors: what is wrong with the stack or with the file.
    """
    facts = all_rules.facts_of(from_file(stack_file(stack)).engines)
    return [
        Verdict(model=model.name, engine=engine, reasons=tuple(all_rules.check(model.name, model, engine, facts)))
        for model in (_models(path) if path else [_named(name or "")])
        for engine in ENGINES
    ]


def _models(path: Path) -> list[ModelDeployment]:
    """The models of a file; kinds of an engine's own are no question."""
    return [each for each in load_file(path) if isinstance(each, ModelDeployment)]


def _named(name: str) -> ModelDeployment:
    if name not in CATALOG:
        raise SlipwayError(
            "MODEL", name, "no declaration of this name in stacks/models", nearest(name, CATALOG, needed=True)
        )
    return CATALOG[name]
