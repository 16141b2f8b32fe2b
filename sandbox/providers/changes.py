"""What changed between two documents, value by value."""

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from providers.wire import UNKNOWN, Path, Secret, plain


class Change(enum.Enum):
    """What happened to one value."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class Difference:
    """The outcome for one resource.

    Args:
        changes: what happened, by path.
        replaces: the paths that take a new object.
        delete_first: whether the old object must go before the new one can come: they have the same name.
    """

    changes: Mapping[Path, Change]
    replaces: frozenset[Path]
    delete_first: bool


def compare(old: Any, new: Any, at: Path = ()) -> dict[Path, Change]:
    """The changes from one document to another, leaf by leaf; a value added or removed whole is one change.

    A secret is one leaf. A value that is not known yet counts as changed, and so does becoming (or no longer being)
    secret: the state must follow.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        pairs: Iterable[tuple[str | int, Any, Any]] = (
            (key, old.get(key, _ABSENT), new.get(key, _ABSENT)) for key in dict.fromkeys((*old, *new))
        )
    elif isinstance(old, list) and isinstance(new, list):
        pairs = (
            (index, old[index] if index < len(old) else _ABSENT, new[index] if index < len(new) else _ABSENT)
            for index in range(max(len(old), len(new)))
        )
    elif old is _ABSENT:
        return {at: Change.ADD}
    elif new is _ABSENT:
        return {at: Change.DELETE}
    else:
        return {} if _same(old, new) else {at: Change.UPDATE}
    return {path: change for key, a, b in pairs for path, change in compare(a, b, (*at, key)).items()}


def show(path: Path) -> str:
    """A property path as the engine writes it: `spec.ports[0].port`, `metadata.labels["a.b/c"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f'["{part}"]'
    return text


_ABSENT = object()
_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$]*")


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, Secret) and isinstance(new, Secret):
        return bool(plain(old) == plain(new)) and plain(new) is not UNKNOWN
    return type(old) is type(new) and bool(old == new) and new is not UNKNOWN
