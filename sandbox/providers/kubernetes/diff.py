"""What changed between two sets of inputs, and whether that takes a new object."""

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from providers.wire import UNKNOWN, Path, Secret, plain
from sandbox.providers.kubernetes import immutable, objects
from sandbox.providers.kubernetes.client import ApiError


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


def decide(old: dict[str, Any], new: dict[str, Any], *, mutable: bool = False, also: Iterable[Path] = ()) -> Difference:
    """The difference between two sets of checked inputs.

    Args:
        old: what the object was made from.
        new: what it should be.
        mutable: whether ConfigMaps and Secrets may be changed in place.
        also: paths the API server refused to change.
    """
    changes = compare(old, new)
    before, after = objects.identify(plain(old)), objects.identify(plain(new))
    frozen = immutable.paths(before.group, before.kind, old, mutable=mutable)
    whole = any(_annotation(side, objects.REPLACE_ON_CHANGE) == "true" for side in (old, new))
    replaces = {path for path in changes if whole or _moves(path, old, new) or frozen.holds(path)}
    for path in also:
        replaces.update({changed for changed in changes if _overlap(path, changed)} or {path})
    return Difference(changes, frozenset(replaces), bool(replaces) and before.id_ == after.id_)


def refused(error: ApiError) -> list[Path]:
    """The paths that an API server says cannot be changed in place; empty when it refuses for another reason."""
    return [parse(cause.field) for cause in error.causes if _IMMUTABLE.search(cause.message) and cause.field]


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


def parse(field: str) -> Path:
    """The path of a field as the API server writes it: `spec.ports[0].port`, `metadata.labels[a.b/c]`."""
    parts = re.findall(r"\[([^\]]*)\]|([^.\[\]]+)", field)
    return tuple(int(inside) if inside.isdigit() else inside or outside for inside, outside in parts)


_ABSENT = object()
_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$]*")
_IMMUTABLE = re.compile(
    r"immutable|(may|must|can)(not| not|'t) (be )?(changed?|modified|updated)|updates? to .* forbidden"
    r"|updates may not change|is forbidden after creation",
    re.IGNORECASE,
)


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, Secret) and isinstance(new, Secret):
        return bool(plain(old) == plain(new)) and plain(new) is not UNKNOWN
    return type(old) is type(new) and bool(old == new) and new is not UNKNOWN


def _moves(path: Path, old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether a change gives the object another identity; another version of the same group does not."""
    if path == ("apiVersion",):
        versions = old.get("apiVersion"), new.get("apiVersion")
        return objects.group(str(versions[0])) != objects.group(str(versions[1]))
    return path in (("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace"))


def _annotation(inputs: dict[str, Any], name: str) -> Any:
    metadata = plain(inputs.get("metadata"))
    return (metadata.get("annotations") or {}).get(name) if isinstance(metadata, dict) else None


def _overlap(one: Path, other: Path) -> bool:
    return all(a == b for a, b in zip(one, other, strict=False))
