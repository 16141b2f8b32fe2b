"""The field tables: one JSON file a family of kinds, read when the first of its records is asked for.

A file has `source` (where its facts are from), `kinds` (`<apiVersion> <kind>` to the name of a record) and `records`:
field to type. A type is written

    string integer number boolean        as in JSON
    quantity int-or-string               Kubernetes' own two
    any                                  whatever JSON can hold; its inside is not checked
    string(a|b)                          one of these
    Container, kubernetes.Container      a record of this file, of another one
    [T] {T}                              a list, a map with free keys
    [T]^10                               a record inside itself, at most so many levels deep
    T* T@0.20                            required; known only since that version of the engine
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

# The file of Kubernetes' own types, to which a name without a file belongs.
KUBERNETES = "kubernetes"
_FAMILIES = (KUBERNETES, "seldon1", "seldon2", "kserve", "keda", "gateway")
_SCALARS = frozenset({"string", "integer", "number", "boolean", "quantity", "int-or-string", "any"})
_FIELD = re.compile(r"(?P<type>.+?)(?P<required>\*)?(?:@(?P<since>[\d.]+))?")
_LIST = re.compile(r"\[(?P<of>.+)\](?:\^(?P<levels>\d+))?")
_ENUM = re.compile(r"(?P<base>[a-z-]+)\((?P<values>.*)\)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Type:
    """What a value may be.

    Attributes:
        shape: a scalar, a record, or a list or a map of `of`.
        name: of the scalar (`string`, `quantity` ...), or of the record with its family (`kserve.Predictor`).
        enum: the only values, if there are such.
        levels: how often the record may lie inside itself by this way; 0: it does not.
    """

    shape: Literal["scalar", "record", "list", "map"]
    name: str = ""
    of: "Type | None" = None
    enum: tuple[str, ...] = ()
    levels: int = 0

    def __str__(self) -> str:
        """The type in a person's words."""
        if self.of is not None:
            return f"a {self.shape} of {self.of}"
        return f"one of {', '.join(self.enum)}" if self.enum else self.name.rpartition(".")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One field of a record.

    Attributes:
        since: the first version of the engine that knows it; empty: the first that we know of.
    """

    type: Type
    required: bool = False
    since: str = ""


def kinds() -> Mapping[tuple[str, str], str]:
    """The known kinds, (apiVersion, kind), and the record of each."""
    return _kinds()


def record_of(api_version: str, kind: str) -> str | None:
    """The record of a kind, or nothing where the kind is not known."""
    return _kinds().get((api_version, kind))


@cache
def fields(record: str) -> Mapping[str, Field]:
    """The fields of a record by name.

    Args:
        record: `kserve.Predictor`; without a family one of Kubernetes' own, `PodSpec`.

    Raises:
        KeyError: no such record.
    """
    family, name = split(record)
    written: dict[str, str] = _file(family)["records"][name]
    return {key: _field(family, text) for key, text in written.items()}


def source(family: str) -> Mapping[str, Any]:
    """Where a family's facts are from: project, version, commit, files, licence."""
    found: Mapping[str, Any] = _file(family)["source"]
    return found


def paths(record: str, *, pods: bool = True) -> Iterator[tuple[str, Field]]:
    """Every path below a record (`spec.predictors[].graph.name`, `{}` for a map's keys) whose value is no record.

    A record inside itself is gone into once.

    Args:
        record: as in `fields`.
        pods: also what lies inside of Kubernetes' own types (another family's records); else these are one path.
    """
    yield from _paths(record, "", (record,), pods=pods)


def split(record: str) -> tuple[str, str]:
    """Family and name of a record."""
    family, _, name = record.rpartition(".")
    return family or KUBERNETES, name


def _paths(record: str, prefix: str, way: tuple[str, ...], *, pods: bool) -> Iterator[tuple[str, Field]]:
    for key, field in fields(record).items():
        path, inner = f"{prefix}.{key}" if prefix else key, field.type
        while inner.of is not None:
            path, inner = path + ("[]" if inner.shape == "list" else "{}"), inner.of
        if inner.shape != "record" or (not pods and split(inner.name)[0] != split(record)[0]):
            yield path, field
        elif inner.name not in way:
            yield from _paths(inner.name, path, (*way, inner.name), pods=pods)


@cache
def _kinds() -> Mapping[tuple[str, str], str]:
    found = {}
    for family in _FAMILIES:
        for both, record in _file(family)["kinds"].items():
            api_version, kind = both.split(" ")
            found[api_version, kind] = f"{family}.{record}"
    return found


@cache
def _file(family: str) -> dict[str, Any]:
    if family not in _FAMILIES:
        raise KeyError(family)
    text = resources.files(__package__).joinpath(f"{family}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _field(family: str, text: str) -> Field:
    match = _FIELD.fullmatch(text)
    if match is None:
        raise ValueError(f"{family}: {text!r} is no type")
    return Field(type=_type(family, match["type"]), required=match["required"] is not None, since=match["since"] or "")


def _type(family: str, text: str) -> Type:
    if text in _SCALARS:
        return Type(shape="scalar", name=text)
    if enum := _ENUM.fullmatch(text):
        return Type(shape="scalar", name=enum["base"], enum=tuple(enum["values"].split("|")))
    if many := _LIST.fullmatch(text):
        return Type(shape="list", of=_type(family, many["of"]), levels=int(many["levels"] or 0))
    if text.startswith("{"):
        return Type(shape="map", of=_type(family, text[1:-1]))
    return Type(shape="record", name=text if "." in text else f"{family}.{text}")
