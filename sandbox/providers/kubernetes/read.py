"""Live objects in the shape of the inputs: what has drifted, and what an import takes over."""

import base64
import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from providers.wire import Path
from sandbox.providers.kubernetes import objects

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_SERVER_SIDE = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink")

_KEYS = (("name",), ("key", "effect"), ("key",), ("mountPath",), ("containerPort",), ("port",), ("host",), ("type",))
"""What items of a list are told apart by, where all of them have it and no two the same."""

QUANTITIES = frozenset({"resources", "capacity", "allocatable", "hard", "sizeLimit", "storage", "limits"})
"""Fields below which strings are quantities: the API server writes `1000m` back as `1`."""

_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    **{suffix: Decimal(1000) ** (step + 1) for step, suffix in enumerate("kMGTPE")},
    **{suffix: Decimal(1024) ** (step + 1) for step, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))},
}


def shaped(live: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs as they would read now.

    What the inputs do not mention (defaults, fields of other managers) is left out, so it makes no difference; what
    they do mention has the live value, and is absent where the object has lost it.

    Args:
        live: the object from the API server.
        inputs: the plain inputs of the last update.
    """
    live = dict(live)
    if live.get("kind") == "Secret" and isinstance(inputs.get("stringData"), dict):
        data = live.get("data") or {}
        live["stringData"] = {key: _text(data[key]) for key in inputs["stringData"] if key in data}
    shaped_ = {key: _shape(live.get(key, _ABSENT), value, (key,)) for key, value in inputs.items()}
    return {key: value for key, value in shaped_.items() if value is not _ABSENT}


def imported(live: dict[str, Any]) -> dict[str, Any]:
    """The inputs of an object that comes under a stack: as it was last applied by kubectl, else as it is."""
    applied = objects.annotations(live).get(_LAST_APPLIED)
    source = json.loads(applied) if applied else live
    metadata = {key: value for key, value in source["metadata"].items() if key not in _SERVER_SIDE}
    marks = {
        key: value
        for key, value in (metadata.pop("annotations", None) or {}).items()
        if key not in (_LAST_APPLIED, objects.URN)
    }
    metadata |= {"annotations": marks} if marks else {}
    return {key: value for key, value in source.items() if key != "status"} | {"metadata": metadata}


def covers(live: dict[str, Any], inputs: dict[str, Any]) -> bool:
    """Whether a live object already is all that the inputs ask for."""
    return shaped(live, inputs) == inputs


_ABSENT = object()


def _shape(live: Any, wanted: Any, at: Path) -> Any:
    if live is _ABSENT or live is None:
        return wanted if _is_zero(wanted) else _ABSENT
    if isinstance(wanted, dict) and isinstance(live, dict):
        parts = {key: _shape(live.get(key, _ABSENT), value, (*at, key)) for key, value in wanted.items()}
        return {key: value for key, value in parts.items() if value is not _ABSENT}
    if isinstance(wanted, list) and isinstance(live, list):
        return _shape_list(live, wanted, at)
    return wanted if _equal(live, wanted, at) else live


def _shape_list(live: list[Any], wanted: list[Any], at: Path) -> list[Any]:
    key = _key(wanted)
    if key is None:
        extra = live[len(wanted) :]
        parts = [_shape(a, b, (*at, index)) for index, (a, b) in enumerate(zip(live, wanted, strict=False))]
        return [part for part in parts if part is not _ABSENT] + extra
    found = {key(item): item for item in reversed(live) if isinstance(item, dict)}
    parts = [_shape(found.get(key(item), _ABSENT), item, (*at, index)) for index, item in enumerate(wanted)]
    return [part for part in parts if part is not _ABSENT]


def _key(items: list[Any]) -> Callable[[dict[str, Any]], tuple[Any, ...]] | None:
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    for fields in _KEYS:
        keys = [tuple(item.get(field) for field in fields) for item in items]
        if all(None not in key for key in keys) and len(set(map(str, keys))) == len(keys):
            return lambda item, fields=fields: tuple(item.get(field) for field in fields)  # type: ignore[misc]
    return None


def _is_zero(value: Any) -> bool:
    """Whether a value is what its absence means too: the API server leaves such values out."""
    if isinstance(value, dict):
        return all(_is_zero(item) for item in value.values())
    return value is None or value in (False, 0, "", [])


def _equal(live: Any, wanted: Any, at: Path) -> bool:
    if live == wanted and type(live) is type(wanted):
        return True
    if not QUANTITIES.intersection(at):
        return False
    a, b = _quantity(live), _quantity(wanted)
    return a is not None and a == b


def _quantity(value: Any) -> Decimal | None:
    text = str(value)
    number = text.rstrip("numkKMGTPEi")
    factor = _SUFFIXES.get(text[len(number) :])
    try:
        return Decimal(number) * factor if factor is not None else None
    except InvalidOperation:
        return None


def _text(encoded: str) -> str:
    return base64.b64decode(encoded).decode(errors="replace")
