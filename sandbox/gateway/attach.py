"""Which routes belong to the sandbox's gateway, and what is wrong with the others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.gateway.actions import BACKEND_FILTERS, RULE_FILTERS
from sandbox.gateway.backends import references, resolve
from sandbox.gateway.matches import bad_expressions, matches_of, path_of
from sandbox.gateway.snapshot import Json, Key, Snapshot

GATEWAY_CLASS = "slipway"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One condition: true with the reason that says so, or false with the reason and the words why."""

    true: bool
    reason: str
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """One `parentRef` of a route that names one of our gateways.

    Args:
        parent: the reference, as the route gives it.
        gateway: namespace and name of the gateway.
        listeners: the names of the listeners that take the route.
        hostnames: what it is served under; `*` is every host.
        accepted: whether the gateway serves the route.
        resolved: whether all its backends exist and may be named.
    """

    parent: Json
    gateway: Key
    listeners: tuple[str, ...]
    hostnames: tuple[str, ...]
    accepted: Verdict
    resolved: Verdict


def our_gateways(snapshot: Snapshot) -> dict[Key, Json]:
    """The gateways of the class `slipway`."""
    return {key: item for key, item in snapshot.gateways.items() if item["spec"]["gatewayClassName"] == GATEWAY_CLASS}


def attachments(route: Json, snapshot: Snapshot) -> list[Attachment]:
    """What the route asks of our gateways, with the answers."""
    namespace = route["metadata"]["namespace"]
    gateways = our_gateways(snapshot)
    result = []
    for parent in route["spec"].get("parentRefs") or []:
        gateway = (parent.get("namespace") or namespace, parent["name"])
        if (parent.get("kind") or "Gateway") == "Gateway" and gateway in gateways:
            result.append(_attachment(route, parent, gateway, snapshot))
    return result


def _attachment(route: Json, parent: Json, gateway: Key, snapshot: Snapshot) -> Attachment:
    listeners = [item for item in snapshot.gateways[gateway]["spec"]["listeners"] if _names(parent, item)]
    allowed = [item for item in listeners if _allows(item, gateway[0], route, snapshot)]
    wanted = route["spec"].get("hostnames") or ["*"]
    hostnames: dict[str, None] = {}
    taking = []
    for item in allowed:
        common = list(_intersect(item.get("hostname") or "*", wanted))
        hostnames |= dict.fromkeys(common)
        if common:
            taking.append(item["name"])
    if not listeners:
        where = f"{gateway[0]}/{gateway[1]}"
        accepted = Verdict(true=False, reason="NoMatchingParent", message=f"{where} has no such HTTP listener")
    elif not allowed:
        message = f"no listener admits HTTPRoutes of namespace {route['metadata']['namespace']}"
        accepted = Verdict(true=False, reason="NotAllowedByListeners", message=message)
    elif not hostnames:
        message = f"no listener serves any of {', '.join(wanted)}"
        accepted = Verdict(true=False, reason="NoMatchingListenerHostname", message=message)
    else:
        accepted = _supported(route)
    return Attachment(
        parent=parent,
        gateway=gateway,
        listeners=tuple(taking),
        hostnames=tuple(sorted(hostnames)),
        accepted=accepted,
        resolved=_resolved(route, snapshot),
    )


def _names(parent: Json, listener: Json) -> bool:
    return (
        listener["protocol"] == "HTTP"
        and parent.get("sectionName") in (None, listener["name"])
        and parent.get("port") in (None, listener["port"])
    )


def _allows(listener: Json, gateway_namespace: str, route: Json, snapshot: Snapshot) -> bool:
    allowed = listener.get("allowedRoutes") or {}
    kinds = allowed.get("kinds") or [{"kind": "HTTPRoute"}]
    if not any(kind["kind"] == "HTTPRoute" for kind in kinds):
        return False
    namespace = route["metadata"]["namespace"]
    namespaces = allowed.get("namespaces") or {}
    match namespaces.get("from") or "Same":
        case "All":
            return True
        case "Selector":
            return selects(namespaces.get("selector") or {}, snapshot.namespace_labels(namespace))
        case "Same":
            return bool(namespace == gateway_namespace)
        case _:
            return False


def selects(selector: Json, labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes those labels."""
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items()) and all(
        _holds(item["operator"], item["key"], item.get("values") or [], labels)
        for item in selector.get("matchExpressions") or []
    )


def _holds(operator: str, key: str, values: Sequence[str], labels: Mapping[str, str]) -> bool:
    match operator:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case _:  # DoesNotExist: the API server admits no fifth
            return key not in labels


def covers(pattern: str, hostname: str) -> bool:
    """Whether a host name, or `*.suffix`, or `*`, takes all that the other one takes."""
    if pattern in ("*", hostname):
        return True
    return pattern.startswith("*.") and hostname.removeprefix("*").endswith(pattern[1:])


def _intersect(listener: str, wanted: Sequence[str]) -> Iterator[str]:
    for hostname in wanted:
        if covers(listener, hostname):
            yield hostname
        elif covers(hostname, listener):
            yield listener


def _supported(route: Json) -> Verdict:
    """Only what is served exactly as written is accepted; nothing is skipped in silence."""
    for index, rule in enumerate(route["spec"].get("rules") or []):
        if why := _unsupported(rule):
            return Verdict(true=False, reason="UnsupportedValue", message=f"rules[{index}]: {why}")
    return Verdict(true=True, reason="Accepted")


def _unsupported(rule: Json) -> str:
    filters = rule.get("filters") or []
    single = [item for backend in rule.get("backendRefs") or [] for item in backend.get("filters") or []]
    reasons = [
        f"{key} is not served by the sandbox's gateway" for key in ("retry", "sessionPersistence") if rule.get(key)
    ]
    reasons += [_unserved(item["type"]) for item in filters if item["type"] not in RULE_FILTERS]
    reasons += [_unserved(item["type"], " of one backend") for item in single if item["type"] not in BACKEND_FILTERS]
    for match in matches_of(rule):
        reasons += [f"regular expression {expression!r} is not RE2" for expression in bad_expressions(match)]
        if _replaces_prefix(filters) and path_of(match)[0] != "PathPrefix":
            reasons.append("ReplacePrefixMatch needs a PathPrefix match")
    return "; ".join(reasons)


def _unserved(kind: str, where: str = "") -> str:
    return f"filter {kind}{where} is not served by the sandbox's gateway"


def _replaces_prefix(filters: Sequence[Json]) -> bool:
    paths = [(item.get("urlRewrite") or item.get("requestRedirect") or {}).get("path") or {} for item in filters]
    return any(path.get("type") == "ReplacePrefixMatch" for path in paths)


def _resolved(route: Json, snapshot: Snapshot) -> Verdict:
    namespace = route["metadata"]["namespace"]
    broken = [item for item in (resolve(ref, namespace, snapshot) for ref in references(route)) if item.reason]
    if not broken:
        return Verdict(true=True, reason="ResolvedRefs")
    return Verdict(
        true=False, reason=broken[0].reason, message="; ".join(dict.fromkeys(item.message for item in broken))
    )
