"""Why a pod does not serve: from the scheduler's word to the last line of a crashing container. Pure functions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sandbox.providers.kubernetes.awaiting.verdict import Object, condition

Stage = Literal["admission", "scheduler", "volume", "image", "init container", "container", "probe", "pod"]

_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable"})
_STARTING = frozenset({"PodInitializing", "ContainerCreating"})
_BEFORE_START = {
    "FailedMount": "volume",
    "FailedAttachVolume": "volume",
    "FailedCreatePodSandBox": "pod",
    "FailedPostStartHook": "container",
}
_LONGEST = 500


@dataclass(frozen=True)
class Reason:
    """One thing that keeps a workload from being ready.

    Args:
        stage: how far its pods come.
        text: what is wrong there, on one line.
        pods: how many pods it keeps; 0 where there are none yet.
    """

    stage: Stage
    text: str
    pods: int = 1

    def __str__(self) -> str:
        """`scheduler: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu (2 pods)`."""
        return f"{self.stage}: {self.text}" + (f" ({self.pods} pods)" if self.pods > 1 else "")


def pod(live: Object, events: Iterable[Object] = (), last_lines: Mapping[str, str] | None = None) -> list[Reason]:
    """What keeps a pod from being ready; empty when nothing does.

    Args:
        live: the pod.
        events: the events about it, oldest first.
        last_lines: the last log line of its crashed containers, by name.
    """
    status = live.get("status") or {}
    if condition(live, "Ready").get("status") == "True" or status.get("phase") == "Succeeded":
        return []
    scheduled = condition(live, "PodScheduled")
    if scheduled.get("status") == "False":
        return [_reason("scheduler", str(scheduled.get("message") or scheduled.get("reason")))]
    known = list(events)
    found = [
        reason
        for initial, container in _containers(live)
        if (reason := _container(container, known, last_lines or {}, initial=initial))
    ]
    return found or _whole(live, known)


def silent_containers(live: Object) -> list[str]:
    """The containers of a pod that ended badly and left no word: only their log can tell why."""
    return [
        container["name"]
        for _, container in _containers(live)
        if (ended := _ended(container)) and ended.get("exitCode") and not ended.get("message")
    ]


def refused(conditions_of: Object) -> list[Reason]:
    """What keeps a controller from making pods at all, by its own condition: a quota, a webhook, Pod Security."""
    failure = condition(conditions_of, "ReplicaFailure")
    return [_reason("admission", str(failure.get("message")), 0)] if failure.get("status") == "True" else []


def refused_by_events(events: Iterable[Object]) -> list[Reason]:
    """The same, by the newest event of a controller that keeps no such condition."""
    failed = [event for event in events if event.get("reason") == "FailedCreate"]
    return [_reason("admission", str(failed[-1].get("message")), 0)] if failed else []


def merged(reasons: Iterable[Reason]) -> list[Reason]:
    """The reasons of several pods: the same reason once, with its number of pods; the most frequent first."""
    counted: dict[Reason, int] = {}
    for reason in reasons:
        key = replace(reason, pods=min(reason.pods, 1))
        counted[key] = counted.get(key, 0) + reason.pods
    return [replace(key, pods=pods) for key, pods in sorted(counted.items(), key=lambda item: -item[1])]


def _containers(live: Object) -> Iterator[tuple[bool, Mapping[str, Any]]]:
    status = live.get("status") or {}
    yield from ((True, each) for each in status.get("initContainerStatuses") or [])
    yield from ((False, each) for each in status.get("containerStatuses") or [])


def _ended(container: Mapping[str, Any]) -> Mapping[str, Any]:
    state, last = container.get("state") or {}, container.get("lastState") or {}
    return state.get("terminated") or last.get("terminated") or {}


def _container(
    container: Mapping[str, Any], events: list[Object], last_lines: Mapping[str, str], *, initial: bool
) -> Reason | None:
    name = container["name"]
    stage: Stage = "init container" if initial else "container"
    state = container.get("state") or {}
    waiting, ended = state.get("waiting") or {}, _ended(container)
    if waiting.get("reason") in _IMAGE:
        return _reason("image", f"{container.get('image')}: {waiting.get('message') or waiting['reason']}")
    if ended.get("exitCode") and ("running" not in state or (initial and not container.get("ready"))):
        # A first step that is at work once more has failed all the same; a container may become well, and a sidecar.
        tried = " and runs again" if "running" in state else ""
        return _reason(stage, f"{name} {_last_words(ended, last_lines.get(name, ''))}{_again(container)}{tried}")
    if waiting and waiting.get("reason") not in _STARTING:
        return _reason(stage, f"{name}: {waiting.get('reason')}: {waiting.get('message', '')}")
    if "running" in state and not initial and not container.get("ready"):
        return _not_passing(container, events, ended)
    return None


def _not_passing(container: Mapping[str, Any], events: list[Object], ended: Mapping[str, Any]) -> Reason:
    name = container["name"]
    failing = [
        event
        for event in events
        if event.get("reason") == "Unhealthy"
        and f"{{{name}}}" in (event.get("involvedObject") or {}).get("fieldPath", "")
    ]
    before = f"; before, it {_last_words(ended, '')}" if ended.get("exitCode") else ""
    if failing:
        return _reason("probe", f"{name}: {failing[-1].get('message')}{before}")
    return _reason("probe", f"{name} runs and is not ready yet{before}")


def _whole(live: Object, events: list[Object]) -> list[Reason]:
    """What concerns the pod rather than one container."""
    status = live.get("status") or {}
    if status.get("phase") == "Failed":
        return [_reason("pod", f"{status.get('reason', 'Failed')}: {status.get('message', '')}")]
    for event in reversed(events):
        stage = _BEFORE_START.get(str(event.get("reason")))
        if stage:
            return [Reason(stage, _line(str(event.get("message"))))]  # type: ignore[arg-type]  # a Stage by its table
    for gate in (live.get("spec") or {}).get("readinessGates") or []:
        found = condition(live, gate.get("conditionType", ""))
        if found.get("status") != "True":
            return [
                _reason("pod", f"readiness gate {gate.get('conditionType')}: {found.get('message', 'not set yet')}")
            ]
    return [_underway(live)]


def _underway(live: Object) -> Reason:
    """A pod that is on its way, and how far it came."""
    phase = (live.get("status") or {}).get("phase", "Pending")
    first = [each["name"] for initial, each in _containers(live) if initial and "running" in (each.get("state") or {})]
    if first:
        return _reason("pod", f"phase {phase}: its first step {first[0]} is at work")
    if not (live.get("spec") or {}).get("nodeName"):
        return _reason("scheduler", "no scheduler has looked at it yet")
    return _reason("pod", f"phase {phase}: its containers are being made")


def _last_words(ended: Mapping[str, Any], last_line: str) -> str:
    text = f"ended with exit code {ended.get('exitCode')}"
    if ended.get("reason") not in (None, "Error", "Completed"):
        text += f" ({ended['reason']})"
    said = str(ended.get("message") or "").strip() or last_line.strip()
    return f"{text}: {said.splitlines()[-1]}" if said else text


def _again(container: Mapping[str, Any]) -> str:
    count = container.get("restartCount", 0)
    return f" [restarted {count} times]" if count > 1 else ""


def _reason(stage: Stage, text: str, pods: int = 1) -> Reason:
    return Reason(stage, _line(text), pods)


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
