"""The base of all plain data, and one readable report of what is wrong with it."""

import difflib
import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from catalog.errors import SlipwayError

_FIXES = {
    "missing": "add the key",
    "greater_than_equal": "give a number of at least {ge}",
    "greater_than": "give a number above {gt}",
    "less_than_equal": "give a number of at most {le}",
    "int_type": "give a whole number without quotes",
    "int_parsing": "give a whole number",
    "int_from_float": "give a whole number",
    "bool_type": "write true or false without quotes",
    "bool_parsing": "write true or false",
    "string_type": "give a text; put it in quotes",
    "dict_type": "give keys and values",
    "model_type": "give keys and values",
    "union_tag_not_found": "add the key {discriminator}",
    "union_tag_invalid": "give one of {expected_tags}",
    "literal_error": "give one of {expected}",
    "enum": "give one of {expected}",
}


# Whose keys are suggested for an unknown one; of a union, the model of each kind.
Suggested = type[BaseModel] | Mapping[str, type[BaseModel]] | None


# What is wrong with a text that was not asked for in confidence, and words in the names of keys that are.
_OPEN = ("literal_error", "enum", "int_type", "int_parsing", "float_type", "bool_type")
_SECRET = ("secret", "token", "password", "passphrase", "credential", "key")
_LONG = 80


class Plain(BaseModel):
    """Plain data: frozen, unknown keys refused, types never guessed, and texts shown only where they are no secret.

    Attributes:
        stand_ins: what stands for a required key that is wrong or not there, while the others are looked at.
    """

    stand_ins: ClassVar[Mapping[str, Any]] = {}

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


@functools.cache  # making one takes as long as reading a stack file
def adapter(model: type[BaseModel], key: str) -> TypeAdapter[Any]:
    """What reads a single field of a model, by its annotation."""
    return TypeAdapter(get_type_hints(model, include_extras=True)[key])


def validated(
    adapter: TypeAdapter[Any], value: Any, path: str, model: Suggested = None
) -> tuple[Any, list[SlipwayError]]:
    """A value as its type and no errors, or None and everything that is wrong with it.

    While a part is wrong, Pydantic does not ask whether the parts go together. So what is wrong is taken out, or
    replaced by what stands for it, and the rest is asked again.

    Args:
        adapter: of the type.
        value: as read.
        path: of the value in its file.
        model: as for `errors_of`.
    """
    errors: list[SlipwayError] = []
    while True:
        try:
            read = adapter.validate_python(value)
        except ValidationError as error:
            known = tuple(found.path for found in errors)
            errors += [
                e for e in errors_of(error, path, model) if not any(f"{k}.".startswith(f"{e.path}.") for k in known)
            ]
            rest = _without(value, error, model)
            if rest == value:
                return None, errors
            value = rest
        else:
            return (None if errors else read), errors


def _without(value: Any, error: ValidationError, model: Suggested) -> Any:
    """The value without its wrong parts: whole entries of its mappings, otherwise whole keys."""
    tagged = error.title.startswith("tagged-union")
    for details in error.errors(include_url=False, include_context=False):
        kind = _of_kind(model, details, tagged=tagged)
        stand_ins = kind.stand_ins if kind and issubclass(kind, Plain) else {}
        match _location(details, tagged=tagged):
            case [key, *_] if key in stand_ins:
                value = {**value, key: stand_ins[key]}
            case [key, entry, *_] if isinstance(value, Mapping) and isinstance(value.get(key), Mapping):
                value = {**value, key: {k: v for k, v in value[key].items() if str(k) != entry}}
            case [key, *_] if isinstance(value, Mapping):
                value = {k: v for k, v in value.items() if str(k) != key}
    return value


def _of_kind(model: Suggested, details: ErrorDetails, *, tagged: bool) -> type[BaseModel] | None:
    """Of a union the model that the value's kind chose."""
    if isinstance(model, Mapping):
        return model.get(str(details["loc"][0])) if tagged and details["loc"] else None
    return model


