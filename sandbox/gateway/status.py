"""What the gateway says about the objects it serves: pure functions from a snapshot to `status` documents."""

from collections import Counter
from typing import Any

from sandbox.gateway.attach import GATEWAY_CLASS, Attachment, Verdict, attachments, our_gateways
from sandbox.gateway.snapshot import Json, Key, Snapshot

CONTROLLER = "slipway.dev/gateway"
_GROUP = "/apis/gateway.networking.k8s.io/v1"


def statuses(snapshot: Snapshot, address: str, now: str) -> dict[str, Json]:
    """Every status document that differs from what the object has, by the path of the object.

    Args:
        snapshot: the cluster's objects.
        address: the IP address at which the gateway is reached.
        now: the time of a transition, RFC 3339.
    """
    result: dict[str, Json] = {}
    attached: Counter[tuple[Key, str]] = Counter()
    for (namespace, name), route in snapshot.routes.items():
        found = attachments(route, snapshot)
        attached.update((item.gateway, listener) for item in found if item.accepted.true for listener in item.listeners)
        _put(result, f"{_GROUP}/namespaces/{namespace}/httproutes/{name}", route, _route_status(route, found, now))
    for (namespace, name), gateway in our_gateways(snapshot).items():
        status = _gateway_status(gateway, attached, address, now)
        _put(result, f"{_GROUP}/namespaces/{namespace}/gateways/{name}", gateway, status)
    known = snapshot.classes.get(("", GATEWAY_CLASS))
    if known is not None and known["spec"]["controllerName"] == CONTROLLER:
        accepted = [_condition(known, _have(known), "Accepted", Verdict(true=True, reason="Accepted"), now)]
        _put(result, f"{_GROUP}/gatewayclasses/{GATEWAY_CLASS}", known, {"conditions": accepted})
    return result


def _put(result: dict[str, Json], path: str, item: Json, status: Json) -> None:
    has = item.get("status") or {}
    if any(has.get(key) != value for key, value in status.items()):
        result[path] = status


def _route_status(route: Json, found: list[Attachment], now: str) -> Json:
    """Our entries renewed, those of other controllers kept."""
    has = (route.get("status") or {}).get("parents") or []
    others = [entry for entry in has if entry["controllerName"] != CONTROLLER]
    ours = []
    for item in found:
        before: Json = next((e for e in has if e["controllerName"] == CONTROLLER and e["parentRef"] == item.parent), {})
        conditions = [
            _condition(route, before.get("conditions") or [], "Accepted", item.accepted, now),
            _condition(route, before.get("conditions") or [], "ResolvedRefs", item.resolved, now),
        ]
        ours.append({"parentRef": item.parent, "controllerName": CONTROLLER, "conditions": conditions})
    return {"parents": [*others, *ours]} if ours or len(others) != len(has) else {}


def _gateway_status(gateway: Json, attached: Counter[tuple[Key, str]], address: str, now: str) -> Json:
    meta = gateway["metadata"]
    before = {item["name"]: item for item in (gateway.get("status") or {}).get("listeners") or []}
    listeners = [
        {
            "name": item["name"],
            "supportedKinds": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute"}],
            "attachedRoutes": attached[(meta["namespace"], meta["name"]), item["name"]],
            "conditions": _listener_conditions(gateway, item, before.get(item["name"], {}), now),
        }
        for item in gateway["spec"]["listeners"]
    ]
    conditions = [
        _condition(gateway, _have(gateway), kind, Verdict(true=True, reason=kind), now)
        for kind in ("Accepted", "Programmed")
    ]
    return {
        "addresses": [{"type": "IPAddress", "value": address}],
        "conditions": conditions,
        "listeners": listeners,
    }


def _listener_conditions(gateway: Json, listener: Json, before: Json, now: str) -> list[Json]:
    has = before.get("conditions") or []
    if listener["protocol"] == "HTTP":
        verdicts = {kind: Verdict(true=True, reason=kind) for kind in ("Accepted", "Programmed", "ResolvedRefs")}
    else:
        message = f"the sandbox's gateway serves HTTP only, not {listener['protocol']}"
        verdicts = {
            "Accepted": Verdict(true=False, reason="UnsupportedProtocol", message=message),
            "Programmed": Verdict(true=False, reason="Invalid", message=message),
        }
    return [_condition(gateway, has, kind, verdict, now) for kind, verdict in verdicts.items()]


def _have(item: Json) -> list[Json]:
    return (item.get("status") or {}).get("conditions") or []


def _condition(item: Json, before: list[Json], kind: str, verdict: Verdict, now: str) -> Json:
    """The condition, with the time of its last change of status kept."""
    truth = "True" if verdict.true else "False"
    old: dict[str, Any] = next((entry for entry in before if entry["type"] == kind), {})
    return {
        "type": kind,
        "status": truth,
        "reason": verdict.reason,
        "message": verdict.message,
        "observedGeneration": item["metadata"].get("generation", 0),
        "lastTransitionTime": old["lastTransitionTime"] if old.get("status") == truth else now,
    }
