"""What becomes of every leaf of a manifest."""

from typing import Any

from components.serving.fields.leaves import leaves
from components.serving.importing.base import declared_part
from components.serving.importing.verdict import Verdict


def lost(manifest: dict[str, Any], verdict: Verdict) -> list[str]:
    """The leaves that are neither in the rebuilt object nor named in a difference or a reason.

    Where there is no rebuilt object, those that the reasons do not name are what a person still has in the file.
    """
    rebuilt = dict(leaves(verdict.rebuilt or {}))
    named = {difference.path for difference in verdict.differences} | {reason.path for reason in verdict.reasons}
    return [
        path
        for path, value in leaves(declared_part(manifest))
        if not ((path in rebuilt and same(rebuilt[path], value)) or any(within(path, name) for name in named))
    ]


def same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and left == right


def within(path: str, name: str) -> bool:
    return path == name or (path.startswith(name) and path[len(name)] in ".[")
