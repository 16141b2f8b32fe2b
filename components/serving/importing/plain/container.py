"""The container of a model: what a declaration says in its own words, and the rest by Kubernetes' names."""

import re
from typing import Any

from components.serving.engines.plain.pods import amounts
from components.serving.importing.reading import Reading, present
from components.serving.spec import Container, Image, Resources
from components.serving.spec.plain import PlainNode

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def read_container(given: Reading, pod: dict[str, Any], slot: dict[str, Any]) -> Container | None:
    """A node; None, and noted, where it can be none.

    Args:
        given: the container.
        pod: the rest of its pod's spec.
        slot: what its Deployment, Service and autoscaler say beyond a declaration's own words.
    """
    image = given.take("image")
    if not image:
        given.refuse("image", "a container has an image")
        return None
    fields = present(
        args=_args(given),
        env=_env(given),
        resources=_resources(given),
        port=_port(given),
    )
    left = given.rest()
    if left.get("name") == "model":
        del left["name"]
    nothing: dict[str, Any] = {"port": None, "ready_path": None, "live_path": None}
    engine = given.make(PlainNode, **{key: value for key, value in slot.items() if value})
    if engine is None:
        return None
    fields = nothing | fields | ({"plain": engine} if engine != PlainNode() else {})
    return given.make(Container, image=Image(reference=image), container=left, pod=pod, **fields)


def _args(given: Reading) -> tuple[str, ...] | None:
    return tuple(given.take("args")) if given.has("args") and given.peek("args") else None


def _env(given: Reading) -> dict[str, Any] | None:
    """Variables by name, in their order; None where the list says more than that."""
    entries = given.peek("env") or []
    named = {entry["name"]: entry.get("valueFrom", entry.get("value")) for entry in entries}
    plain = all(_VARIABLE.fullmatch(name) for name in named) and len(named) == len(entries)
    if not entries or not plain or any(len(entry) > 2 or entry.get("valueFrom", "") is None for entry in entries):
        return None
    if any(entry.get("value", "") is None for entry in entries):
        return None
    given.take("env")
    return named


def _resources(given: Reading) -> Resources | None:
    """Requests and limits in our words where these give them back, else by Kubernetes'; None: left as they are."""
    said = given.peek("resources")
    if not said or said.keys() - {"requests", "limits"} or not all(said.values()):
        return None
    requests, limits = dict(said.get("requests", {})), dict(said.get("limits", {}))
    if not all(isinstance(value, str) for value in (*requests.values(), *limits.values())):
        return None
    given.take("resources")
    fields: dict[str, Any] = {"requests": dict(requests), "limits": dict(limits)}
    if requests.get("memory") and requests["memory"] == limits.get("memory"):
        fields["memory"] = fields["requests"].pop("memory")
        del fields["limits"]["memory"]
    if requests.get("cpu"):
        fields["cpu"] = fields["requests"].pop("cpu")
    try:
        found = Resources(**fields)
    except ValueError:  # a quantity of nothing: our own words have none
        return Resources(requests=requests, limits=limits)
    return found if amounts(found) == said else Resources(requests=requests, limits=limits)


def _port(given: Reading) -> int | None:
    """The one port, where it is named and numbered as ours would be."""
    ports = given.peek("ports") or []
    number = ports[0].get("containerPort") if len(ports) == 1 else None
    if not isinstance(number, int) or not 1024 <= number <= 65535:
        return None
    if ports != [{"name": "http", "containerPort": number}]:
        return None
    given.take("ports")
    return number
