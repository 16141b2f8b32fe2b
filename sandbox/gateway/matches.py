"""Which request a rule is meant for, and which rule goes first: Envoy takes the first route that matches."""

import re
from collections.abc import Sequence
from typing import Any

from sandbox.gateway.snapshot import Json

EVERY_REQUEST: Json = {"path": {"type": "PathPrefix", "value": "/"}}
_PATH_RANK = {"Exact": 0, "RegularExpression": 1, "PathPrefix": 2}
_NOT_RE2 = re.compile(r"\(\?[=!<>(]|\\[1-9]|(?<!\\)[*+?}]\+")
"""Look-around, back references, possessive quantifiers: Python takes them, Envoy's RE2 does not."""


def matches_of(rule: Json) -> Sequence[Json]:
    """The alternatives of a rule; none given means every request."""
    return rule.get("matches") or [EVERY_REQUEST]


def path_of(match: Json) -> tuple[str, str]:
    """Type and value of the path to match, with the API's defaults."""
    path = match.get("path") or {}
    return path.get("type") or "PathPrefix", path.get("value") or "/"


def precedence(route: Json, rule_index: int, match: Json) -> tuple[Any, ...]:
    """Sorts first what goes first.

    Exact path, then regular expression, then the longest prefix; a method; most headers; most query parameters; the
    oldest route, the first by name; the first rule of a route.
    """
    kind, value = path_of(match)
    meta = route["metadata"]
    return (
        _PATH_RANK[kind],
        -len(value),
        "method" not in match,
        -len(match.get("headers") or []),
        -len(match.get("queryParams") or []),
        meta.get("creationTimestamp") or "",
        f"{meta['namespace']}/{meta['name']}",
        rule_index,
    )


def route_match(match: Json) -> Json:
    """Envoy's `RouteMatch`."""
    result = _path_match(*path_of(match))
    headers = [_named_match(header) for header in match.get("headers") or []]
    if method := match.get("method"):
        headers.append({"name": ":method", "string_match": {"exact": method}})
    if headers:
        result["headers"] = headers
    if queries := match.get("queryParams"):
        result["query_parameters"] = [_named_match(query) for query in queries]
    return result


def bad_expressions(match: Json) -> list[str]:
    """The regular expressions that Envoy would refuse, and with them every route of the gateway."""
    kind, value = path_of(match)
    expressions = [value] if kind == "RegularExpression" else []
    named = (*(match.get("headers") or []), *(match.get("queryParams") or []))
    expressions += [item["value"] for item in named if item.get("type") == "RegularExpression"]
    return [expression for expression in expressions if not _is_re2(expression)]


def _path_match(kind: str, value: str) -> Json:
    if kind == "Exact":
        return {"path": value}
    if kind == "RegularExpression":
        return {"safe_regex": {"regex": value}}
    prefix = value.rstrip("/")
    return {"path_separated_prefix": prefix} if prefix else {"prefix": "/"}


def _named_match(named: Json) -> Json:
    """A header or a query parameter: both have a name, a value and a type."""
    if named.get("type") == "RegularExpression":
        return {"name": named["name"], "string_match": {"safe_regex": {"regex": named["value"]}}}
    return {"name": named["name"], "string_match": {"exact": named["value"]}}


def _is_re2(expression: str) -> bool:
    try:
        re.compile(expression)
    except re.error:
        return False
    return _NOT_RE2.search(expression) is None
