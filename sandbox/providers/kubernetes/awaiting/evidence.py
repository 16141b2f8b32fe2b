"""Looks into a cluster for why a workload is not ready. Needs a client only: `slipway status` uses it too."""

from typing import Any
from urllib.parse import quote

from catalog.errors import SlipwayError
from sandbox.providers.kubernetes.awaiting import explain
from sandbox.providers.kubernetes.awaiting.explain import Reason
from sandbox.providers.kubernetes.awaiting.verdict import condition
from sandbox.providers.kubernetes.client import ApiError, Client

_MOST_PODS = 5
"""Pods that are looked into with events and logs; a workload's pods mostly fail alike."""


def collect(client: Client, workload: dict[str, Any]) -> list[Reason]:
    """What keeps a workload from being ready, the most telling first; empty for kinds that have no pods.

    Args:
        client: the cluster.
        workload: a Deployment, StatefulSet, DaemonSet, Job or Pod, as the API server gives it.

    Raises:
        ApiError: when the user may not look.
        SlipwayError: when the cluster does not answer.
    """
    match workload.get("kind"):
        case "Pod":
            return _pod(client, workload)
        case "Deployment":
            return _deployment(client, workload)
        case "StatefulSet" | "DaemonSet" | "Job":
            return _controller(client, workload, workload)
    return []


def _deployment(client: Client, workload: dict[str, Any]) -> list[Reason]:
    refused = explain.refused(workload)
    path = f"/apis/apps/v1/namespaces/{_namespace(workload)}/replicasets"
    sets = _owned(client.get(path, labelSelector=_selector(workload))["items"], workload)
    newest = max(sets, key=_revision, default=None)
    if newest is None:
        return refused
    return refused + [reason for reason in _controller(client, newest, workload) if reason not in refused]


def _controller(client: Client, owner: dict[str, Any], workload: dict[str, Any]) -> list[Reason]:
    path = f"/api/v1/namespaces/{_namespace(workload)}/pods"
    pods = _owned(client.get(path, labelSelector=_selector(workload))["items"], owner)
    if not pods:
        return explain.refused(owner) or explain.refused_by_events(_events(client, owner))
    failing = [pod for pod in pods if explain.pod(pod)]
    return explain.merged(reason for pod in failing[:_MOST_PODS] for reason in _pod(client, pod)) + [
        Reason("pod", f"{len(failing) - _MOST_PODS} more pods are not ready", 0) for _ in failing[_MOST_PODS:][:1]
    ]


def _pod(client: Client, pod: dict[str, Any]) -> list[Reason]:
    scheduled = condition(pod, "PodScheduled").get("status") != "False"
    events = _events(client, pod) if scheduled else []
    lines = {name: _last_line(client, pod, name) for name in explain.silent_containers(pod)}
    return explain.pod(pod, events, lines)


def _events(client: Client, about: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"/api/v1/namespaces/{_namespace(about)}/events"
    found = client.get(path, fieldSelector=f"involvedObject.uid={about['metadata']['uid']}")["items"]
    return sorted(found, key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))


def _last_line(client: Client, pod: dict[str, Any], container: str) -> str:
    path = f"/api/v1/namespaces/{_namespace(pod)}/pods/{quote(pod['metadata']['name'])}/log"
    for previous in ("false", "true"):
        try:
            text = client.text(path, container=container, tailLines="1", previous=previous).strip()
        except (ApiError, SlipwayError):  # its log is gone already, or its node does not answer
            continue
        if text:
            return text
    return ""


def _owned(items: list[dict[str, Any]], owner: dict[str, Any]) -> list[dict[str, Any]]:
    uid = owner["metadata"]["uid"]
    return [item for item in items if any(ref["uid"] == uid for ref in item["metadata"].get("ownerReferences") or [])]


def _revision(replica_set: dict[str, Any]) -> int:
    marks = replica_set["metadata"].get("annotations") or {}
    return int(marks.get("deployment.kubernetes.io/revision", 0))


def _selector(workload: dict[str, Any]) -> str:
    selector = (workload.get("spec") or {}).get("selector") or {}
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for rule in selector.get("matchExpressions") or []:
        match rule["operator"]:
            case "Exists":
                parts.append(rule["key"])
            case "DoesNotExist":
                parts.append(f"!{rule['key']}")
            case operator:
                parts.append(f"{rule['key']} {operator.lower()} ({','.join(rule.get('values') or [])})")
    return ",".join(parts)


def _namespace(live: dict[str, Any]) -> str:
    return quote(live["metadata"]["namespace"])
