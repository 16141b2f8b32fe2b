"""What changed between two sets of inputs, and whether that takes a new object."""

import re
from collections.abc import Iterable
from typing import Any

from providers.wire import Path, plain
from sandbox.providers.changes import Change, Difference, compare, show
from sandbox.providers.kubernetes import immutable, objects
from sandbox.providers.kubernetes.client import ApiError

__all__ = ["Change", "Difference", "compare", "decide", "parse", "refused", "show"]


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


def parse(field: str) -> Path:
    """The path of a field as the API server writes it: `spec.ports[0].port`, `metadata.labels[a.b/c]`."""
    parts = re.findall(r"\[([^\]]*)\]|([^.\[\]]+)", field)
    return tuple(int(inside) if inside.isdigit() else inside or outside for inside, outside in parts)


_IMMUTABLE = re.compile(
    r"immutable|(may|must|can)(not| not|'t) (be )?(changed?|modified|updated)|updates? to .* forbidden"
    r"|updates may not change|is forbidden after creation",
    re.IGNORECASE,
)


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
