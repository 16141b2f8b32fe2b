"""A rollout that failed before this update and is waited for again.

A Deployment says "progress deadline exceeded" until its rollout has moved on, so right after an update it still says so
of the one before. And a pod that crashed waits up to five minutes before it is started again, though what it missed may
be there by now.
"""

import contextlib
from typing import Any

from catalog.errors import SlipwayError
from sandbox.providers.kubernetes import objects
from sandbox.providers.kubernetes.awaiting.verdict import Object, Verdict, condition
from sandbox.providers.kubernetes.awaiting.wait_for import Judge
from sandbox.providers.kubernetes.client import ApiError
from sandbox.providers.kubernetes.cluster import Cluster

_BACK_OFF = frozenset({"CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull"})
_DEADLINE_S = 600.0


def failed_before(live: Object) -> str:
    """When a Deployment's rollout failed, as it says itself; empty where it did not."""
    progress = condition(live, "Progressing")
    failed = progress.get("status") == "False" and progress.get("reason") == "ProgressDeadlineExceeded"
    return str(progress.get("lastUpdateTime", "")) if failed and live.get("kind") == "Deployment" else ""


def after(failure: str, judge: Judge) -> Judge:
    """The same judge, to whom a failure of this time is yesterday's news."""

    def anew(live: Object) -> Verdict:
        found = judge(live)
        if found.state == "failed" and failed_before(live) == failure:
            return Verdict("waiting", found.message)
        return found

    return anew


def deadline_s(live: dict[str, Any]) -> float:
    """How long a second try may take: as long as the first."""
    return float((live.get("spec") or {}).get("progressDeadlineSeconds") or _DEADLINE_S)


def wake(cluster: Cluster, live: dict[str, Any]) -> None:
    """Deletes the workload's pods that wait out a back-off; new ones are started at once."""
    selector = ",".join(f"{key}={value}" for key, value in live["spec"]["selector"].get("matchLabels", {}).items())
    path = f"/api/v1/namespaces/{objects.identify(live).namespace}/pods"
    with contextlib.suppress(ApiError, SlipwayError):  # then they wait
        for pod in cluster.client.get(path, labelSelector=selector)["items"]:
            if _waits(pod):
                cluster.client.delete(
                    f"{path}/{pod['metadata']['name']}", {"preconditions": {"uid": pod["metadata"]["uid"]}}
                )


def _waits(pod: dict[str, Any]) -> bool:
    status = pod.get("status") or {}
    containers = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    return any(((each.get("state") or {}).get("waiting") or {}).get("reason") in _BACK_OFF for each in containers)
