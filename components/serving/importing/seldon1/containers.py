"""One container: what a declaration says in its own words, and the rest by Kubernetes' names."""

import re
from typing import Any

from components.serving.engines.seldon1.pods import environment, requirements
from components.serving.spec import Image, Resources

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def of_container(given: dict[str, Any], *, own: bool) -> dict[str, Any]:
    """The fields of a node that its container gives; what does not come back the same from our words stays as it is.

    Args:
        given: the container, as in the manifest.
        own: the user's own container, which has ports and probes in our words.
    """
    left = {key: value for key, value in given.items() if value is not None and key != "name"}
    fields: dict[str, Any] = words_of(left)
    if left.get("args"):
        fields["args"] = tuple(left.pop("args"))
    if own:
        fields |= _listening(left)
    return fields | ({"container": left} if left else {})


def words_of(left: dict[str, Any]) -> dict[str, Any]:
    """Image, variables and resources, taken out of a container."""
    fields: dict[str, Any] = {}
    if left.get("image"):
        fields["image"] = Image(reference=left.pop("image"))
    if left.get("env") and (env := variables(left["env"])) is not None:
        fields["env"] = env
        del left["env"]
    if (resources := _resources(left.get("resources"))) is not None:
        fields["resources"] = resources
        del left["resources"]
    return fields


def variables(given: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Variables by name; None where the list says more than that."""
    env = {entry["name"]: entry.get("valueFrom", entry.get("value")) for entry in given}
    named = all(_VARIABLE.fullmatch(name) for name in env)
    return env if named and environment(env) == given else None


def _resources(given: dict[str, Any] | None) -> Resources | None:
    if not given:
        return None
    requests, limits = dict(given.get("requests") or {}), dict(given.get("limits") or {})
    if not all(isinstance(value, str) for value in (*requests.values(), *limits.values())):
        return None
    fields: dict[str, Any] = {}
    if requests.get("memory") and requests.get("memory") == limits.get("memory"):
        fields["memory"] = requests.pop("memory")
        del limits["memory"]
    if requests.get("cpu"):
        fields["cpu"] = requests.pop("cpu")
    try:
        found = Resources(**fields, requests=requests, limits=limits)
    except ValueError:  # a quantity of nothing: our words have none
        return None
    return found if requirements(found, safe=False) == given else None


def _listening(left: dict[str, Any]) -> dict[str, Any]:
    """Ports with the names that the executor looks for, and probes on them."""
    fields: dict[str, Any] = {"port": None, "ready_path": None, "live_path": None}
    ports = {port.get("name"): port.get("containerPort") for port in left.get("ports") or []}
    http, grpc = ports.get("http"), ports.get("grpc")
    expected = [{"name": name, "containerPort": port} for name, port in (("http", http), ("grpc", grpc)) if port]
    if not expected or expected != left["ports"] or any(not 1024 <= p["containerPort"] <= 65535 for p in expected):
        return fields
    del left["ports"]
    fields |= {"port": http} | ({"grpc_port": grpc} if grpc else {})
    for field, probe in (("ready_path", "readinessProbe"), ("live_path", "livenessProbe")):
        path = ((left.get(probe) or {}).get("httpGet") or {}).get("path")
        if http and path and left[probe] == {"httpGet": {"path": path, "port": "http"}}:
            fields[field] = path
            del left[probe]
    return fields
