"""What a `backendRef` leads to: an Envoy cluster, or the reason why to none."""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.gateway.snapshot import Json, Key, Snapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class Backend:
    """A resolved reference.

    Args:
        cluster: the name of Envoy's cluster; where the reference does not resolve, a name that no cluster has, so that
            Envoy answers 500 for this share of the traffic, as the Gateway API asks.
        service: namespace and name of the Service.
        port: the Service's port.
        reason: why it does not resolve, as a condition's reason; empty where it does.
        message: the same for people.
    """

    cluster: str
    service: Key
    port: int
    reason: str = ""
    message: str = ""


def resolve(ref: Json, namespace: str, snapshot: Snapshot) -> Backend:
    """What the reference of a route in that namespace leads to."""
    service = (ref.get("namespace") or namespace, ref["name"])
    port = ref.get("port") or 0
    name = f"{service[0]}/{service[1]}"
    reason, message = "", ""
    if (ref.get("group") or "", ref.get("kind") or "Service") != ("", "Service"):
        kind = f"{ref.get('group') or 'core'}/{ref.get('kind')}"
        reason, message = "InvalidKind", f"backend {name} is a {kind}; the sandbox's gateway knows Services only"
    elif not snapshot.permits(namespace, service):
        reason = "RefNotPermitted"
        message = f"no ReferenceGrant in {service[0]} lets HTTPRoutes of {namespace} name Service {name}"
    elif service not in snapshot.services:
        reason, message = "BackendNotFound", f"Service {name} does not exist"
    elif (found := snapshot.service_port(service, port)) is None:
        reason, message = "BackendNotFound", f"Service {name} has no port {port}"
    elif (found.get("protocol") or "TCP") != "TCP":
        reason, message = "UnsupportedProtocol", f"port {port} of Service {name} is {found['protocol']}, not TCP"
    prefix = "unresolved:" if reason else ""
    return Backend(cluster=f"{prefix}{name}:{port}", service=service, port=port, reason=reason, message=message)


def references(route: Json) -> Iterator[Json]:
    """Every backend that a route names, those of its mirrors included."""
    for rule in route["spec"].get("rules") or []:
        yield from mirrors(rule.get("filters") or [])
        for backend in rule.get("backendRefs") or []:
            yield backend
            yield from mirrors(backend.get("filters") or [])


def mirrors(filters: list[Json]) -> Iterator[Json]:
    """The backends that get a copy."""
    for item in filters:
        if item["type"] == "RequestMirror":
            yield item["requestMirror"]["backendRef"]
