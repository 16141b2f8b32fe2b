"""Types of properties, as far as an SDK tells them apart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Scalar:
    """A text, a number, a whole number, or true and false."""

    kind: Literal["string", "integer", "number", "boolean"]


@dataclass(frozen=True)
class ListOf:
    """A list with items of one type."""

    item: "Type"


@dataclass(frozen=True)
class MapOf:
    """Values of one type under free keys."""

    value: "Type"


@dataclass(frozen=True)
class ObjectOf:
    """An object with known properties.

    Args:
        name: its class in the SDK, without `Args`.
        read: reads its properties; types of a schema may contain themselves, so this is only done when needed.
    """

    name: str
    read: Callable[[], "Fields"]

    @property
    def fields(self) -> "Fields":
        """Its properties by wire name."""
        return self.read()


@dataclass(frozen=True)
class OneOf:
    """Any one of several types."""

    options: tuple["Type", ...]


@dataclass(frozen=True)
class AssetOf:
    """A file, or an archive of files."""


@dataclass(frozen=True)
class Anything:
    """A type that the SDK does not tell: JSON, or a reference to any resource."""


Type = Scalar | ListOf | MapOf | ObjectOf | OneOf | AssetOf | Anything


@dataclass(frozen=True)
class Field:
    """One property.

    Args:
        python: its name in Python.
        type: what it holds.
        required: as an input: it must be given. As an output: it is always there.
    """

    python: str
    type: Type
    required: bool


Fields = Mapping[str, Field]
"""Properties by the name they have on the wire."""


@dataclass(frozen=True)
class Resource:
    """A resource as its SDK describes it.

    Args:
        name: its class.
        inputs: what a program may give.
        outputs: what the provider gives back; most inputs are among them.
    """

    name: str
    inputs: Fields
    outputs: Fields
