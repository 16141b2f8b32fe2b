"""Readers' keys that are given as a secret, where the store's users cannot be made from here: plain data."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

from catalog.errors import SlipwayError
from catalog.plain import Plain, nearest
from components.storage.spec import S3Store
from stacks.resolution import readers
from stacks.settings import SET_SECRET, Settings

KEY = "readers"


class GivenReader(Plain):
    """A user of the store that was made elsewhere.

    Attributes:
        access_key: its access key.
        secret_key: its secret key.
        principal: how a bucket policy names it, where that is not its access key (on AWS: its ARN).
    """

    access_key: str
    secret_key: str
    principal: str | None = None


def needed(settings: Settings) -> list[str]:
    """The readers that are given: one a model's artifact, unless the store's users are made from here."""
    store = settings.store
    if not isinstance(store, S3Store) or store.admin_endpoint:
        return []
    if settings.cluster.kind == "sandbox" and not store.endpoint:
        return []
    return [reader for model in settings.declarations() for reader in readers(model)]


def given(text: str | None, settings: Settings) -> dict[str, GivenReader]:
    """The readers that the secret's text gives, by name; call it only where `errors` finds nothing."""
    values = _document(text)
    return {name: GivenReader.model_validate(values[name]) for name in needed(settings)}


def errors(text: str | None, stack: str, settings: Settings) -> Iterator[SlipwayError]:
    """What the secret's text lacks, each with the command that sets it; a value is never shown."""
    values = _document(text)
    why = "the store's users are not made from here (no store.admin_endpoint), and this secret is not set"
    for name in needed(settings):
        said = values.get(name, {})
        place = f'{KEY}["{name}"]' if "." in name else f"{KEY}.{name}"
        for field, facts in GivenReader.model_fields.items():
            if not (isinstance(said.get(field), str) and said[field]) and (facts.is_required() or field in said):
                path = f"{place}.{field}"
                yield SlipwayError(path, "", why, f"{SET_SECRET.format(stack=stack)} --path {shlex.quote(path)}")
        for field in sorted(said.keys() - GivenReader.model_fields.keys()):
            yield SlipwayError(f"{place}.{field}", "", "no such key", nearest(field, GivenReader.model_fields))


def _document(text: str | None) -> dict[str, dict[str, Any]]:
    """The secret by reader; empty where it is nothing that can be read."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {name: value for name, value in found.items() if isinstance(value, dict)} if isinstance(found, dict) else {}
