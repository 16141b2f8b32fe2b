"""Small Kubernetes objects for the tests, as the API server would give them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.gateway.snapshot import Json, Key, Snapshot

TEAM = "risk"


def gateway(**listener: Any) -> Json:
    base = {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}
    return {
        "metadata": {"namespace": "slipway-system", "name": "gateway", "generation": 1},
        "spec": {"gatewayClassName": "slipway", "listeners": [{**base, **listener}]},
    }


def route(name: str, *rules: Json, namespace: str = TEAM, created: str = "2026-01-01T00:00:00Z", **spec: Any) -> Json:
    parent = {"namespace": "slipway-system", "name": "gateway"}
    return {
        "metadata": {"namespace": namespace, "name": name, "creationTimestamp": created, "generation": 1},
        "spec": {"parentRefs": [parent], "rules": list(rules), **spec},
    }


def rule(*backends: str | Json, path: str | None = None, **fields: Any) -> Json:
    refs = [ref(item) if isinstance(item, str) else item for item in backends]
    result: Json = {"backendRefs": refs, **fields}
    if path is not None:
        result["matches"] = [{"path": {"type": "PathPrefix", "value": path}}]
    return result


def ref(name: str, **fields: Any) -> Json:
    return {"name": name, "port": 80, **fields}


def service(name: str, /, *, namespace: str = TEAM, **port: Any) -> Json:
    ports = [{"name": "http", "port": 80, "protocol": "TCP", **port}]
    return {"metadata": {"namespace": namespace, "name": name}, "spec": {"ports": ports}}


def pods(name: str, *places: str, namespace: str = TEAM, suffix: str = "a", **conditions: Any) -> Json:
    """An EndpointSlice of places `IP:PORT`, all with the same port."""
    port = int(places[0].rpartition(":")[2]) if places else 8080
    endpoints = [{"addresses": [place.rpartition(":")[0]], "conditions": conditions} for place in places]
    return {
        "metadata": {
            "namespace": namespace,
            "name": f"{name}-{suffix}",
            "labels": {"kubernetes.io/service-name": name},
        },
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": port}],
        "endpoints": endpoints,
    }


def keyed(items: Sequence[Json]) -> dict[Key, Json]:
    return {(item["metadata"].get("namespace", ""), item["metadata"]["name"]): item for item in items}


def snapshot(
    routes: Sequence[Json] = (),
    services: Sequence[Json] = (),
    slices: Sequence[Json] = (),
    **others: Mapping[Key, Json],
) -> Snapshot:
    fields: dict[str, Any] = {"gateways": keyed([gateway()]), **others}
    return Snapshot(routes=keyed(routes), services=keyed(services), slices=keyed(slices), **fields)
