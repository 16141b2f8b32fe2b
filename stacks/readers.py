"""Readers' keys that are given as a secret, where the store's users cannot be made from here: plain data."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from catalog.errors import SlipwayError
from catalog.plain import Plain, errors_of
from stacks.resolution import artifact_reference
from stacks.settings import SET_SECRET, Settings

SECRET = "readers"  # noqa: S105  the name of one


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
    """The models whose readers are given: all that read artifacts, unless the store's users are made from here."""
    own = settings.cluster.kind == "sandbox" and not settings.store.endpoint
    if own or settings.store.admin_endpoint:
        return []
    return [model.name for model in settings.declarations() if artifact_reference(model)]


def given(text: str | None) -> dict[str, GivenReader]:
    """The readers of a secret's text, by model; call it only where `missing` finds nothing."""
    return {name: GivenReader.model_validate(value) for name, value in _document(text).items()}


def missing(text: str | None, stack: str, settings: Settings) -> Iterator[SlipwayError]:
    """What is wrong with the secret's text, and what it does not say; never what it says."""
    values = _document(text)
    for model in needed(settings):
        try:
            GivenReader.model_validate(values.get(model, {}))
        except ValidationError as error:
            for found in errors_of(error, f"{SECRET}.{model}", GivenReader):
                yield _unset(stack, found.path, settings) if _is_missing(found, values, model) else found


def _is_missing(error: SlipwayError, values: dict[str, Any], model: str) -> bool:
    """Whether the value is not there at all."""
    return error.path.rpartition(".")[2] in GivenReader.model_fields.keys() - values.get(model, {}).keys()


def _unset(stack: str, path: str, settings: Settings) -> SlipwayError:
    where = settings.store.endpoint or "the store"
    why = f"the users of {where} are not made from here (no store.admin_endpoint), and this secret is not set"
    return SlipwayError(path, "", why, f"{SET_SECRET.format(stack=stack)} --path {path}")


def _document(text: str | None) -> dict[str, Any]:
    """The models of the secret; empty where it is none that can be read."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {name: value for name, value in found.items() if isinstance(value, dict)} if isinstance(found, dict) else {}
