"""Manifests from a file: YAML with one document or several, JSON, and lists of them."""

import json
import math
import re
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import yaml

from catalog.errors import SlipwayError
from catalog.safe_yaml import LOADER

LIMIT = 4 * 1024 * 1024
"""Largest file, in bytes. One object of a cluster is at most 1.5 MiB (etcd), and mostly under ten KiB."""
_VALUES = 1_000_000
_DEPTH = 100
_INTEGER = re.compile(r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)\Z")
_FLOAT = re.compile(
    r"[-+]?((\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.(inf|Inf|INF))\Z|\.(nan|NaN|NAN)\Z"
)
_KEYS = {"True": "true", "False": "false", "None": "null"}


def manifests(path: Path) -> list[Any]:
    """Everything that a file holds, lists taken apart; what is no map stays as it is.

    Raises:
        SlipwayError: the file cannot be read, is too large, or is neither YAML nor JSON.
    """
    try:
        size = path.stat().st_size
        if size > LIMIT:
            why = f"{size / 1024 / 1024:.1f} MiB are more than the {LIMIT // 1024 // 1024} MiB that an import reads"
            raise _error(path, why, "split it into several files")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _error(path, error.strerror or "it cannot be read", "name a file that you can read") from error
    except UnicodeDecodeError as error:
        raise _error(path, f"byte {error.start} is not UTF-8", "save it as UTF-8") from error
    documents = _documents(path, text)
    if any(_is_deep(document) for document in documents):
        raise _error(path, f"it is nested more than {_DEPTH} deep", "no manifest is: mend it")
    return [item for document in documents for item in _items(document)]


def _documents(path: Path, text: str) -> list[Any]:
    """JSON first, because YAML knows no tabs; what looks like JSON and is none may still be YAML."""
    broken: SlipwayError | None = None
    if text.lstrip()[:1] in ("{", "["):
        try:
            return list(_json(text))
        except (ValueError, RecursionError) as error:
            broken = _error(path, f"broken JSON: {_line(error)}", "mend it there")
    try:
        _measure(path, text)
        return list(yaml.load_all(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        problem = _error(path, f"broken YAML: {where}{error.problem or error.context}", "mend it there")
    except (yaml.YAMLError, ValueError) as error:
        problem = _error(path, f"broken YAML: {_line(error)}", "mend it there")
    raise broken or problem


def _is_deep(document: Any) -> bool:
    level = [document]
    for _ in range(_DEPTH):
        level = [inner for one in level if isinstance(one, dict | list) for inner in _inner(one)]
    return bool(level)


def _inner(value: dict[str, Any] | list[Any]) -> Iterator[Any]:
    yield from value.values() if isinstance(value, dict) else value


def _items(document: Any) -> Iterator[Any]:
    """A list's items, each with what a typed list does not repeat."""
    if isinstance(document, list):
        for item in document:
            yield from _items(item)
    elif isinstance(document, dict) and isinstance(document.get("items"), list) and _is_list(document.get("kind")):
        kind, version = document["kind"].removesuffix("List"), document.get("apiVersion")
        common = {"apiVersion": version, "kind": kind} if kind else {}
        for item in document["items"]:
            yield from _items({**common, **item} if isinstance(item, dict) else item)
    elif document is not None:
        yield document


def _is_list(kind: Any) -> bool:
    return isinstance(kind, str) and kind.endswith("List")


def _json(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)
    at = 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        yield document
        while at < len(text) and text[at].isspace():
            at += 1


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} is there twice")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _measure(path: Path, text: str) -> None:
    """Refuses what would grow by its aliases, or is nested too deeply, before anything of it is made."""
    count = _Count()
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.AliasEvent) and count.holds(event.anchor):
            raise _error(path, f"the alias *{event.anchor} holds itself", "write it out")
        count.add(event)
        if count.total > _VALUES:
            why = f"its aliases make more than {_VALUES} values of it"
            raise _error(path, why, "write out what it repeats, in several files")
        if count.depth > _DEPTH:
            raise _error(path, f"it is nested more than {_DEPTH} deep", "no manifest is: mend it")


class _Count:
    """How many values the events of a YAML stream make, every alias counted in full."""

    def __init__(self) -> None:
        self.total = 0
        self._sizes: dict[str | None, int] = {}
        self._open: list[tuple[str | None, int]] = []

    @property
    def depth(self) -> int:
        return len(self._open)

    def holds(self, anchor: str | None) -> bool:
        """Whether a collection with this anchor is not at its end yet."""
        return any(anchor == name for name, _ in self._open)

    def add(self, event: yaml.Event) -> None:
        match event:
            case yaml.AliasEvent():
                self.total += self._sizes.get(event.anchor, 1)
            case yaml.CollectionStartEvent():
                self._open.append((event.anchor, self.total))
                self.total += 1
            case yaml.ScalarEvent():
                self._sizes[event.anchor] = 1
                self.total += 1
            case yaml.CollectionEndEvent():
                anchor, before = self._open.pop()
                self._sizes[anchor] = self.total - before


def _error(path: Path, why: str, fix: str) -> SlipwayError:
    return SlipwayError(str(path), "", why, fix)


def _line(error: Exception) -> str:
    text = str(error).splitlines()
    return text[0] if text else "nested too deeply"


class _Loader(LOADER):  # type: ignore[misc]  # the C loader where it is built
    """YAML as the API server's clients read it: no times, no base 60, keys are texts and are there once."""

    yaml_implicit_resolvers = {
        first: [
            (tag, {"int": _INTEGER, "float": _FLOAT}.get(tag.rpartition(":")[2], pattern))
            for tag, pattern in entries
            if tag.rpartition(":")[2] not in ("timestamp", "value")
        ]
        for first, entries in LOADER.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  PyYAML's own signature
        merged = {id(key) for key, _ in node.value if key.tag == "tag:yaml.org,2002:merge"}
        own = [key for key, _ in node.value if id(key) not in merged]
        self.flatten_mapping(node)
        seen: set[str] = set()
        for key in own:
            name = self._key(key)
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {name!r} is there twice", key.start_mark)
            seen.add(name)
        return {self._key(key): self._value(value, deep=True) for key, value in node.value}

    def _key(self, node: yaml.Node) -> str:
        key = self.construct_object(node, deep=True)
        if not isinstance(key, str | int | float | None):
            raise yaml.constructor.ConstructorError(None, None, "a key that is no text", node.start_mark)
        return key if isinstance(key, str) else _KEYS.get(str(key), str(key))

    def _value(self, node: yaml.Node, *, deep: bool) -> Any:
        value = self.construct_object(node, deep=deep)
        if not isinstance(value, str | int | float | dict | list | None) or (
            isinstance(value, float) and not math.isfinite(value)
        ):
            raise yaml.constructor.ConstructorError(None, None, "a value that JSON does not have", node.start_mark)
        return value
