"""What an object's own status says about it, by kind: pure functions of the object as the API server gives it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """Whether an object is what it should be.

    Args:
        state: `waiting` may become anything; `failed` does not heal by waiting.
        message: why it is not ready, for people; empty when it is.
    """

    state: Literal["ready", "waiting", "failed"]
    message: str = ""


READY = Verdict("ready")


def judge(live: Object) -> Verdict:
    """The verdict on an object; kinds without a rule are ready as soon as they exist."""
    rule = _RULES.get((str(live.get("apiVersion", "")).rpartition("/")[0], str(live.get("kind"))))
    return rule(live) if rule else READY


def is_awaited(live: Object) -> bool:
    """Whether there is a rule for an object's kind."""
    return (str(live.get("apiVersion", "")).rpartition("/")[0], str(live.get("kind"))) in _RULES


def condition(live: Object, name: str) -> Mapping[str, Any]:
    """A condition of an object's status; empty when it has none of that type."""
    for found in _status(live).get("conditions") or []:
        if found.get("type") == name:
            return dict(found)
    return {}


def deployment(live: Object) -> Verdict:
    """Ready when all replicas are of the newest template and available, and none of an older one is left."""
    if _unseen(live):
        return _waiting("the controller has not seen the change yet")
    spec, status = live.get("spec") or {}, _status(live)
    wanted, updated = spec.get("replicas", 1), status.get("updatedReplicas", 0)
    available = status.get("availableReplicas", 0)
    progress = condition(live, "Progressing")
    failure = condition(live, "ReplicaFailure")
    count = f"{min(available, updated)} of {wanted} replicas available"
    if progress.get("status") == "False" and progress.get("reason") == "ProgressDeadlineExceeded":
        return Verdict("failed", f"{count} after {spec.get('progressDeadlineSeconds', 600)} s")
    if spec.get("paused") or (updated >= wanted and available >= wanted and status.get("replicas", 0) == updated):
        return READY
    if failure.get("status") == "True":
        return _waiting(f"{count}: {failure.get('message')}")
    if updated >= wanted and available >= wanted:
        return _waiting(f"{status.get('replicas', 0) - updated} old replicas are still ending")
    return _waiting(count)


def stateful_set(live: Object) -> Verdict:
    """Ready when all replicas are ready and of the newest revision, as far as its partition asks for."""
    if _unseen(live):
        return _waiting("the controller has not seen the change yet")
    spec, status = live.get("spec") or {}, _status(live)
    wanted, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    strategy = spec.get("updateStrategy") or {}
    partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
    fresh = status.get("currentRevision") == status.get("updateRevision")
    newest = wanted if fresh else status.get("updatedReplicas", 0)
    if strategy.get("type") != "OnDelete" and newest < wanted - partition:
        return _waiting(f"{newest} of {wanted - partition} replicas are of the newest revision")
    return READY if ready >= wanted else _waiting(f"{ready} of {wanted} replicas ready")


def daemon_set(live: Object) -> Verdict:
    """Ready when every node that should has an available pod of the newest template."""
    if _unseen(live):
        return _waiting("the controller has not seen the change yet")
    status = _status(live)
    wanted = status.get("desiredNumberScheduled", 0)
    strategy = ((live.get("spec") or {}).get("updateStrategy") or {}).get("type")
    updated = status.get("updatedNumberScheduled", 0) if strategy != "OnDelete" else wanted
    available = status.get("numberAvailable", 0)
    if updated < wanted:
        return _waiting(f"{updated} of {wanted} nodes have the newest pod")
    return READY if available >= wanted else _waiting(f"{available} of {wanted} nodes have an available pod")


def pod(live: Object) -> Verdict:
    """Ready when it is ready, or has done its work."""
    phase = _status(live).get("phase", "Pending")
    if phase == "Failed":
        return Verdict("failed", _status(live).get("message") or "its containers failed")
    if phase == "Succeeded" or condition(live, "Ready").get("status") == "True":
        return READY
    scheduled = condition(live, "PodScheduled")
    if scheduled.get("status") == "False":
        return _waiting(f"not scheduled: {scheduled.get('message')}")
    return _waiting(f"phase {phase}, not ready")


def job(live: Object) -> Verdict:
    """Ready when it is complete; a suspended one is not waited for."""
    failed = condition(live, "Failed")
    if failed.get("status") == "True":
        return Verdict("failed", f"{failed.get('reason', 'Failed')}: {failed.get('message', '')}")
    spec, status = live.get("spec") or {}, _status(live)
    if spec.get("suspend") or condition(live, "Complete").get("status") == "True":
        return READY
    wanted = spec.get("completions") or 1
    return _waiting(f"{status.get('succeeded', 0)} of {wanted} completions, {status.get('failed', 0)} failed pods")


def namespace(live: Object) -> Verdict:
    """Ready when it is active."""
    phase = _status(live).get("phase")
    return READY if phase == "Active" else _waiting(f"phase {phase}")


def custom_resource_definition(live: Object) -> Verdict:
    """Ready when its kind is served."""
    names = condition(live, "NamesAccepted")
    if names.get("status") == "False":
        return Verdict("failed", f"its names are not accepted: {names.get('message')}")
    served = condition(live, "Established").get("status") == "True"
    return READY if served else _waiting("its kind is not served yet")


def service(live: Object) -> Verdict:
    """Ready when a load balancer has an address; other types are at once."""
    if (live.get("spec") or {}).get("type") != "LoadBalancer":
        return READY
    address = (_status(live).get("loadBalancer") or {}).get("ingress")
    return READY if address else _waiting("no load balancer has given it an address")


_RULES: Mapping[tuple[str, str], Callable[[Object], Verdict]] = {
    ("apps", "Deployment"): deployment,
    ("apps", "StatefulSet"): stateful_set,
    ("apps", "DaemonSet"): daemon_set,
    ("", "Pod"): pod,
    ("batch", "Job"): job,
    ("", "Namespace"): namespace,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): custom_resource_definition,
    ("", "Service"): service,
}


def _status(live: Object) -> Mapping[str, Any]:
    return live.get("status") or {}


def _unseen(live: Object) -> bool:
    generation = (live.get("metadata") or {}).get("generation", 0)
    return bool(_status(live).get("observedGeneration", 0) < generation)


def _waiting(message: str) -> Verdict:
    return Verdict("waiting", message)
