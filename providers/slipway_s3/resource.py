"""What the provider's resources have in common."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from providers.slipway_s3.session import Session

Values = dict[str, Any]
"""Properties by their wire names; a secret is a `wire.Secret`, what is not known yet is `wire.UNKNOWN`."""


@dataclass(frozen=True)
class Failure:
    """One input that cannot be so."""

    property: str
    reason: str


@dataclass(frozen=True)
class Live:
    """What there is: inputs that would make it so, and outputs."""

    inputs: Values
    outputs: Values


class Resource(Protocol):
    """One kind of resource.

    Attributes:
        INPUTS: the names of its inputs.
        REPLACES: inputs whose change takes a new one.
        NAMES: inputs that name it on the server: two with the same ones cannot be there at once.
    """

    INPUTS: ClassVar[tuple[str, ...]]
    REPLACES: ClassVar[frozenset[str]]
    NAMES: ClassVar[frozenset[str]]

    def check(self, news: Values, session: Session | None) -> tuple[Values, list[Failure]]:
        """The inputs with their defaults, and everything that is wrong with them."""

    def outputs(self, inputs: Values, session: Session | None) -> Values:
        """The outputs as far as they are known before the fact."""

    def create(self, urn: str, inputs: Values, session: Session) -> tuple[str, Values]:
        """Makes it; its id and outputs."""

    def read(self, id_: str, inputs: Values, session: Session) -> Live | None:
        """What there is; None when it is gone. Without inputs (an import), `id_` alone says which."""

    def update(self, urn: str, old: Values, inputs: Values, session: Session) -> Values:
        """Makes what is there so, whatever it is now; `old` are the outputs so far."""

    def delete(self, outputs: Values, session: Session) -> None:
        """Removes it; fine when it is gone."""


def unknown_names(news: Mapping[str, Any], allowed: tuple[str, ...]) -> list[Failure]:
    """A failure for every input that does not exist, with the one that was probably meant."""
    failures = []
    for name in sorted(set(news) - set(allowed)):
        close = difflib.get_close_matches(name, allowed, n=1)
        meant = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(allowed)}"
        failures.append(Failure(name, f"no such property{meant}"))
    return failures
