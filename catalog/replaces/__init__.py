"""Whether a change of a property makes a new resource: written tables, one a cloud, each row with its source.

A row holds for its property and for everything below it that has no row of its own. Conditions are rounded to the
careful side: what replaces in some cases replaces here, and `note` says when.
"""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parent


class Row(NamedTuple):
    """One fact.

    Attributes:
        token: of the resource type.
        property: path of the property, without places in lists: `nodeConfig.machineType`.
        replaces: `yes`, `no`, or `removed`: only when it is taken away.
        source: where it says so.
        date: when that was read, or made.
        note: a condition; empty for most.
    """

    token: str
    property: str
    replaces: str
    source: str
    date: str
    note: str


@cache
def rows() -> tuple[Row, ...]:
    """All that is known."""
    found = []
    for path in sorted(_FOLDER.glob("*.csv")):
        with path.open(newline="") as file:
            found += [Row(**row) for row in csv.DictReader(file)]
    return tuple(found)


def verdict(token: str, path: tuple[str | int, ...], *, taken_away: bool = False) -> bool | None:
    """Whether a change at a path makes a new resource; nothing where no row says it.

    Args:
        token: of the resource type.
        path: of what changes.
        taken_away: whether the change is that it is not there any more.
    """
    properties = _by_token().get(token, {})
    parts = [str(part) for part in path if not isinstance(part, int)]
    for length in range(len(parts), 0, -1):
        found = properties.get(".".join(parts[:length]))
        if found is not None:
            return found == "yes" or (found == "removed" and taken_away and length == len(parts))
    return None


@cache
def _by_token() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in rows():
        found.setdefault(row.token, {})[row.property] = row.replaces
    return found