def errors_of(error: ValidationError, path: str, model: Suggested = None) -> list[SlipwayError]:
    """Turns pydantic's report into ours.

    Args:
        error: what pydantic found.
        path: the path of the validated value in the stack file, for example `models.iris`.
        model: the model it was validated against, or of a union the models by kind; its keys serve as suggestions.
    """
    tagged = error.title.startswith("tagged-union")
    found = error.errors(include_url=False, include_context=True)
    return [
        one for details in found if not _follows(details, found) for one in _errors(details, path, model, tagged=tagged)
    ]


def _follows(details: ErrorDetails, found: list[ErrorDetails]) -> bool:
    """A sequence is too short because an item of it is wrong, which is said already."""
    at = details["loc"]
    return details["type"] == "too_short" and any(o["loc"][: len(at)] == at for o in found if o is not details)


def _errors(details: ErrorDetails, path: str, model: Suggested, *, tagged: bool) -> Iterator[SlipwayError]:
    raised = details.get("ctx", {}).get("error")
    if isinstance(raised, Refusals):
        where = ".".join(filter(None, (path, *_location(details, tagged=tagged))))
        for key, refusal in raised.refusals:
            yield SlipwayError(f"{where}.{key}" if where else key, refusal.value, refusal.why, refusal.fix)
    else:
        yield _one(details, path, _of_kind(model, details, tagged=tagged), tagged=tagged)


def _location(details: ErrorDetails, *, tagged: bool) -> list[str]:
    """The keys on the way; Pydantic puts the chosen kind of a union before them, and `[key]` behind a key itself."""
    return [str(part) for part in details["loc"] if part != "[key]"][1 if tagged else 0 :]


def _one(details: ErrorDetails, path: str, model: type[BaseModel] | None, *, tagged: bool) -> SlipwayError:
    location = _location(details, tagged=tagged)
    where = ".".join([path, *location]) if path else ".".join(location)
    context = {key: str(value) for key, value in details.get("ctx", {}).items()}
    if details["type"] == "extra_forbidden":
        return SlipwayError(where, "", "no such key", nearest(location[-1], _keys_at(model, location[:-1])))
    if details["type"] == "value_error":
        raised = details.get("ctx", {}).get("error")
        if isinstance(raised, Refusal):
            return SlipwayError(where, raised.value, raised.why, raised.fix)
    fix = _FIXES.get(details["type"], "see the schema of this key in docs/stack-file.md").format_map(_Missing(context))
    return SlipwayError(where, _shown(details), details["msg"][0].lower() + details["msg"][1:], fix)


class Refusal(ValueError):
    """Raised in a validator: what is wrong with a value, and the fix; the path is added by the report."""

    def __init__(self, value: str, why: str, fix: str) -> None:
        super().__init__(why)
        self.value = value
        self.why = why
        self.fix = fix


class Refusals(ValueError):
    """Raised in a validator: all that is wrong with several keys of a value.

    Args:
        refusals: each with its key, relative to the value.
    """

    def __init__(self, refusals: "list[tuple[str, Refusal]]") -> None:
        super().__init__(*refusals)
        self.refusals = refusals


class _Missing(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return key


def _shown(details: ErrorDetails) -> str:
    """The value; a text only in the place of a number or of a word out of several: a name may be a stray secret."""
    value, where = details["input"], str(details["loc"][-1] if details["loc"] else "").lower()
    if isinstance(value, int | float | bool):
        return repr(value)
    is_open = details["type"] in _OPEN and not any(word in where for word in _SECRET)
    return value if isinstance(value, str) and is_open and len(value) <= _LONG and value.isprintable() else ""


def _keys_at(model: type[BaseModel] | None, location: list[str]) -> list[str]:
    """The keys that the innermost model on this way has."""
    current = model
    for part in location:
        if current is None:
            break
        field = current.model_fields.get(part)
        current = _model_in(field.annotation) if field else current
    return list(current.model_fields) if current else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = [inner for inner in map(_model_in, get_args(annotation)) if inner]
    return found[0] if found else None


def nearest(word: str, known: Iterable[str], *, needed: bool = False) -> str:
    """What to do about an unknown word: the nearest known one, or the list of them.

    Args:
        word: as it was given.
        known: what could have been meant.
        needed: one of them has to be given, so that removing the word is no way out.
    """
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1)
    if close:
        return f"did you mean {close[0]}?"
    if needed and words:
        return f"give one of: {', '.join(words)}"
    return f"remove it; known here: {', '.join(words) or 'nothing'}"
