"""Why a pod is not ready: pure functions of the pod and its events."""

import subprocess
import sys

import pytest

from sandbox.providers.kubernetes.awaiting import explain
from sandbox.providers.kubernetes.awaiting.explain import Reason
from tests.kubernetes.driver import CLONE


def container(name="app", **more):
    return {"name": name, "image": "repo/app:1", "ready": False, "restartCount": 0} | more


def pod(*containers, init=(), phase="Running", conditions=(), **spec):
    status = {
        "phase": phase,
        "containerStatuses": list(containers),
        "initContainerStatuses": list(init),
        "conditions": list(conditions),
    }
    return {"kind": "Pod", "status": status, "spec": spec}


def event(reason, message, container="app"):
    return {"reason": reason, "message": message, "involvedObject": {"fieldPath": f"spec.containers{{{container}}}"}}


CRASH = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}}
UNHEALTHY = event("Unhealthy", "Readiness probe failed: connection refused")


@pytest.mark.parametrize(
    ("thing", "events", "lines", "reasons"),
    [
        (pod(conditions=[{"type": "Ready", "status": "True"}]), [], {}, []),
        (pod(phase="Succeeded"), [], {}, []),
        (
            pod(
                conditions=[
                    {
                        "type": "PodScheduled",
                        "status": "False",
                        "message": "0/1 nodes are available: 1 Insufficient\n cpu.",
                    }
                ]
            ),
            [],
            {},
            ["scheduler: 0/1 nodes are available: 1 Insufficient cpu."],
        ),
        (
            pod(container(state={"waiting": {"reason": "ErrImagePull", "message": "not found"}})),
            [],
            {},
            ["image: repo/app:1: not found"],
        ),
        (
            pod(
                container(
                    state={"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "k" not found'}}
                )
            ),
            [],
            {},
            ['container: app: CreateContainerConfigError: secret "k" not found'],
        ),
        (
            pod(container(state=CRASH, restartCount=4, lastState={"terminated": {"exitCode": 1, "reason": "Error"}})),
            [],
            {"app": "ValueError: no model"},
            ["container: app ended with exit code 1: ValueError: no model [restarted 4 times]"],
        ),
        (
            pod(container(state={"terminated": {"exitCode": 3, "message": "first\nlast"}})),
            [],
            {"app": "a log line"},
            ["container: app ended with exit code 3: last"],
        ),
        (
            pod(
                container(state={"waiting": {"reason": "PodInitializing"}}),
                init=[container("fetch", state={"terminated": {"exitCode": 1, "message": "wrong digest"}})],
                phase="Pending",
            ),
            [],
            {},
            ["init container: fetch ended with exit code 1: wrong digest"],
        ),
        (
            pod(
                container(state={"waiting": {"reason": "PodInitializing"}}),
                init=[container("fetch", state={"running": {}})],
                phase="Pending",
            ),
            [],
            {},
            ["pod: phase Pending: its first step fetch is at work"],
        ),
        (
            pod(container(state={"waiting": {"reason": "ContainerCreating"}}), phase="Pending", nodeName="a"),
            [],
            {},
            ["pod: phase Pending: its containers are being made"],
        ),
        (
            pod(phase="Pending"),
            [],
            {},
            ["scheduler: no scheduler has looked at it yet"],
        ),
        (
            pod(
                container(state={"waiting": {"reason": "PodInitializing"}}),
                init=[
                    container(
                        "fetch",
                        state={"running": {}},
                        restartCount=2,
                        lastState={"terminated": {"exitCode": 1, "message": "wrong digest"}},
                    )
                ],
                phase="Pending",
            ),
            [],
            {},
            ["init container: fetch ended with exit code 1: wrong digest [restarted 2 times] and runs again"],
        ),
        (
            pod(
                container(state={"running": {}}),
                init=[
                    container(
                        "proxy",
                        state={"running": {}},
                        ready=True,
                        restartCount=1,
                        lastState={"terminated": {"exitCode": 1, "message": "no certificate yet"}},
                    )
                ],
            ),
            [],
            {},
            ["probe: app runs and is not ready yet"],
        ),
        (
            pod(container(state={"running": {}})),
            [UNHEALTHY],
            {},
            ["probe: app: Readiness probe failed: connection refused"],
        ),
        (
            pod(container(state={"running": {}})),
            [event("Unhealthy", "x", "other")],
            {},
            ["probe: app runs and is not ready yet"],
        ),
        (
            pod(container(state={"running": {}}, lastState={"terminated": {"exitCode": 137, "reason": "OOMKilled"}})),
            [],
            {},
            ["probe: app runs and is not ready yet; before, it ended with exit code 137 (OOMKilled)"],
        ),
        (
            pod(container(state={"waiting": {"reason": "ContainerCreating"}}), phase="Pending"),
            [event("FailedMount", 'configmap "c" not found')],
            {},
            ['volume: configmap "c" not found'],
        ),
        (pod(phase="Failed"), [], {}, ["pod: Failed: "]),
        (
            pod(container(ready=True, state={"running": {}}), readinessGates=[{"conditionType": "lb"}]),
            [],
            {},
            ["pod: readiness gate lb: not set yet"],
        ),
    ],
)
def test_why_a_pod_is_not_ready(thing, events, lines, reasons):
    assert [str(reason) for reason in explain.pod(thing, events, lines)] == [reason.rstrip() for reason in reasons]


def test_only_silent_crashes_need_their_log():
    silent = container("silent", state=CRASH, lastState={"terminated": {"exitCode": 1}})
    spoke = container("spoke", state=CRASH, lastState={"terminated": {"exitCode": 1, "message": "m"}})
    fine = container("fine", state={"terminated": {"exitCode": 0}})
    assert explain.silent_containers(pod(silent, spoke, fine)) == ["silent"]


def test_pods_that_fail_alike_are_counted():
    a, b = Reason("image", "x"), Reason("probe", "y")
    assert explain.merged([b, a, a]) == [Reason("image", "x", 2), Reason("probe", "y", 1)]
    assert str(Reason("image", "x", 2)) == "image: x (2 pods)"


def test_long_messages_are_cut():
    reason = explain.pod(pod(conditions=[{"type": "PodScheduled", "status": "False", "message": "x" * 2000}]))[0]
    assert len(reason.text) == 500


def test_the_reasons_need_neither_grpc_nor_pulumi():
    code = "import sys; import sandbox.providers.kubernetes.awaiting.evidence; print([m for m in ('grpc', 'pulumi') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=CLONE, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
