"""What the API server refuses, as errors for people: where, why, what to do; never a secret."""

import re
from collections.abc import Iterator
from typing import Any

from catalog.errors import SeveralErrors, SlipwayError
from providers.wire import Secret
from sandbox.providers.kubernetes.client import ApiError, Cause
from sandbox.providers.kubernetes.objects import Identity

Refusal = SlipwayError | SeveralErrors

OUR_MANAGER = "slipway"
_OURS = re.compile(r"slipway|pulumi-kubernetes(-[0-9a-f]+)?")

_TYPED = re.compile(r"(?:: |^\s*)(?P<field>\.\S+): (?P<why>[^\n]+)", re.MULTILINE)
_UNDECLARED = "field not declared in schema"
_STRICT = re.compile(r'unknown field "(?P<field>[^"]+)"')
_MANAGER = re.compile(r'conflict with "(?P<manager>[^"]*)"')
_UNKNOWN_FIELD = "the API server knows no such field"

_SHORTEST_SECRET = 4
"""Shorter values are not searched for in messages: they would be found everywhere."""


def explain(error: ApiError, identity: Identity, inputs: dict[str, Any]) -> Refusal:
    """The error for a refused object, one for each thing that is wrong with it.

    Args:
        error: the API server's answer.
        identity: which object.
        inputs: its inputs, secrets marked: their values are cut out of the message.
    """
    found = [
        SlipwayError(f"{identity} {field}".strip(), "", scrub(why, inputs), fix)
        for field, why, fix in dict.fromkeys(_findings(error))
    ]
    return found[0] if len(found) == 1 else SeveralErrors(found)


def scrub(text: str, inputs: dict[str, Any]) -> str:
    """The text without any of the secret values of the inputs."""
    for secret in sorted(set(_secrets(inputs)), key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    return text


def foreign_managers(error: ApiError) -> set[str]:
    """Who else owns the fields of a conflict; empty when it is none, or one with ourselves."""
    return {manager for cause in _conflicts(error) if not _OURS.fullmatch(manager := _manager(cause))}


def is_field_conflict(error: ApiError) -> bool:
    """Whether an apply was refused because fields belong to field managers."""
    return error.code == 409 and bool(_conflicts(error))


def is_missing_namespace(error: ApiError) -> bool:
    """Whether the namespace is not there, or going away: it may be made in this very update."""
    ending = any(cause.reason == "NamespaceTerminating" for cause in error.causes)
    return (error.code == 404 and error.about == "namespaces") or (error.code == 403 and ending)


def is_gone(error: ApiError) -> bool:
    """Whether the object that an apply names by its uid is not there any more, or is another one now."""
    if error.code == 409:
        return "uid mismatch" in error.message
    return error.code == 422 and any(cause.field == "metadata.uid" for cause in error.causes)


def is_undecided(error: ApiError) -> bool:
    """Whether a dry run says nothing: what the object needs may come in this update, or a webhook has no dry run."""
    return error.code == 404 or is_missing_namespace(error) or "does not support dry run" in error.message


def is_untyped(error: ApiError) -> bool:
    """Whether the object has fields that its kind does not have, or not of this type, as an apply says it."""
    return "typed patch object" in error.message and _TYPED.search(error.message) is not None


def names_fields(error: ApiError) -> bool:
    """Whether the object has fields that its kind does not have, as any other request says it."""
    return "strict decoding error" in error.message and _STRICT.search(error.message) is not None


def _findings(error: ApiError) -> Iterator[tuple[str, str, str]]:
    for match in _STRICT.finditer(error.message) if names_fields(error) else ():
        yield match["field"], _UNKNOWN_FIELD, "correct its name, or leave it out"
    for match in _TYPED.finditer(error.message) if is_untyped(error) else ():
        why = _UNKNOWN_FIELD if match["why"] == _UNDECLARED else match["why"]
        yield (
            match["field"][1:],
            why,
            "correct its name, or leave it out" if why is _UNKNOWN_FIELD else "correct the value",
        )
    if names_fields(error) or is_untyped(error):
        return
    if is_field_conflict(error):
        yield from _by_manager(error)
    elif error.causes and error.code == 422:
        yield from ((cause.field, cause.message, "change the value") for cause in error.causes)
    else:
        yield "", error.message, _fix(error)


def _by_manager(error: ApiError) -> Iterator[tuple[str, str, str]]:
    fields: dict[str, list[str]] = {}
    for cause in _conflicts(error):
        if not _OURS.fullmatch(_manager(cause)):
            fields.setdefault(_manager(cause), []).append(cause.field)
    for manager, owned in fields.items():
        why = f"these fields were changed by another field manager, {manager!r}: {', '.join(owned)}"
        fix = "leave them out of the declaration, or take them over with the annotation pulumi.com/patchForce: 'true'"
        yield "", why, fix


def _fix(error: ApiError) -> str:
    if is_missing_namespace(error):
        return "declare the namespace in the stack, and let this object depend on it"
    if "exceeded quota" in error.message:
        return "ask for less, or raise the team's quota"
    if "admission webhook" in error.message:
        return "satisfy the webhook's rule, or ask its owner"
    if error.code in (401, 403):
        return "give the kubeconfig's user this right (RBAC), or use another user"
    return "correct the object as the API server says"


def _conflicts(error: ApiError) -> list[Cause]:
    return [cause for cause in error.causes if cause.reason == "FieldManagerConflict"]


def _manager(cause: Cause) -> str:
    match = _MANAGER.search(cause.message)
    return match["manager"] if match else cause.message


def _secrets(value: Any, *, within: bool = False) -> Iterator[str]:
    if isinstance(value, Secret):
        yield from _secrets(value.value, within=True)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _secrets(item, within=within)
    elif isinstance(value, list):
        for item in value:
            yield from _secrets(item, within=within)
    elif within and isinstance(value, str) and len(value) >= _SHORTEST_SECRET:
        yield value
