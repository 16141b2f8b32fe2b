"""Waits until an object is ready, saying meanwhile what it lacks and in the end why it is not."""

import time
from collections.abc import Callable
from typing import Any

from catalog.errors import SlipwayError
from sandbox.providers.kubernetes import objects
from sandbox.providers.kubernetes.awaiting import evidence, second_try, verdict, wait_for
from sandbox.providers.kubernetes.awaiting.verdict import Verdict
from sandbox.providers.kubernetes.awaiting.watch import Watch, Watches
from sandbox.providers.kubernetes.client import ApiError
from sandbox.providers.kubernetes.cluster import Cluster

DEFAULT_S = 600.0
_LOOK_S = 10.0
"""Without news for this long the object is asked for: a watch may be refused, or have died."""

_SLICE_S = 1.0
_FIRST_REPORT_S = 1.0
_FIRST_EVIDENCE_S = 5.0
_MOST_EVIDENCE_S = 60.0


class NotReadyError(Exception):
    """The object exists, and has not become ready.

    Args:
        live: the object as last seen.
        reasons: why, the most telling first.
    """

    def __init__(self, live: dict[str, Any], reasons: list[str]) -> None:
        super().__init__(*reasons)
        self.live = live
        self.reasons = reasons


def rule(document: dict[str, Any]) -> wait_for.Judge | None:
    """How an object is judged; nothing when it is ready as soon as it exists.

    Raises:
        SlipwayError: when its `waitFor` annotation is no rule.
    """
    marks = objects.annotations(document)
    if marks.get(objects.SKIP_AWAIT) == "true":
        return None
    if marks.get(objects.WAIT_FOR):
        return wait_for.parse(str(marks[objects.WAIT_FOR]))
    return verdict.judge if verdict.is_awaited(document) else None


def timeout_s(document: dict[str, Any], asked: float) -> float:
    """How long an object may take.

    Args:
        document: its inputs; the annotation `pulumi.com/timeoutSeconds` counts.
        asked: the resource's custom timeout in seconds, 0 for none; it goes first.
    """
    if asked:
        return asked
    annotated = str(objects.annotations(document).get(objects.TIMEOUT) or "")
    return float(annotated) if annotated.isdigit() else DEFAULT_S


class Wait:
    """Waiting for one object.

    Args:
        cluster: where it is.
        watches: the cluster's watches.
        say: shows a line beside the resource, until the next one.
    """

    def __init__(self, cluster: Cluster, watches: Watches, say: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._watches = watches
        self._say = say

    def until_ready(self, live: dict[str, Any], judge: wait_for.Judge, until: float) -> dict[str, Any]:
        """The object once it is ready.

        Args:
            live: the object as it was applied.
            judge: when it is ready.
            until: until when (monotonic seconds).

        Raises:
            NotReadyError: when it is not by then, or never will be.
        """
        if judge(live).state == "ready":
            return live
        if failure := second_try.failed_before(live):
            judge, until = second_try.after(failure, judge), min(until, time.monotonic() + second_try.deadline_s(live))
            second_try.wake(self._cluster, live)
        collection = self._cluster.discovery.collection(objects.identify(live))
        with self._watches.following(collection, live["metadata"]["resourceVersion"]) as watch:
            return self._watch(watch, live, judge, until)

    def _watch(self, watch: Watch, live: dict[str, Any], judge: wait_for.Judge, until: float) -> dict[str, Any]:
        begun = heard = time.monotonic()
        reports = _Reports(self._cluster, self._say, begun)
        state = judge(live)
        while state.state == "waiting" and (now := time.monotonic()) < until and not self._cluster.cancelled.is_set():
            reports.tell(live, state, now)
            newer = watch.newer(live, min(_SLICE_S, until - now))
            if newer is None and now - heard > _LOOK_S:
                newer = self._cluster.find(objects.identify(live))
                heard = now
            if newer is not None:
                heard = now
                live = _same(live, newer, watch)
                state = judge(live)
        if state.state == "ready":
            return live
        raise NotReadyError(live, self._reasons(live, state, round(time.monotonic() - begun)))

    def _reasons(self, live: dict[str, Any], state: Verdict, seconds: int) -> list[str]:
        after = " (cancelled)" if self._cluster.cancelled.is_set() else f" after {seconds} s"
        message = state.message if state.state == "failed" else state.message + after
        return [f"{objects.identify(live)} is not ready: {message}", *_collect(self._cluster, live)]


class _Reports:
    """What is shown while an object is waited for: its own word at first, the evidence when it takes longer."""

    def __init__(self, cluster: Cluster, say: Callable[[str], None], begun: float) -> None:
        self._cluster = cluster
        self._say = say
        self._begun = begun
        self._said = ""
        self._found: list[str] = []
        self._next_evidence = begun + _FIRST_EVIDENCE_S

    def tell(self, live: dict[str, Any], state: Verdict, now: float) -> None:
        """Shows the newest word, when it is another one and it has taken a moment already."""
        if now < self._begun + _FIRST_REPORT_S:
            return
        if now >= self._next_evidence:
            self._found = _collect(self._cluster, live)
            self._next_evidence = now + min(max(now - self._begun, _FIRST_EVIDENCE_S), _MOST_EVIDENCE_S)
        line = "; ".join([state.message, *self._found[:1]])
        if line != self._said:
            self._say(line)
            self._said = line


def _collect(cluster: Cluster, live: dict[str, Any]) -> list[str]:
    try:
        return [str(reason) for reason in evidence.collect(cluster.client, live)]
    except (ApiError, SlipwayError):  # no right to look, or no cluster: the object's own word must do
        return []


def _same(live: dict[str, Any], newer: dict[str, Any], watch: Watch) -> dict[str, Any]:
    uid = live["metadata"]["uid"]
    if newer["metadata"]["uid"] != uid or watch.has_ended(uid):
        raise NotReadyError(live, [f"{objects.identify(live)} is not ready: it was deleted meanwhile"])
    return newer
