"""What happens to a request that a rule has matched: Envoy's route actions, from the rule's filters and backends."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.gateway.backends import Backend, resolve
from sandbox.gateway.matches import path_of
from sandbox.gateway.snapshot import Json, Snapshot

RULE_FILTERS = frozenset(
    {"RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "RequestRedirect", "URLRewrite"}
)
BACKEND_FILTERS = frozenset({"RequestHeaderModifier", "ResponseHeaderModifier"})

RETRY: Json = {
    # Only what has certainly not reached a backend: a prediction may not be made twice behind the caller's back.
    "retry_on": "connect-failure,refused-stream,reset-before-request",
    "num_retries": 2,
    "retry_host_predicate": [
        {
            "name": "envoy.retry_host_predicates.previous_hosts",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
            },
        }
    ],
    "host_selection_retry_max_attempts": 32,  # picks are random: so many find the one host that is left
    "retry_back_off": {"base_interval": "0.005s", "max_interval": "0.05s"},
}
_REDIRECT_CODES = {
    301: "MOVED_PERMANENTLY",
    302: "FOUND",
    303: "SEE_OTHER",
    307: "TEMPORARY_REDIRECT",
    308: "PERMANENT_REDIRECT",
}
_UNIT_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def action(rule: Json, match: Json, namespace: str, snapshot: Snapshot) -> Json:
    """The part of an Envoy route that says what to do: redirect, forward, or answer that nothing is there."""
    filters = rule.get("filters") or []
    result = _headers(filters)
    redirect = next((item["requestRedirect"] for item in filters if item["type"] == "RequestRedirect"), None)
    if redirect is not None:
        return {**result, "redirect": _redirect(redirect, match)}
    weighted = [
        (ref, resolve(ref, namespace, snapshot)) for ref in rule.get("backendRefs") or [] if ref.get("weight", 1) > 0
    ]
    if not weighted:
        return {**result, "direct_response": {"status": 500, "body": {"inline_string": "no backend in this rule\n"}}}
    return {**result, "route": _forward(rule, match, weighted, _mirrors(filters, namespace, snapshot))}


def seconds(duration: str) -> float:
    """A Gateway API duration (`1h30m`, `500ms`) in seconds."""
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in re.findall(r"(\d+)(ms|h|m|s)", duration))


def _forward(rule: Json, match: Json, weighted: Sequence[tuple[Json, Backend]], mirrors: list[Json]) -> Json:
    timeouts = rule.get("timeouts") or {}
    result: Json = {
        "weighted_clusters": {
            "clusters": [
                {"name": backend.cluster, "weight": ref.get("weight", 1), **_headers(ref.get("filters") or [])}
                for ref, backend in weighted
            ]
        },
        "cluster_not_found_response_code": "INTERNAL_SERVER_ERROR",
        # Without a limit of the route's own a prediction may take as long as it takes.
        "timeout": f"{seconds(timeouts.get('request') or '0s'):g}s",
        "retry_policy": {**RETRY, **_per_try(timeouts.get("backendRequest"))},
    }
    if mirrors:
        result["request_mirror_policies"] = mirrors
    for item in rule.get("filters") or []:
        if item["type"] == "URLRewrite":
            result |= _rewrite(item["urlRewrite"], match)
    return result


def _per_try(duration: str | None) -> Json:
    return {"per_try_timeout": f"{seconds(duration):g}s"} if duration and seconds(duration) else {}


def _mirrors(filters: Iterable[Json], namespace: str, snapshot: Snapshot) -> list[Json]:
    result = []
    for item in filters:
        if item["type"] != "RequestMirror":
            continue
        mirror = item["requestMirror"]
        backend = resolve(mirror["backendRef"], namespace, snapshot)
        if not backend.reason:
            policy: Json = {"cluster": backend.cluster, "disable_shadow_host_suffix_append": True}
            if (share := _share(mirror)) is not None:
                policy["runtime_fraction"] = {"default_value": {"numerator": share, "denominator": "MILLION"}}
            result.append(policy)
    return result


def _share(mirror: Json) -> int | None:
    """How many requests in a million get a copy; None for all."""
    if (percent := mirror.get("percent")) is not None:
        return int(percent * 10_000)
    if fraction := mirror.get("fraction"):
        return int(fraction["numerator"] * 1_000_000 / fraction.get("denominator", 100))
    return None


def _headers(filters: Iterable[Json]) -> Json:
    """`set`, `add` and `remove` of request and response headers."""
    result: dict[str, Any] = {}
    for item in filters:
        for kind, where in (("requestHeaderModifier", "request"), ("responseHeaderModifier", "response")):
            modifier = item.get(kind) or {}
            changes = [_header(header, "OVERWRITE_IF_EXISTS_OR_ADD") for header in modifier.get("set") or []]
            changes += [_header(header, "APPEND_IF_EXISTS_OR_ADD") for header in modifier.get("add") or []]
            if changes:
                result.setdefault(f"{where}_headers_to_add", []).extend(changes)
            if modifier.get("remove"):
                result.setdefault(f"{where}_headers_to_remove", []).extend(modifier["remove"])
    return result


def _header(header: Json, append: str) -> Json:
    # A percent sign starts a command of Envoy's formatter; doubled it is itself.
    return {"header": {"key": header["name"], "value": header["value"].replace("%", "%%")}, "append_action": append}


def _rewrite(rewrite: Json, match: Json) -> Json:
    result: Json = {}
    if hostname := rewrite.get("hostname"):
        result["host_rewrite_literal"] = hostname
    if path := rewrite.get("path"):
        if path["type"] == "ReplaceFullPath":
            result["regex_rewrite"] = _substitute("^/.*$", path["replaceFullPath"])
        else:
            result |= _prefix_rewrite(path.get("replacePrefixMatch") or "", match)
    return result


def _redirect(redirect: Json, match: Json) -> Json:
    result: Json = {"response_code": _REDIRECT_CODES[redirect.get("statusCode") or 302]}
    if scheme := redirect.get("scheme"):
        result["scheme_redirect"] = scheme
    if hostname := redirect.get("hostname"):
        result["host_redirect"] = hostname
    if port := redirect.get("port"):
        result["port_redirect"] = port
    if path := redirect.get("path"):
        if path["type"] == "ReplaceFullPath":
            result["path_redirect"] = path["replaceFullPath"]
        else:
            result |= _prefix_rewrite(path.get("replacePrefixMatch") or "", match)
    return result


def _prefix_rewrite(replacement: str, match: Json) -> Json:
    """Replaces whole path elements: `/foo/bar` with `/foo` -> `/` is `/bar`, never `//bar`."""
    prefix, target = path_of(match)[1].rstrip("/"), replacement.rstrip("/")
    if prefix and target:
        return {"prefix_rewrite": target}
    if prefix:
        return {"regex_rewrite": _substitute(f"^{re.escape(prefix)}/*", "/")}
    return {"regex_rewrite": _substitute("^/", f"{target}/")}


def _substitute(pattern: str, substitution: str) -> Json:
    return {"pattern": {"regex": pattern}, "substitution": substitution.replace("\\", "\\\\")}
