"""Property values as the engine sends them: protobuf `Struct` on the wire, plain Python in a provider.

Whole numbers come back as `int` (the wire knows only doubles). A value that is not known yet is `UNKNOWN`; a secret is
`Secret(value)`; assets, archives and resource references are `Signed`. Output values become what they stand for: the
value, `UNKNOWN`, or either as a `Secret`; their dependencies are dropped, since a custom resource has no use for them.

`plain` and `secret_paths` take a document with secrets apart, `mark` puts the secrets back on another document of the
same shape (the answer of an API, say).
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from google.protobuf.struct_pb2 import Struct, Value

Path = tuple[str | int, ...]
"""Where a value is inside a document: keys and list indexes from the top."""

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that says: this object stands for something else."""

ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a public constant of the protocol
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


class Unknown(enum.Enum):
    """The type of `UNKNOWN`; an enum, so that copies are the same object and `is` holds."""

    UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


UNKNOWN: Final = Unknown.UNKNOWN
"""A value that only exists once the update has run."""

_UNKNOWNS: Final = frozenset(
    {
        UNKNOWN.value,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # an array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    }
)


@dataclass(frozen=True)
class Secret:
    """A value that must not be shown; its `repr` does not."""

    value: Any = field(repr=False)


@dataclass(frozen=True)
class Signed:
    """An asset, an archive or a reference to a resource.

    Args:
        signature: `ASSET`, `ARCHIVE` or `RESOURCE`.
        fields: what the wire says about it, without the signature: `text`, `path`, `uri`, `assets`, `urn`, `id` ...
    """

    signature: str
    fields: dict[str, Any]


def decode(struct: Struct) -> dict[str, Any]:
    """The plain document of a `Struct`."""
    return {key: _decode(value) for key, value in struct.fields.items()}


def encode(values: Mapping[str, Any]) -> Struct:
    """The `Struct` of a plain document; the inverse of `decode`.

    Raises:
        TypeError: for a value that no property can be.
    """
    struct = Struct()
    for key, value in values.items():
        _encode(value, struct.fields[key])
    return struct


def plain(value: Any) -> Any:
    """The document with every `Secret` opened, at any depth; for the API behind the provider, never for a message."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def secret_paths(value: Any, at: Path = ()) -> set[Path]:
    """Where the secrets of a document are: the outermost one where they are nested."""
    if isinstance(value, Secret):
        return {at}
    return {path for key, item in _items(value) for path in secret_paths(item, (*at, key))}


def mark(value: Any, paths: Iterable[Path]) -> Any:
    """The document with what lies at `paths` made secret.

    Where a path leads nowhere (the other side moved or dropped the value), the deepest part of it that is there is
    made secret, except the document itself: rather too much than too little.
    """
    for path in sorted(paths, key=len):
        value = _mark(value, path, top=True)
    return value


def has_unknown(value: Any) -> bool:
    """Whether any part of the document is not known yet."""
    if isinstance(value, Secret):
        return has_unknown(value.value)
    if isinstance(value, Signed):
        return has_unknown(value.fields)
    return value is UNKNOWN or any(has_unknown(item) for _, item in _items(value))


def _items(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _mark(value: Any, path: Path, *, top: bool = False) -> Any:
    if isinstance(value, Secret):
        return value
    if not path:
        return Secret(value)
    key, rest = path[0], path[1:]
    if isinstance(value, dict) and key in value:
        return {**value, key: _mark(value[key], rest)}
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return [_mark(item, rest) if index == key else item for index, item in enumerate(value)]
    return value if top else Secret(value)


def _decode(value: Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_decode(item) for item in value.list_value.values]
        case "struct_value":
            return _decode_object(value.struct_value)
    return None


def _decode_object(struct: Struct) -> Any:
    document = decode(struct)
    match document.pop(SIGNATURE, None):
        case None:
            return document
        case signature if signature == _SECRET:
            return Secret(document.get("value"))
        case signature if signature == _OUTPUT:
            known = document.get("value", UNKNOWN)
            return Secret(known) if document.get("secret") else known
        case signature:
            return Signed(str(signature), document)


def _encode(value: Any, into: Value) -> None:
    match _bare(value):
        case None:
            into.null_value = 0  # type: ignore[assignment]  # NULL_VALUE; the enum's type is generated
        case bool() as truth:
            into.bool_value = truth
        case int() | float() as number:
            into.number_value = number
        case str() as text:
            into.string_value = text
        case dict() as fields:
            into.struct_value.SetInParent()  # an empty object is an object too
            for key, item in fields.items():
                _encode(item, into.struct_value.fields[key])
        case list() | tuple() as items:
            into.list_value.SetInParent()
            for item in items:
                _encode(item, into.list_value.values.add())
        case _:
            raise TypeError(f"{type(value).__name__} is no property value")


def _bare(value: Any) -> Any:
    """What stands on the wire for a value of the types defined here."""
    if isinstance(value, Unknown):
        return value.value
    if isinstance(value, Secret):
        return {SIGNATURE: _SECRET, "value": value.value}
    return {SIGNATURE: value.signature, **value.fields} if isinstance(value, Signed) else value
