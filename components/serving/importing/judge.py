"""One manifest through its engine's reader, rules and builder."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from catalog.plain import errors_of
from components.serving import fields
from components.serving.engines.registry import ENGINES
from components.serving.fields.leaves import joined
from components.serving.importing.base import (
    ACKNOWLEDGED,
    Imported,
    NoPlace,
    Rejected,
    SeveralProblems,
    declared_part,
)
from components.serving.importing.verdict import Outcome, Reason, Verdict, compared

Reader = Callable[[dict[str, Any]], Imported]


def judge(file: str, manifest: Mapping[str, Any], read: Reader) -> Verdict:
    """The verdict on one object.

    Args:
        file: where it is from.
        manifest: the object.
        read: of its engine.
    """
    original = declared_part(manifest)
    metadata = original.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    named = {"file": file, "kind": str(manifest.get("kind")), "name": str(name or "")}
    dropped, wrong = _schema(original)
    if wrong:
        return Verdict(**named, outcome=Outcome.INVALID, reasons=(*wrong, *dropped))
    try:
        imported = read(_without(original, {reason.path for reason in dropped}))
    except (NoPlace, Rejected, SeveralProblems, ValidationError) as error:
        reasons = (*dropped, *_reasons(error))
        outcome = Outcome.INVALID if any(reason.rule for reason in reasons) else Outcome.REFUSED
        return Verdict(**named, outcome=outcome, reasons=reasons)
    imported, broken, warnings = _by_rules(imported)
    if broken or dropped:
        outcome = Outcome.INVALID if any(reason.rule for reason in broken) else Outcome.REFUSED
        return Verdict(**named, outcome=outcome, reasons=(*dropped, *broken))
    verdict = Verdict(**named, outcome=Outcome.EXACT, imported=imported, warnings=warnings)
    return _rebuilt(verdict, imported, original)


def _rebuilt(verdict: Verdict, imported: Imported, original: dict[str, Any]) -> Verdict:
    made = list(ENGINES[imported.engine].build(imported.declaration, imported.context).values())
    same = [one for one in made if (one["kind"], one["metadata"]["name"]) == (verdict.kind, verdict.name)]
    if len(made) != 1 or not same:
        reason = Reason(path="", why=f"{len(made)} objects would be made of it: it is not built again as it is")
        return Verdict(
            file=verdict.file, kind=verdict.kind, name=verdict.name, outcome=Outcome.REFUSED, reasons=(reason,)
        )
    whole = Verdict(
        file=verdict.file, kind=verdict.kind, name=verdict.name, outcome=verdict.outcome, imported=imported,
        warnings=verdict.warnings, rebuilt=same[0],
    )  # fmt: skip
    return compared(whole, original, imported.differences)


def _schema(manifest: dict[str, Any]) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """What the API server would drop from it, and what it would not take."""
    dropped, wrong = [], []
    for error in fields.errors(manifest):
        match error.reason:
            case fields.Reason.UNKNOWN_KIND:
                continue
            case fields.Reason.UNKNOWN_FIELD:
                hint = f"; did you mean {error.nearest}?" if error.nearest else ""
                dropped.append(Reason(path=error.path, why=f"the API server drops it: no such field{hint}"))
            case reason:
                wrong.append(Reason(path=error.path, rule="CRD", why=f"{reason}: give {error.expected}"))
    return tuple(dropped), tuple(wrong)


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
        imported = Imported(
            declaration=acknowledged, context=imported.context, engine=engine, differences=imported.differences
        )
    return imported, tuple(reasons), tuple(warnings)
