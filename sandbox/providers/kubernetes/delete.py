"""Takes objects away and waits until they are gone."""

import time
from typing import Any

from catalog.errors import SlipwayError
from sandbox.providers.kubernetes import objects, refusals
from sandbox.providers.kubernetes.client import ApiError
from sandbox.providers.kubernetes.cluster import Cluster
from sandbox.providers.kubernetes.discovery import UnknownKindError
from sandbox.providers.kubernetes.objects import Identity

_OWNERS = frozenset(
    {
        ("apps", "Deployment"),
        ("apps", "ReplicaSet"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("batch", "Job"),
        ("batch", "CronJob"),
        ("", "ReplicationController"),
    }
)
"""Built-in kinds whose objects own others that must go with them. Waiting for the garbage collector's word on all the
other kinds made the destruction of 1,000 objects twenty times as long."""


def delete(cluster: Cluster, identity: Identity, uid: str, inputs: dict[str, Any], until: float) -> None:
    """Deletes the object with this uid and waits for it to be gone; one that is gone already is done.

    Args:
        cluster: where.
        identity: which.
        uid: which one of that name; empty for any.
        inputs: its plain inputs, for an annotation that chooses the propagation.
        until: until when (monotonic seconds).

    Raises:
        SlipwayError: when it is still there then (with what holds it), or the API server refuses.
    """
    options: dict[str, Any] = {"propagationPolicy": propagation(identity, inputs)}
    if uid:
        options["preconditions"] = {"uid": uid}
    try:
        answer = cluster.client.delete(cluster.discovery.path(identity), options)
        if answer.get("kind") == "Status":
            return
    except UnknownKindError:
        return  # its CustomResourceDefinition went first, and took it along
    except ApiError as error:
        if error.code == 404:
            return
        if error.code != 409 or not uid:  # 409: the name is another object's now, or its deletion is under way
            raise refusals.explain(error, identity, inputs) from None
    wait_gone(cluster, identity, uid, until)


def propagation(identity: Identity, inputs: dict[str, Any]) -> str:
    """Whether what an object owns goes first (`Foreground`), or later and unseen (`Background`)."""
    chosen = objects.annotations(inputs).get(objects.PROPAGATION)
    if chosen in ("Foreground", "Background", "Orphan"):
        return str(chosen).capitalize()
    built_in = "." not in identity.group or identity.group.endswith(".k8s.io")
    return "Background" if built_in and (identity.group, identity.kind) not in _OWNERS else "Foreground"


def wait_gone(cluster: Cluster, identity: Identity, uid: str, until: float) -> None:
    """Waits until the object is gone, or its name is another object's (where the uid is given).

    Raises:
        SlipwayError: when it is not by `until`, with what holds it.
    """
    pause_s = 0.05
    while True:
        live = cluster.find(identity)
        if live is None or (uid and live["metadata"]["uid"] != uid):
            return
        if time.monotonic() + pause_s > until:
            raise _stuck(identity, live)
        cluster.pause(pause_s)
        pause_s = min(pause_s * 1.5, 2.0)


def _stuck(identity: Identity, live: dict[str, Any]) -> SlipwayError:
    held = live["metadata"].get("finalizers") or (live.get("spec") or {}).get("finalizers") or []
    conditions = [
        f"{condition['type']}: {condition.get('message') or condition.get('reason', '')}"
        for condition in (live.get("status") or {}).get("conditions") or []
        if condition.get("status") == "True"
    ]
    why = f"is still there after its deletion; finalizers: {', '.join(held) or 'none'}"
    if conditions:
        why += f"; conditions: {'; '.join(conditions)}"
    fix = "see to what its finalizers wait for, then run the command again"
    return SlipwayError(str(identity), "", why, fix)
