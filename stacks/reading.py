"""A stack file as it is read: YAML without doubled keys, and without secrets in plain text."""

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from catalog.errors import SeveralErrors, SlipwayError
from catalog.safe_yaml import LOADER

PROJECT = "slipway"
# How a secret of a stack is set; Pulumi asks for its value.
SET_SECRET = "slipway pulumi -s {stack} -- config set --secret"  # noqa: S105  a command, no secret

_SECRET_KEY = re.compile(
    r"(secret|password|passphrase|token|(private|access|secret|api)_?key|credentials?|readers)$", re.IGNORECASE
)
# What credentials look like, whatever their key is called: AWS, Google, GitHub, Hugging Face, GitLab, Slack, PEM.
_SECRET_VALUE = re.compile(
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}|\bgh[pousr]_\w{36}|\bhf_\w{30,}|\bglpat-[\w-]{20}|\bxox[abp]-[\w-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
)


def config(path: Path) -> dict[str, Any]:
    """What a stack file says below `config`.

    Raises:
        SlipwayError: the file is no YAML mapping with a `config`.
        SeveralErrors: it says a key twice, one that nobody would read, or a secret in plain text.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document, errors = yaml.load(text, LOADER), list(_doubled(yaml.compose(text, LOADER), ""))  # noqa: S506  safe
    except yaml.YAMLError as error:
        raise SlipwayError(str(path), "", f"not YAML: {' '.join(str(error).split())}", "correct the file") from error
    except UnicodeDecodeError as error:
        why = f"not UTF-8: {error.reason} at byte {error.start}"
        raise SlipwayError(str(path), "", why, "save it as UTF-8") from error
    said = document.get("config") if isinstance(document, dict) else None
    if not isinstance(said, dict):
        raise SlipwayError(str(path), "", "it has no mapping `config`", "see docs/stack-file.md")
    for key, value in said.items():
        namespace, colon, name = str(key).partition(":")
        if not colon or (namespace != PROJECT and difflib.get_close_matches(namespace, [PROJECT])):
            why = f"no key of Slipway: those are {PROJECT}:<key>; nobody would read it"
            errors.append(SlipwayError(str(key), "", why, f"write {PROJECT}:{name if colon else key}"))
        elif namespace != PROJECT and _SECRET_KEY.search(name) and isinstance(value, str):
            errors.append(_in_plain(str(key)))
    if errors:
        raise SeveralErrors(errors)
    return said


def plain_secrets(values: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[SlipwayError]:
    """Secrets in plain text.

    Args:
        values: of the stack file, keys without `slipway:`, without what is encrypted.
        known: the keys that are no secrets.
    """
    for key, value in values.items():
        if key not in known and _SECRET_KEY.search(key):
            yield _in_plain(key)
        else:
            yield from _credentials(value, key)


def _credentials(value: Any, path: str) -> Iterator[SlipwayError]:
    match value:
        case str() if _SECRET_VALUE.search(value):
            yield _in_plain(path)
        case Mapping():
            for key, inner in value.items():
                yield from _credentials(inner, f"{path}.{key}")
        case list():
            for at, inner in enumerate(value):
                yield from _credentials(inner, f"{path}.{at}")


def _in_plain(path: str) -> SlipwayError:
    return SlipwayError(
        path, "", "a secret in plain text, for everybody who reads the file",
        f"take it out and change it where it was made; then: {SET_SECRET.format(stack='STACK')} KEY",
    )  # fmt: skip


def _doubled(node: yaml.Node | None, path: str) -> Iterator[SlipwayError]:
    """Keys that a mapping has twice; YAML would keep the last one and say nothing."""
    if isinstance(node, yaml.SequenceNode):
        for at, inner in enumerate(node.value):
            yield from _doubled(inner, f"{path}.{at}")
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, inner in node.value:
            where = f"{path}.{key.value}".removeprefix(".").removeprefix("config.").removeprefix(f"{PROJECT}:")
            if key.value in seen:
                line = key.start_mark.line + 1
                yield SlipwayError(where, "", f"the second of this name, in line {line}", "rename or remove one")
            seen.add(key.value)
            yield from _doubled(inner, where)
