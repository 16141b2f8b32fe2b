"""What `up` does once the API server answers: objects applied, stale readiness taken back, the node waited for."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime

import yaml

from catalog.errors import SlipwayError
from catalog.safe_yaml import LOADER
from sandbox.node import manifests, network
from sandbox.node.api import Api, Json, path_of
from sandbox.node.parts import Waiting
from sandbox.toolchain import locate

NODES = "/api/v1/nodes"
DEFINITION_SECONDS = 20.0
DNS_PODS = "/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns"


def forget_readiness(api: Api) -> None:
    """Say of every pod of the real node that it is not ready.

    The node has just been started, so none of its pods runs yet; but until kubelet has looked at each, the API server
    still has what was true before. Waiting for a rollout, or a route, would trust it.
    """
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for pod in _items(api, f"/api/v1/pods?fieldSelector=spec.nodeName%3D{network.NODE_NAME}"):
        if _is_ready(pod):
            path = path_of({"apiVersion": "v1", "kind": "Pod", **pod})
            kinds = ("Ready", "ContainersReady")
            conditions = [
                {"type": kind, "status": "False", "reason": "NodeStarted", "lastTransitionTime": now} for kind in kinds
            ]
            api.patch_status(path, {"conditions": conditions})


def apply_objects(api: Api, images: Mapping[str, str], *, real_pods: bool) -> None:
    """Apply everything the cluster starts with, and remove the node of the other mode.

    Raises:
        SlipwayError: the API server refuses an object.
    """
    for thing in (*manifests.access(), *manifests.system()):
        api.apply(thing)
    if real_pods:
        for thing in manifests.dns(images["coredns"]):
            api.apply(thing)
        api.delete(f"{NODES}/{network.SIMULATED_NODE}")
    else:
        api.delete(f"{NODES}/{network.NODE_NAME}")
        if api.get(f"{NODES}/{network.SIMULATED_NODE}") is None:
            api.apply(manifests.simulated_node())
    _apply_definitions(api)
    for thing in manifests.gateway():
        api.apply(thing)


def _apply_definitions(api: Api) -> None:
    """The Gateway API's definitions: equal ones are skipped, new ones waited for until they are served."""
    files = sorted(locate.data("gateway-crds").glob("*.yaml"))
    found = [each for file in files for each in yaml.load_all(file.read_text(), Loader=LOADER) if each]
    applied = [path for each in found if (path := _apply_definition(api, manifests.marked(each)))]
    deadline = time.monotonic() + DEFINITION_SECONDS
    while lacking := [path for path in applied if not _condition(api.get(path), "Established")]:
        if time.monotonic() > deadline:
            raise SlipwayError(
                lacking[0], "", "the API server does not serve it", "see `slipway sandbox logs apiserver`"
            )
        time.sleep(0.02)


def _apply_definition(api: Api, definition: Json) -> str:
    """The path of a definition that was applied and will be served; nothing if there is nothing to wait for."""
    path = path_of(definition)
    content = definition["metadata"]["annotations"][manifests.CONTENT_KEY]
    present = api.get(path) or {"metadata": {}}
    if (present["metadata"].get("annotations") or {}).get(manifests.CONTENT_KEY) == content:
        return ""
    api.apply(definition)
    return path if definition["kind"] == "CustomResourceDefinition" else ""


def wait_for_node(api: Api, waiting: Waiting, started: float, *, real_pods: bool) -> None:
    """Wait until the system pool's node is ready and, with real pods, names are resolved.

    Args:
        api: the API server.
        waiting: gives up in time.
        started: when the node was started, seconds since the epoch: an older report of the kubelet does not count.
        real_pods: whether it is the real node.

    Raises:
        SlipwayError: it does not get ready in time.
    """
    name = network.NODE_NAME if real_pods else network.SIMULATED_NODE
    since = datetime.fromtimestamp(int(started) if real_pods else 0, UTC)
    while not _reported(api.get(f"{NODES}/{name}"), since):
        waiting.check("kubelet" if real_pods else "kwok", f"node {name} was not ready in time")
        time.sleep(0.05)
    while real_pods and not any(map(_is_ready, pods := _items(api, DNS_PODS))):
        why = f"the cluster's name server (pod coredns in kube-system) was not ready in time{_waits_for(pods)}"
        waiting.check("kubelet", why)
        time.sleep(0.05)


def _items(api: Api, path: str) -> list[Json]:
    return (api.get(path) or {}).get("items") or []


def _waits_for(pods: list[Json]) -> str:
    """What kubelet says of the containers that do not run."""
    states = [status["state"] for pod in pods for status in pod["status"].get("containerStatuses") or []]
    reasons = [
        f": {state['waiting']['reason']} {state['waiting'].get('message', '')}"
        for state in states
        if "waiting" in state
    ]
    return "".join(reasons).rstrip()


def _reported(node: Json | None, since: datetime) -> bool:
    condition = _condition(node, "Ready")
    return bool(condition) and datetime.fromisoformat(condition["lastHeartbeatTime"]) >= since


def _is_ready(pod: Json) -> bool:
    return bool(_condition(pod, "Ready"))


def _condition(thing: Json | None, kind: str) -> Json:
    """The condition if it is true, else nothing."""
    conditions: list[Json] = ((thing or {}).get("status") or {}).get("conditions") or []
    return next((item for item in conditions if item["type"] == kind and item["status"] == "True"), {})
