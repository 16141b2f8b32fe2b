"""A manifest read field by field, so that nothing of it is lost: what nobody took has no place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import ValidationError

from catalog.plain import Plain, errors_of
from components.serving.fields.leaves import joined
from components.serving.importing.base import Difference, NoPlace, Rejected

T = TypeVar("T", bound=Plain)
_EMPTY = "empty: the operator takes it as if it were not there"


@dataclass(slots=True)
class Notes:
    """What is found on the way through one manifest."""

    problems: list[NoPlace | Rejected] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


class Reading:
    """A map of a manifest, whose fields are taken one by one.

    Args:
        value: the map; not changed.
        path: where it is.
        notes: of the whole manifest.
    """

    def __init__(self, value: dict[str, Any], path: str, notes: Notes) -> None:
        self._left = {key: inner for key, inner in value.items() if inner is not None}
        self.path = path
        self.notes = notes

    def at(self, key: str) -> str:
        """The path of one of its fields."""
        return joined(self.path, key)

    def has(self, key: str) -> bool:
        """Whether the field is there, and still to be taken."""
        return key in self._left

    def take(self, key: str) -> Any:
        """A field as it is; None where it is absent or null."""
        return self._left.pop(key, None)

    def peek(self, key: str) -> Any:
        """A field as it is, still to be taken; None where it is absent or null."""
        return self._left.get(key)

    def said(self, key: str) -> Any:
        """A field that says as much when it is empty, zero or false as when it is absent: None then, and noted."""
        value = self.take(key)
        if value in ("", {}, []) or value is False or (type(value) is int and value == 0):
            self.differ(key, _EMPTY)
            return None
        return value

    def child(self, key: str) -> "Reading":
        """A map below; an empty one where there is none."""
        return Reading(self.said(key) or {}, self.at(key), self.notes)

    def children(self, key: str) -> list["Reading"]:
        """The maps of a list below."""
        values = self.said(key) or []
        return [Reading(value or {}, f"{self.at(key)}[{at}]", self.notes) for at, value in enumerate(values)]

    def differ(self, key: str, rule: str) -> None:
        """The rebuilt object will have this field otherwise, and by this rule that is the same."""
        self.notes.differences.append(Difference(path=self.at(key), rule=rule))

    def lose(self, key: str, why: str) -> None:
        """This field has no place, if it is there."""
        if self.said(key) is not None:
            self.refuse(key, why)

    def refuse(self, key: str, why: str) -> None:
        """What was taken from this field has no place."""
        self.notes.problems.append(NoPlace(self.at(key), why))

    def reject(self, key: str, rule: str, why: str) -> None:
        """The engine would not take this field."""
        self.notes.problems.append(Rejected(self.at(key), rule, why))

    def make(self, kind: type[T], said_as: Mapping[str, str] = MappingProxyType({}), **fields: Any) -> T | None:
        """A part of the declaration; None, and noted, where it cannot have such values.

        Args:
            kind: its class.
            said_as: by its field, how that is called in the manifest, where it is another word.
            fields: of it.
        """
        try:
            return kind(**fields)
        except ValidationError as error:
            for one in errors_of(error, "", kind):
                first, dot, inner = one.path.partition(".")
                path = f"{self.at(said_as.get(first, first))}{dot}{inner}"
                found = f"{one.value}: " if one.value else ""
                self.notes.problems.append(NoPlace(path, f"{found}{one.why}: {one.fix}"))
            return None

    def rest(self) -> dict[str, Any]:
        """All that is left, taken at once."""
        left, self._left = self._left, {}
        return left

    def done(self) -> None:
        """Nothing more is taken: what is left has no place."""
        for key in self.rest():
            self.refuse(key, "no place in a declaration")


def without_nulls(value: Any) -> Any:
    """A manifest, or a part of one, without the fields that are null: to the API server they are not there."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def present(**fields: Any) -> dict[str, Any]:
    """The fields that are not None: what is not given to a declaration keeps its default there."""
    return {key: value for key, value in fields.items() if value is not None}
