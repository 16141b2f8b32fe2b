"""Manifests with one thing changed: the import never fails, and what it does not take over it names."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from components.serving.fields.leaves import joined
from components.serving.importing import seldon1
from components.serving.importing.judge import judge
from tests.counts import count
from tests.serving.importing.accounting import lost
from tests.serving.seldon1.test_build import DECLARATIONS, sdep
from tests.serving.seldon1.test_import import PATHS, with_field

VALUES = (None, {}, [], "", 7, 0, "zz", True, False, [{}], [None], {"zz": "zz"})
Path = tuple[str | int, ...]


def inner(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a manifest with its path."""
    if path:
        yield path, value
    keys = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in keys:
        yield from inner(below, (*path, key))


def changed(manifest: dict[str, Any], path: Path, value: Any, *, gone: bool = False) -> dict[str, Any]:
    whole = copy.deepcopy(manifest)
    at = whole
    for key in path[:-1]:
        at = at[key]
    if gone:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return whole


def written(path: Path) -> str:
    text = ""
    for key in path:
        text = f"{text}[{key}]" if isinstance(key, int) else joined(text, key)
    return text


MANIFESTS = [json.loads(json.dumps(sdep(declaration))) for declaration in DECLARATIONS.values()]
MANIFESTS += [with_field(path) for path in PATHS if ".spec.containers[]." not in path]
MAPS = [(manifest, path) for manifest in MANIFESTS for path, value in inner(manifest) if isinstance(value, dict)]
PLACES = [
    (manifest, path, value)
    for manifest in MANIFESTS
    for path, _ in inner(manifest)
    for value in (*VALUES, "gone")
    if path[0] not in ("apiVersion", "kind")
]
CHOICE = random.Random(7)  # the same ones every time


@pytest.mark.parametrize("share", range(4))
def test_a_field_that_nobody_knows_is_named(share):
    for manifest, path in CHOICE.sample(MAPS, min(len(MAPS), count(test=600, prove=6000, soak=len(MAPS))))[share::4]:
        found = judge("f", changed(manifest, (*path, "zz"), "zz"), seldon1.read)
        named = written((*path, "zz")) in [reason.path for reason in found.reasons]
        assert found.taken or named, (
            path,
            found.reasons,
        )
        if found.taken:
            assert lost(changed(manifest, (*path, "zz"), "zz"), found) == []


@pytest.mark.parametrize("share", range(4))
def test_whatever_is_changed_is_taken_over_or_named(share):
    amount = min(len(PLACES), count(test=600, prove=6000, soak=len(PLACES)))
    for manifest, path, value in CHOICE.sample(PLACES, amount)[share::4]:
        other = changed(manifest, path, value, gone=value == "gone")
        found = judge("f", other, seldon1.read)
        if found.taken:
            assert lost(other, found) == [], (path, value)
        else:
            assert found.reasons, (path, value)
            assert all(reason.why for reason in found.reasons)
