"""A manifest, or a part of one, against the field tables."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import UnionType
from typing import Any

from catalog.errors import SlipwayError
from components.serving.fields.leaves import joined
from components.serving.fields.tables import KUBERNETES, Field, Type, fields, kinds, record_of, split

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_QUANTITY = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?")
_TYPES: Mapping[str, type | UnionType] = {
    "string": str, "integer": int, "number": int | float, "boolean": bool, "quantity": int | float,
    "int-or-string": int | str, "any": object,
}  # fmt: skip
_SHAPES = {"list": "a list", "map": "keys and values", "record": "keys and values"}


class Reason(StrEnum):
    """What is wrong with a field."""

    UNKNOWN_KIND = "unknown kind"
    UNKNOWN_FIELD = "unknown field"
    WRONG_TYPE = "wrong type"
    MISSING = "missing"
    NOT_ONE_OF = "not one of"
    TOO_DEEP = "too deep"


_WHY = {
    Reason.UNKNOWN_KIND: "no known kind",
    Reason.UNKNOWN_FIELD: "no such field",
    Reason.WRONG_TYPE: "of another type",
    Reason.MISSING: "required, but missing",
    Reason.NOT_ONE_OF: "none of its values",
    Reason.TOO_DEEP: "nested deeper than the definition goes; the API server would drop it",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldError:
    """One field that does not fit.

    Attributes:
        path: where, `spec.predictors[0].graph.name`.
        reason: what is wrong.
        expected: what may stand there, in words; empty for an unknown field.
        nearest: for an unknown field or value, the nearest known one, if one is near.
        known: for an unknown field, all that are known there.
    """

    path: str
    reason: Reason
    expected: str = ""
    nearest: str = ""
    known: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line."""
        hint = f", did you mean {self.nearest}?" if self.nearest else ""
        return f"{self.path}: {self.reason}" + (f": {self.expected}" if self.expected else "") + hint

    def as_refusal(self, prefix: str = "") -> SlipwayError:
        """As an error for a person; a value is never shown, because it may be a secret.

        Args:
            prefix: what stands before the path, for example the file.
        """
        path = f"{prefix}.{self.path}" if prefix else self.path
        fix = f"give {self.expected}" if self.expected else f"remove it; known here: {', '.join(self.known)}"
        if self.nearest and self.reason is not Reason.NOT_ONE_OF:
            fix = f"did you mean {self.nearest}?"
        return SlipwayError(path, "", _WHY[self.reason], fix)


def errors(manifest: Mapping[str, Any]) -> list[FieldError]:
    """What in a whole manifest does not fit its kind; its `status`, which only the server writes, is not looked at.

    Args:
        manifest: one object with apiVersion and kind.
    """
    api_version, kind = manifest.get("apiVersion"), manifest.get("kind")
    record = record_of(str(api_version), str(kind))
    if record is None:
        known = sorted(f"{a} {k}" for a, k in kinds())
        hint, expected = _nearest(f"{api_version} {kind}", known), "apiVersion and kind of a known kind"
        return [FieldError(path="kind", reason=Reason.UNKNOWN_KIND, expected=expected, nearest=hint)]
    return list(_Check(custom=split(record)[0] != KUBERNETES).record(record, manifest, "", 0))


def errors_at(table: str, value: Any, path: str = "", *, custom: bool = False) -> list[FieldError]:
    """What in a part of a manifest does not fit.

    Args:
        table: the record it should be: `PodSpec` or another of Kubernetes' own, `kserve.InferenceServiceSpec`.
        value: the part, as JSON has it.
        path: where the part is; stands before every path of the result.
        custom: whether it lies in a custom resource, where a quantity cannot be a fraction without quotes.

    Raises:
        KeyError: no such record.
    """
    fields(table)
    return list(_Check(custom=custom).value(Type(shape="record", name=table), value, path, 0))


class _Check:
    """One walk over a value and its type together."""

    def __init__(self, *, custom: bool) -> None:
        self._custom = custom

    def record(self, name: str, value: Mapping[str, Any], path: str, level: int) -> Iterator[FieldError]:
        known = fields(name)
        for key, field in known.items():
            # A null is taken for an absent field by the API server, for its own kinds and for custom ones.
            if field.required and value.get(key) is None:
                yield FieldError(path=joined(path, key), reason=Reason.MISSING, expected=_words(field.type))
        for key, inner in value.items():
            field_ = known.get(key)
            if field_ is None:
                yield _unknown(joined(path, key), key, known)
            elif field_.type.levels and level >= field_.type.levels:
                limit = f"no more than {field_.type.levels} levels of it"
                yield FieldError(path=joined(path, key), reason=Reason.TOO_DEEP, expected=limit)
            elif inner is not None:
                yield from self.value(field_.type, inner, joined(path, key), level)

    def value(self, kind: Type, value: Any, path: str, level: int) -> Iterator[FieldError]:
        match kind.shape:
            case "record" if isinstance(value, Mapping):
                yield from self.record(kind.name, value, path, level)
            case "map" if isinstance(value, Mapping) and kind.of:
                for key, inner in value.items():
                    yield from self.value(kind.of, inner, joined(path, key), 0)
            case "list" if isinstance(value, Sequence) and not isinstance(value, str) and kind.of:
                deeper = level + 1 if kind.levels else 0
                for at, inner in enumerate(value):
                    yield from self.value(kind.of, inner, f"{path}[{at}]", deeper)
            case "scalar":
                yield from self._scalar(kind, value, path)
            case _:
                yield FieldError(path=path, reason=Reason.WRONG_TYPE, expected=_SHAPES[kind.shape])

    def _scalar(self, kind: Type, value: Any, path: str) -> Iterator[FieldError]:
        if not self._fits(kind.name, value):
            yield FieldError(path=path, reason=Reason.WRONG_TYPE, expected=_words(kind))
        elif kind.enum and str(value) not in kind.enum:
            near = _nearest(value, kind.enum) if isinstance(value, str) else ""
            yield FieldError(path=path, reason=Reason.NOT_ONE_OF, expected=_words(kind), nearest=near)

    def _fits(self, name: str, value: Any) -> bool:
        if name == "quantity" and isinstance(value, str):
            return _QUANTITY.fullmatch(value) is not None
        types = int if name == "quantity" and self._custom else _TYPES[name]
        # In Python a bool is an int; in JSON it is not.
        return isinstance(value, types) and (not isinstance(value, bool) or name in ("boolean", "any"))


def _unknown(path: str, key: str, known: Mapping[str, Field]) -> FieldError:
    return FieldError(path=path, reason=Reason.UNKNOWN_FIELD, nearest=_nearest(key, known), known=tuple(sorted(known)))


def _nearest(word: Any, known: Iterable[str]) -> str:
    """The known word that is nearest; capitals and underscores, the commonest slip, count for nothing."""
    folded = {name.lower().replace("_", ""): name for name in known}
    close = difflib.get_close_matches(str(word).lower().replace("_", ""), folded, n=1)
    return folded[close[0]] if close else ""


_WORDS = {
    "string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "quantity": "a quantity such as 500m or 1.5Gi", "int-or-string": "a whole number or a text", "any": "a value",
}  # fmt: skip


def _words(kind: Type) -> str:
    if kind.enum:
        return f"one of {', '.join(kind.enum)}"
    return _WORDS[kind.name] if kind.shape == "scalar" else _SHAPES[kind.shape]
