"""Paths in a manifest and the values at their ends."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


def joined(path: str, key: Any) -> str:
    """A path with one key more; a key with a dot or a slash in it stands in brackets: `annotations["a.b/c"]`."""
    text = str(key)
    if not _PLAIN_KEY.fullmatch(text):
        return f'{path}["{text}"]'
    return f"{path}.{text}" if path else text


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that holds no other, with its path; an empty list or map is one, too, and so is a null.

    Args:
        value: a manifest, or a part of one, as JSON has it.
        path: where the part is.
    """
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from leaves(inner, joined(path, key))
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for at, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{at}]")
    else:
        yield path, value
