"""What is wrong with a document, by the types of an SDK: everything at once, each with its path."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from providers.wire import ARCHIVE, ASSET, UNKNOWN, Path, Secret, Signed
from sandbox.providers.sdk.types import Anything, AssetOf, Field, Fields, ListOf, MapOf, ObjectOf, OneOf, Scalar, Type

_ARTICLES = {"string": "a string", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
_PYTHON: dict[str, type | tuple[type, ...]] = {"string": str, "integer": int, "number": (int, float)}


@dataclass(frozen=True)
class Failure:
    """One thing that is wrong.

    Args:
        path: where.
        why: what is wrong, never with the value itself: it may be a secret.
    """

    path: Path
    why: str


def failures(name: str, fields: Fields, document: Mapping[str, Any], at: Path = ()) -> list[Failure]:
    """What is wrong with an object's properties.

    Values that are not known yet, and those the SDK has no type for, are taken as they are; null counts as absent.

    Args:
        name: what the object is called, for a message.
        fields: its properties.
        document: its values by wire name.
        at: where it is itself.
    """
    return list(_object(name, fields, document, at))


def _object(name: str, fields: Fields, document: Mapping[str, Any], at: Path) -> Iterator[Failure]:
    for key, value in document.items():
        if key.startswith("__") or value is None:
            continue
        if key in fields:
            yield from _value(fields[key].type, value, (*at, key))
        else:
            yield Failure((*at, key), f"{name} has no property {key!r}; {_nearest(key, fields)}")
    for key, each in fields.items():
        if each.required and document.get(key) is None:
            yield Failure((*at, key), f"{name} needs {key}{_in_python(key, each)}: it is missing")


def _value(type_: Type, value: Any, at: Path) -> Iterator[Failure]:
    if isinstance(value, Secret):
        value = value.value
    if value is UNKNOWN or value is None:
        return
    match type_:
        case OneOf(options):
            yield from _one_of(options, value, at)
        case ObjectOf() if isinstance(value, dict):
            yield from _object(type_.name, type_.fields, value, at)
        case MapOf(inner) if isinstance(value, dict):
            for key, item in value.items():
                yield from _value(inner, item, (*at, key))
        case ListOf(inner) if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _value(inner, item, (*at, index))
        case _ if not _fits(type_, value):
            yield Failure(at, f"it should be {_said(type_)}, and is {_kind(value)}")


def _one_of(options: tuple[Type, ...], value: Any, at: Path) -> Iterator[Failure]:
    """Nothing when one of the types fits; otherwise what the one of the value's own shape finds wrong."""
    found = [list(_value(option, value, at)) for option in options]
    if not all(found):
        return
    deeper = [each for each in found if all(len(failure.path) > len(at) for failure in each)]
    if deeper:
        yield from min(deeper, key=len)
    else:
        yield Failure(at, f"it should be {' or '.join(map(_said, options))}, and is {_kind(value)}")


def _fits(type_: Type, value: Any) -> bool:
    match type_:
        case Scalar("boolean"):
            return isinstance(value, bool)
        case Scalar(kind):
            return isinstance(value, _PYTHON[kind]) and not isinstance(value, bool)
        case AssetOf():
            return isinstance(value, Signed) and value.signature in (ASSET, ARCHIVE)
    return isinstance(type_, Anything)


def _said(type_: Type) -> str:
    match type_:
        case Scalar(kind):
            return _ARTICLES[kind]
        case ListOf():
            return "a list"
        case MapOf() | ObjectOf():
            return "an object"
        case AssetOf():
            return "an asset"
        case OneOf(options):
            return " or ".join(map(_said, options))
    return "anything"


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "an object"
    return "an asset or a reference"


def _nearest(key: str, fields: Fields) -> str:
    """What it may have been meant to be; a program may have written either name."""
    names = {name: wire for wire, each in fields.items() for name in (wire, each.python)}
    close = difflib.get_close_matches(key, names, n=1)
    if not close:
        return f"known here: {', '.join(sorted(fields)) or 'nothing'}"
    wire = names[close[0]]
    return f"did you mean {wire}{_in_python(wire, fields[wire])}?"


def _in_python(wire: str, field: Field) -> str:
    return "" if field.python == wire else f" ({field.python} in Python)"
