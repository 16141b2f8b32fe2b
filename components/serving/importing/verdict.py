"""What an import says of one object: whether it is built again as it was, and if not, why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from components.serving.fields.leaves import joined, leaves
from components.serving.importing.base import Difference, Imported

_NULL = "null: the API server takes it as if it were not there"


class Outcome(StrEnum):
    """The four verdicts."""

    EXACT = "exact"
    EQUIVALENT = "equivalent"
    REFUSED = "refused"
    INVALID = "invalid"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why there is no declaration.

    Attributes:
        path: of the field; in the declaration where a rule speaks.
        why: in words.
        rule: id of the rule, where the engine would reject it; `CRD` where its schema does.
    """

    path: str
    why: str
    rule: str = ""

    def as_json(self) -> dict[str, str]:
        """As in `--json`."""
        rule = {"rule": self.rule} if self.rule else {}
        return {"path": self.path, **rule, "why": self.why}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One object of a file.

    Attributes:
        reasons: why it is refused or invalid.
        differences: where the rebuilt object is not the same, each with the engine's own rule.
        imported: the declaration, where there is one.
        rebuilt: the object as the builder makes it from the declaration, where there is one.
        warnings: traps that it has today, and keeps.
    """

    file: str
    kind: str
    name: str
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    differences: tuple[Difference, ...] = ()
    imported: Imported | None = None
    rebuilt: Mapping[str, Any] | None = None
    warnings: tuple[str, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether there is a declaration that means the same."""
        return self.outcome in (Outcome.EXACT, Outcome.EQUIVALENT)

    def as_json(self) -> dict[str, Any]:
        """As in `--json`."""
        return {
            "file": self.file,
            "kind": self.kind,
            "name": self.name,
            "verdict": self.outcome.value,
            "reasons": [reason.as_json() for reason in self.reasons],
            "differences": [{"path": d.path, "rule": d.rule} for d in self.differences],
        }


def compared(verdict: Verdict, original: Mapping[str, Any], known: tuple[Difference, ...]) -> Verdict:
    """The verdict on an object that has been built again.

    Args:
        verdict: with `rebuilt`.
        original: without what a server sets.
        known: where it may differ, with the engine's rule; a path stands for all below it.
    """
    differences, reasons = [], []
    for path, value in changes(original, verdict.rebuilt or {}):
        rule = _NULL if value is None else _rule(path, known)
        if rule:
            differences.append(Difference(path=path, rule=rule))
        else:
            reasons.append(Reason(path=path, why="it is not built again as it is"))
    if reasons:
        return replace(verdict, outcome=Outcome.REFUSED, reasons=(*verdict.reasons, *reasons), imported=None)
    outcome = Outcome.EQUIVALENT if differences else Outcome.EXACT
    return replace(verdict, outcome=outcome, differences=tuple(dict.fromkeys(differences)))


class _Absent:
    """Stands for a field that is only in the rebuilt object."""


ABSENT = _Absent()


def changes(original: Any, rebuilt: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf that is not the same in both, with its value in the original, or `ABSENT`.

    Args:
        original: a manifest, or a part of one.
        rebuilt: the same part of the other one.
        path: of both.
    """
    if isinstance(original, dict) and isinstance(rebuilt, dict) and original and rebuilt:
        for key, value in original.items():
            inner = joined(path, key)
            yield from changes(value, rebuilt[key], inner) if key in rebuilt else leaves(value, inner)
        for key in rebuilt.keys() - original.keys():
            yield from ((where, ABSENT) for where, _ in leaves(rebuilt[key], joined(path, key)))
    elif isinstance(original, list) and isinstance(rebuilt, list) and original and rebuilt:
        for at, (left, right) in enumerate(zip(original, rebuilt, strict=False)):
            yield from changes(left, right, f"{path}[{at}]")
        for at in range(len(rebuilt), len(original)):
            yield from leaves(original[at], f"{path}[{at}]")
        for at in range(len(original), len(rebuilt)):
            yield from ((where, ABSENT) for where, _ in leaves(rebuilt[at], f"{path}[{at}]"))
    elif type(original) is not type(rebuilt) or original != rebuilt:
        yield from leaves(original, path)


def _rule(path: str, known: tuple[Difference, ...]) -> str | None:
    """The rule of the difference that names this path, or one above it."""
    for difference in known:
        if path == difference.path or (path.startswith(difference.path) and path[len(difference.path)] in ".["):
            return difference.rule
    return None
