"""From the cluster's objects to Envoy's resources: one pure function."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.gateway.actions import action
from sandbox.gateway.attach import attachments, covers
from sandbox.gateway.backends import Backend, references, resolve
from sandbox.gateway.matches import matches_of, precedence, route_match
from sandbox.gateway.snapshot import Endpoints, Json, Key, Snapshot, endpoints

TYPES = "type.googleapis.com/envoy.config"
UNAVAILABLE = "slipway"
"""Namespace of the cluster metadata whose key `unavailable` is the body of a 503."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """What Envoy reads.

    Args:
        routes: one `RouteConfiguration`.
        clusters: the `Cluster`s, sorted by name.
        assignments: a `ClusterLoadAssignment` for each cluster, by the cluster's name.
    """

    routes: Json
    clusters: list[Json] = field(default_factory=list)
    assignments: dict[str, Json] = field(default_factory=dict)


def translate(snapshot: Snapshot, xds_dir: Path) -> Resources:
    """What Envoy has to do so that the gateways of our class do what their routes say.

    Args:
        snapshot: the cluster's objects.
        xds_dir: the directory in which Envoy finds the assignments.
    """
    hosts: dict[str, list[Json]] = {}
    backends: dict[str, Backend] = {}
    for route in snapshot.routes.values():
        served = sorted({h for item in attachments(route, snapshot) if item.accepted.true for h in item.hostnames})
        for hostname in served:
            hosts.setdefault(hostname, []).append(route)
        if served:
            found = (resolve(ref, route["metadata"]["namespace"], snapshot) for ref in references(route))
            backends |= {backend.cluster: backend for backend in found if not backend.reason}
    slices = snapshot.slices_by_service()
    clusters, assignments = [], {}
    for name, backend in sorted(backends.items()):
        port = snapshot.service_port(backend.service, backend.port) or {}
        behind = endpoints(slices.get(backend.service, ()), port.get("name") or "")
        clusters.append(_cluster(name, port, _why_unavailable(backend.service, behind), xds_dir))
        assignments[name] = _assignment(name, behind)
    return Resources(routes=_route_configuration(hosts, snapshot), clusters=clusters, assignments=assignments)


def assignment_file(cluster: str) -> str:
    """The file name of a cluster's assignment; names of objects have no underscore, so no two are the same."""
    return f"eds_{cluster.replace('/', '_').replace(':', '_')}.json"


def _route_configuration(hosts: dict[str, list[Json]], snapshot: Snapshot) -> Json:
    return {
        "@type": f"{TYPES}.route.v3.RouteConfiguration",
        "name": "models",
        "virtual_hosts": [
            {"name": hostname, "domains": [hostname], "routes": list(_routes(hostname, hosts, snapshot))}
            for hostname in sorted(hosts)
        ],
    }


def _routes(hostname: str, hosts: dict[str, list[Json]], snapshot: Snapshot) -> Iterator[Json]:
    """The routes of this host, then those of every wider one, which take what the narrower leave."""
    wider = sorted((other for other in hosts if covers(other, hostname)), key=lambda name: (-len(name), name))
    for name in wider:
        yield from _ordered(hosts[name], snapshot)


def _ordered(routes: Iterable[Json], snapshot: Snapshot) -> Iterator[Json]:
    found: list[tuple[tuple[Any, ...], Json, Json, Json]] = [
        (precedence(route, index, match), route, rule, match)
        for route in routes
        for index, rule in enumerate(route["spec"].get("rules") or [])
        for match in matches_of(rule)
    ]
    for _, route, rule, match in sorted(found, key=lambda item: item[0]):
        meta = route["metadata"]
        yield {
            "name": f"{meta['namespace']}/{meta['name']}",
            "match": route_match(match),
            **action(rule, match, meta["namespace"], snapshot),
        }


def _why_unavailable(service: Key, behind: Endpoints) -> str:
    namespace, name = service
    if behind.simulated:
        return f"simulated: {namespace}/{name} is placed on a simulated node, not served"
    return f"no ready endpoint behind Service {namespace}/{name}"


def _cluster(name: str, port: Json, unavailable: str, xds_dir: Path) -> Json:
    return {
        "@type": f"{TYPES}.cluster.v3.Cluster",
        "name": name,
        "type": "EDS",
        "eds_cluster_config": {
            "eds_config": {
                "path_config_source": {"path": f"{xds_dir}/{assignment_file(name)}"},
                "resource_api_version": "V3",
            }
        },
        "connect_timeout": "1s",
        "lb_policy": "LEAST_REQUEST",
        # Envoy forgets a removed host at once only if it does not wait for health checks, of which there are none.
        "ignore_health_on_host_removal": True,
        "circuit_breakers": {"thresholds": [_LIMITS]},
        "typed_extension_protocol_options": {_HTTP: _protocol(port)},
        "metadata": {"filter_metadata": {UNAVAILABLE: {"unavailable": f"{unavailable}\n"}}},
    }


# Envoy's own limits (three retries at a time) would turn a busy rolling update into errors.
_LIMITS = {"max_connections": 4096, "max_pending_requests": 4096, "max_requests": 16384, "max_retries": 4096}
_HTTP = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def _protocol(port: Json) -> Json:
    explicit: Json = {"http_protocol_options": {}}
    if port.get("appProtocol") == "kubernetes.io/h2c":
        explicit = {"http2_protocol_options": {}}
    return {
        "@type": f"type.googleapis.com/{_HTTP}",
        # Python's servers close an idle connection after 5 s; the gateway must be first, or a request meets the close.
        "common_http_protocol_options": {"idle_timeout": "3s"},
        "explicit_http_config": explicit,
    }


def _assignment(name: str, behind: Endpoints) -> Json:
    hosts = [
        {"endpoint": {"address": {"socket_address": {"address": place.ip, "port_value": place.port}}}}
        for place in behind.ready
    ]
    return {
        "@type": f"{TYPES}.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": name,
        "endpoints": [{"lb_endpoints": hosts}] if hosts else [],
    }
