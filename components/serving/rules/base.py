"""What a rule is: one function that says what is wrong with a declaration, with an id, a source and a fix."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any

from catalog.errors import SlipwayError
from components.serving.engines.context import EngineFacts
from components.serving.spec import ModelDeployment


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something wrong with a declaration.

    Attributes:
        path: in the declaration, `predictors[1].traffic`.
        value: what stands there, as text; never a secret.
        why: what would happen, or what refuses it.
        fix: what to do.
    """

    path: str
    value: str
    why: str
    fix: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        id: stable; what `acknowledge` and docs/rules.md name.
        engine: which it holds for, None for all.
        trap: the server would accept it, and ignore or break it: it may be acknowledged with a reason.
        source: where the fact was read.
        about: the class of declaration it looks at, or several.
        check: gives the findings.
        text: what it demands, in a sentence: the first line of the function's docstring.
    """

    id: str
    engine: str | None
    trap: bool
    source: str
    about: type | UnionType
    check: Callable[[Any, EngineFacts], Iterator[Finding]]
    text: str


RULES: dict[str, Rule] = {}

Check = Callable[[Any, EngineFacts], Iterator[Finding]]


def rule(
    id_: str, *, source: str, engine: str | None = None, trap: bool = False, about: type | UnionType = ModelDeployment
) -> Callable[[Check], Check]:
    """Enters a function among the rules; its docstring is the rule's text."""

    def enter(check: Check) -> Check:
        if id_ in RULES:
            raise ValueError(f"two rules have the id {id_}")
        text = (check.__doc__ or "").strip().splitlines()[0]
        RULES[id_] = Rule(id=id_, engine=engine, trap=trap, source=source, about=about, check=check, text=text)
        return check

    return enter


def findings(declaration: Any, engine: str, facts: EngineFacts) -> Iterator[tuple[Rule, Finding]]:
    """Everything that the rules of an engine, and those of all engines, find; acknowledged traps left out.

    Args:
        declaration: a `ModelDeployment`, or an engine's own kind.
        engine: its name.
        facts: how it is installed.
    """
    acknowledged = getattr(declaration, "acknowledge", {})
    for known in rules_for(type(declaration), engine):
        if not (known.trap and acknowledged.get(known.id)):
            for finding in known.check(declaration, facts):
                yield known, finding


def rules_for(about: type, engine: str) -> Sequence[Rule]:
    """The rules that look at this class of declaration on this engine."""
    return [r for r in RULES.values() if r.engine in (None, engine) and issubclass(about, r.about)]


def as_error(path: str, found: tuple[Rule, Finding]) -> SlipwayError:
    """What a person reads.

    Args:
        path: of the declaration, `models.iris`.
        found: from `findings`.
    """
    known, finding = found
    fix = finding.fix
    if known.trap:
        fix += f'; or, if it is wanted, acknowledge={{"{known.id}": "why"}}'
    return SlipwayError(f"{path}.{finding.path}", finding.value, f"{finding.why} [{known.id}]", fix, rule=known.id)
