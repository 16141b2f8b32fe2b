"""Manifests through their engine's reader, rules and builder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from catalog.plain import errors_of
from components.serving import fields
from components.serving.engines.registry import ENGINES
from components.serving.fields.leaves import joined
from components.serving.importing.base import (
    ACKNOWLEDGED,
    Difference,
    Imported,
    NoPlace,
    Rejected,
    SeveralProblems,
    declared_part,
)
from components.serving.importing.verdict import Outcome, Reason, Verdict, compared

Reader = Callable[[dict[str, Any]], Imported]
ReaderOfMany = Callable[[Sequence[dict[str, Any]]], Imported]


def judge(file: str, manifest: Mapping[str, Any], read: Reader) -> Verdict:
    """The verdict on one object.

    Args:
        file: where it is from.
        manifest: the object.
        read: of its engine.
    """
    (verdict,) = _judged([_Object(file, declared_part(manifest), "")], lambda parts: read(parts[0]))
    return verdict


def judge_together(file: str, manifests: Sequence[Mapping[str, Any]], read: ReaderOfMany) -> list[Verdict]:
    """The verdicts on objects that are one declaration together: none of them is taken without the others.

    Args:
        file: where they are from.
        manifests: at least one, the main one first.
        read: makes one declaration of them. Before a path of its problems and differences stands `<kind>/<name>:`.
    """
    originals = [declared_part(manifest) for manifest in manifests]
    return _judged([_Object(file, original, f"{_kind(original)}/{_name(original)}:") for original in originals], read)


def _judged(objects: "list[_Object]", read: ReaderOfMany) -> list[Verdict]:
    imported: Imported | None = None
    warnings: tuple[str, ...] = ()
    if not any(reason.rule for one in objects for reason in one.reasons):
        try:
            imported = read([one.readable for one in objects])
        except (NoPlace, Rejected, SeveralProblems, ValidationError) as error:
            for reason in _reasons(error):
                next((one for one in objects if reason.path.startswith(one.prefix)), objects[0]).add(reason)
    if imported:
        imported, broken, warnings = _by_rules(imported)
        objects[0].reasons += broken
    if imported is None or any(one.reasons for one in objects):
        return [one.refused() for one in objects]
    verdicts = _rebuilt(objects, imported)
    if all(verdict.taken for verdict in verdicts):
        # The declaration is that of the main object; it is written once.
        return [replace(verdicts[0], warnings=warnings), *(replace(other, imported=None) for other in verdicts[1:])]
    return [verdict if not verdict.taken else one.refused() for verdict, one in zip(verdicts, objects, strict=True)]


def _rebuilt(objects: "list[_Object]", imported: Imported) -> list[Verdict]:
    made = ENGINES[imported.engine].build(imported.declaration, imported.context).values()
    by_name = {(_kind(one), _name(one)): one for one in made}
    named = {(_kind(one.original), _name(one.original)) for one in objects}
    for kind, name in by_name.keys() - named:
        objects[0].add(Reason(path="kind", why=f"a {kind} {name} would be made, too"))
    if objects[0].reasons:
        return [one.refused() for one in objects]
    return [one.compared(by_name, imported) for one in objects]


@dataclass(slots=True)
class _Object:
    """One object under judgement.

    Attributes:
        original: without what a server sets.
        prefix: of its paths, where several objects are one declaration.
        reasons: what the schema, the reader or a rule has against it.
    """

    file: str
    original: dict[str, Any]
    prefix: str
    reasons: list[Reason] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reasons += _schema(self.original)

    @property
    def readable(self) -> dict[str, Any]:
        """What the API server would keep of it."""
        kept: dict[str, Any] = _without(self.original, {reason.path for reason in self.reasons})
        return kept

    def add(self, reason: Reason) -> None:
        """One more, its path without the prefix."""
        self.reasons.append(replace(reason, path=reason.path.removeprefix(self.prefix)))

    def refused(self) -> Verdict:
        """No declaration: for its own reasons, or because of one that belongs with it."""
        reasons = self.reasons or [Reason(path="kind", why="another object that belongs with it is not taken")]
        outcome = Outcome.INVALID if any(reason.rule for reason in reasons) else Outcome.REFUSED
        return self._verdict(outcome, reasons=tuple(reasons))

    def compared(self, made: Mapping[tuple[str, str], dict[str, Any]], imported: Imported) -> Verdict:
        """The verdict by what is built again."""
        rebuilt = made.get((_kind(self.original), _name(self.original)))
        known = tuple(
            Difference(path=difference.path.removeprefix(self.prefix), rule=difference.rule)
            for difference in imported.differences
            if difference.path.startswith(self.prefix)
        )
        return compared(self._verdict(Outcome.EXACT, imported=imported, rebuilt=rebuilt), self.original, known)

    def _verdict(self, outcome: Outcome, **more: Any) -> Verdict:
        return Verdict(file=self.file, kind=_kind(self.original), name=_name(self.original), outcome=outcome, **more)


def _kind(manifest: Mapping[str, Any]) -> str:
    return str(manifest.get("kind"))


def _name(manifest: Mapping[str, Any]) -> str:
    metadata = manifest.get("metadata")
    return str(metadata.get("name") or "") if isinstance(metadata, dict) else ""


def _schema(manifest: dict[str, Any]) -> list[Reason]:
    """What the API server would not take of it, and what it would drop."""
    dropped, wrong = [], []
    for error in fields.errors(manifest):
        match error.reason:
            case fields.Reason.UNKNOWN_KIND:
                continue
            case fields.Reason.UNKNOWN_FIELD:
                hint = f"; did you mean {error.nearest}?" if error.nearest else ""
                dropped.append(Reason(path=error.path, why=f"the API server drops it: no such field{hint}"))
            case fields.Reason.TOO_DEEP:
                dropped.append(Reason(path=error.path, why="the API server drops it: it is nested too deep"))
            case reason:
                wrong.append(Reason(path=error.path, rule="CRD", why=f"{reason}: give {error.expected}"))
    return [*wrong, *dropped]


def _without(value: Any, paths: set[str], path: str = "") -> Any:
    """A manifest without the fields at these paths."""
    if not paths:
        return value
    if isinstance(value, dict):
        inner = {key: joined(path, key) for key in value}
        return {key: _without(value[key], paths, inner[key]) for key in value if inner[key] not in paths}
    if isinstance(value, list):
        return [_without(item, paths, f"{path}[{at}]") for at, item in enumerate(value)]
    return value


def _reasons(error: NoPlace | Rejected | SeveralProblems | ValidationError) -> tuple[Reason, ...]:
    match error:
        case NoPlace():
            return (Reason(path=error.path, why=error.why),)
        case Rejected():
            return (Reason(path=error.path, why=error.why, rule=error.rule),)
        case SeveralProblems():
            return tuple(reason for problem in error.problems for reason in _reasons(problem))
        case ValidationError():
            return tuple(Reason(path=one.path, why=one.why) for one in errors_of(error, ""))


def _by_rules(imported: Imported) -> tuple[Imported, tuple[Reason, ...], tuple[str, ...]]:
    """The declaration with its traps acknowledged, what the rules have against it, and the traps in words."""
    from components.serving.rules.all_rules import findings

    declaration, engine = imported.declaration, imported.engine
    reasons, warnings, traps = [], [], {}
    for rule, finding in findings(declaration, engine, imported.context.facts):
        if rule.trap:
            traps[rule.id] = ACKNOWLEDGED
            warnings.append(f"{finding.path}: {finding.why} [{rule.id}]")
        else:
            # What only we refuse is no rule of the engine.
            theirs = rule.engine == engine and "-X" not in rule.id
            why = finding.why if theirs else f"{finding.why} [{rule.id}]"
            reasons.append(Reason(path=finding.path, why=why, rule=rule.id if theirs else ""))
    if traps:
        acknowledged = declaration.model_copy(update={"acknowledge": {**declaration.acknowledge, **traps}})
        imported = replace(imported, declaration=acknowledged)
    # What the engine's own rule says of a field need not be said again by one of all engines.
    theirs_at = {reason.path for reason in reasons if reason.rule}
    said = tuple(reason for reason in reasons if reason.rule or reason.path not in theirs_at)
    return imported, said, tuple(warnings)
