"""What the cluster says at one moment, and the questions the gateway asks about it."""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Key = tuple[str, str]
"""Namespace and name."""

SIMULATED_PODS = ipaddress.ip_network("10.123.0.0/24")
"""Addresses of pods on simulated nodes: they lead nowhere, so no request is ever sent there."""


@dataclass(frozen=True, order=True, slots=True)
class Address:
    """One place that takes requests."""

    ip: str
    port: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoints:
    """The pods behind one port of a Service, sorted.

    Args:
        ready: where requests may go now.
        simulated: how many ready pods only exist on simulated nodes.
    """

    ready: tuple[Address, ...] = ()
    simulated: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """The objects of the cluster that concern the gateway, as the API server gives them."""

    classes: Mapping[Key, Json] = field(default_factory=dict)
    gateways: Mapping[Key, Json] = field(default_factory=dict)
    routes: Mapping[Key, Json] = field(default_factory=dict)
    services: Mapping[Key, Json] = field(default_factory=dict)
    slices: Mapping[Key, Json] = field(default_factory=dict)
    grants: Mapping[Key, Json] = field(default_factory=dict)
    namespaces: Mapping[Key, Json] = field(default_factory=dict)

    def service_port(self, service: Key, port: int) -> Json | None:
        """That port of the Service, or None where the Service or the port does not exist."""
        found = self.services.get(service)
        if found is None:
            return None
        return next((entry for entry in found["spec"].get("ports", []) if entry["port"] == port), None)

    def slices_by_service(self) -> dict[Key, list[Json]]:
        """The EndpointSlices of every Service: looked up once for all routes."""
        result: dict[Key, list[Json]] = {}
        for (namespace, _), item in self.slices.items():
            service = (item["metadata"].get("labels") or {}).get("kubernetes.io/service-name")
            if service is not None and item.get("addressType") == "IPv4":
                result.setdefault((namespace, service), []).append(item)
        return result

    def namespace_labels(self, name: str) -> Mapping[str, str]:
        """The labels of a namespace; none while it is unknown."""
        found = self.namespaces.get(("", name))
        return (found["metadata"].get("labels") or {}) if found else {}

    def permits(self, from_namespace: str, service: Key) -> bool:
        """Whether a route of that namespace may name the Service: its own namespace, or a ReferenceGrant there."""
        namespace, name = service
        if namespace == from_namespace:
            return True
        return any(
            _grants(grant["spec"], from_namespace, name) for key, grant in self.grants.items() if key[0] == namespace
        )


def endpoints(slices: Iterable[Json], port_name: str) -> Endpoints:
    """Who takes requests behind the port of that name.

    A pod that terminates is left out at once, although it still serves: only so does a rolling update lose nothing.
    """
    ready: set[Address] = set()
    simulated: set[str] = set()
    for item in slices:
        port = next((p.get("port") for p in item.get("ports") or [] if (p.get("name") or "") == port_name), None)
        if port is None:
            continue
        for endpoint in item.get("endpoints") or []:
            if not _takes_requests(endpoint.get("conditions") or {}):
                continue
            ip = endpoint["addresses"][0]
            if ipaddress.ip_address(ip) in SIMULATED_PODS:
                simulated.add(ip)
            else:
                ready.add(Address(ip, port))
    return Endpoints(ready=tuple(sorted(ready)), simulated=len(simulated))


def _takes_requests(conditions: Mapping[str, bool | None]) -> bool:
    """An absent `ready` or `serving` counts as true, an absent `terminating` as false: so the API defines them."""
    absent_is_true = all(conditions.get(name) is not False for name in ("ready", "serving"))
    return absent_is_true and conditions.get("terminating") is not True


def _grants(spec: Json, namespace: str, service: str) -> bool:
    sources: Sequence[Json] = spec.get("from", [])
    targets: Sequence[Json] = spec.get("to", [])
    return any(
        source["group"] == "gateway.networking.k8s.io"
        and source["kind"] == "HTTPRoute"
        and source["namespace"] == namespace
        for source in sources
    ) and any(
        target["group"] == "" and target["kind"] == "Service" and target.get("name", service) == service
        for target in targets
    )
