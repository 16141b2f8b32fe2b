"""A plan: what an account has, what it lacks, what differs; carrying it out, and undoing it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from catalog.errors import SlipwayError

Progress = Callable[[str], None]
"""Told of every step before it is done, in one line."""

_HAND_IT_OVER = "rename or remove what is there, or hand it over as docs/accounts.md says; nothing has been changed"
_EMPTY_IT = "destroy what is in it first (slipway destroy, then pulumi stack rm); nothing has been removed"


class NoCredentials(SlipwayError):
    """There are no credentials at all."""


class Action(StrEnum):
    """What is done with one part of an account."""

    KEEP = "keep"
    MAKE = "make"
    REPAIR = "repair"
    REMOVE = "remove"
    LEAVE = "leave"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Use:
    """What stands against the removal of a part.

    Attributes:
        why: in words, with what is in it.
        ours: of the stack itself: then nothing is removed; else the part alone is left to the others.
    """

    why: str
    ours: bool


class Part(ABC):
    """One thing an account must have. Every method may be called again after a run that was killed anywhere.

    Attributes:
        kind: what it is, in the cloud's word.
        name: its name there.
    """

    kind: str
    name: str

    @abstractmethod
    def found(self) -> Mapping[str, Any] | None:
        """Its settings as they are, at least those that `wanted` names; None where there is no such thing."""

    @abstractmethod
    def wanted(self) -> Mapping[str, Any]:
        """Its settings as they must be, plain values that can be compared."""

    @abstractmethod
    def create(self) -> None:
        """Makes it with as little as the cloud takes, but with the mark that it was made here."""

    @abstractmethod
    def write(self, setting: str, value: Any) -> None:
        """Brings one setting to what `wanted` says."""

    @abstractmethod
    def remove(self) -> None:
        """Removes it; nothing happens where it is gone."""

    def foreign(self) -> str:
        """Why it must not be touched although it bears the name; empty where it is ours. Asked only where it exists."""
        return ""

    def gone(self) -> bool:
        """Whether nothing is left to remove; more than `not found` where a cloud deletes late."""
        return self.found() is None

    def uses(self) -> Sequence[Use]:
        """What stands against its removal. Asked only where it exists."""
        return ()

    def removal(self) -> str:
        """What a removal does beyond the part itself, or only later; empty where there is nothing to say."""
        return ""


@dataclass(frozen=True, slots=True)
class Step:
    """One part and what is done with it.

    Attributes:
        differences: setting -> (as it is, as it must be); of a part to be made, all its settings.
        why: of a refusal, a part that is left, a removal with consequences.
    """

    part: Part
    action: Action
    differences: Mapping[str, tuple[Any, Any]]
    why: str = ""

    def row(self) -> dict[str, Any]:
        """The step as plain data."""
        changed = {name: {"found": found, "wanted": wanted} for name, (found, wanted) in self.differences.items()}
        return {
            "kind": self.part.kind, "name": self.part.name, "action": str(self.action), "changes": changed,
            "why": self.why,
        }  # fmt: skip


def survey(parts: Sequence[Part]) -> list[Step]:
    """What must be done so that the account has these parts; changes nothing."""
    return [_step(part) for part in parts]


def survey_removal(parts: Sequence[Part]) -> list[Step]:
    """What a removal of these parts would do, the last part first; changes nothing."""
    return [step for part in reversed(parts) if (step := _removal(part))]


def refusals(steps: Sequence[Step]) -> list[SlipwayError]:
    """Everything that forbids to carry the steps out."""
    removing = any(step.action in (Action.REMOVE, Action.LEAVE) for step in steps)
    fix = _EMPTY_IT if removing else _HAND_IT_OVER
    return [
        SlipwayError(f"{step.part.kind} {step.part.name}", "", step.why, fix)
        for step in steps
        if step.action is Action.REFUSE
    ]


def is_done(steps: Sequence[Step]) -> bool:
    """Whether nothing is left to do."""
    return all(step.action in (Action.KEEP, Action.LEAVE) for step in steps)


def carry_out(steps: Sequence[Step], progress: Progress) -> None:
    """Makes and repairs, in the order of the steps.

    Settings are compared anew before each is written: a value may hang on a part made just before.

    Raises:
        SlipwayError: the cloud refused; what was done stays, and the next run goes on from there.
    """
    for step in steps:
        if step.action not in (Action.MAKE, Action.REPAIR):
            continue
        part = step.part
        if part.found() is None:
            progress(f"make {part.kind} {part.name}")
            part.create()
        for setting, (_, wanted) in _differences(part).items():
            progress(f"set {setting} of {part.kind} {part.name}")
            part.write(setting, wanted)


def carry_out_removal(steps: Sequence[Step], progress: Progress) -> None:
    """Removes, in the order of the steps; what was removed stays removed when a later step fails."""
    for step in steps:
        if step.action is Action.REMOVE:
            progress(f"remove {step.part.kind} {step.part.name}")
            step.part.remove()


def unsettled(parts: Sequence[Part]) -> Iterator[str]:
    """What is not as it must be although it was written, in words."""
    for step in survey(parts):
        if step.action is not Action.KEEP:
            what = ", ".join(step.differences) or step.why
            yield f"{step.part.kind} {step.part.name}: {what}"


def _step(part: Part) -> Step:
    found = part.found()
    if found is None:
        return Step(part, Action.MAKE, {name: (None, value) for name, value in part.wanted().items()})
    if why := part.foreign():
        return Step(part, Action.REFUSE, {}, why)
    differences = _compare(found, part.wanted())
    return Step(part, Action.REPAIR if differences else Action.KEEP, differences)


def _removal(part: Part) -> Step | None:
    if part.gone():
        return None
    if why := part.foreign():
        return Step(part, Action.LEAVE, {}, why)
    uses = part.uses()
    if own := [use.why for use in uses if use.ours]:
        return Step(part, Action.REFUSE, {}, "; ".join(own))
    if uses:
        return Step(part, Action.LEAVE, {}, "; ".join(use.why for use in uses))
    return Step(part, Action.REMOVE, {}, part.removal())


def _differences(part: Part) -> dict[str, tuple[Any, Any]]:
    return _compare(part.found() or {}, part.wanted())


def _compare(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (found.get(name), value) for name, value in wanted.items() if found.get(name) != value}
