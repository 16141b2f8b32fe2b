"""Is it ready: pure functions of objects as the API server gives them, and rules of the declaration's own."""

import pytest

from catalog.errors import SlipwayError
from sandbox.providers.kubernetes.awaiting import verdict, wait_for


def live(kind, status, api="apps/v1", generation=1, **spec):
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"generation": generation},
        "spec": spec,
        "status": {"observedGeneration": 1} | status,
    }


def condition(name, status, reason="", message=""):
    return {"conditions": [{"type": name, "status": status, "reason": reason, "message": message}]}


DONE = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}


@pytest.mark.parametrize(
    ("thing", "state", "message"),
    [
        (live("Deployment", DONE, replicas=2), "ready", ""),
        (live("Deployment", DONE, replicas=2, generation=2), "waiting", "the controller has not seen the change yet"),
        (live("Deployment", DONE | {"availableReplicas": 1}, replicas=2), "waiting", "1 of 2 replicas available"),
        (live("Deployment", DONE | {"replicas": 3}, replicas=2), "waiting", "1 old replicas are still ending"),
        (
            live("Deployment", {"replicas": 2, "updatedReplicas": 1, "availableReplicas": 2}, replicas=2),
            "waiting",
            "1 of 2 replicas available",
        ),
        (
            live("Deployment", condition("Progressing", "False", "ProgressDeadlineExceeded"), replicas=1),
            "failed",
            "0 of 1 replicas available after 600 s",
        ),
        (
            live("Deployment", condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota"), replicas=1),
            "waiting",
            "0 of 1 replicas available: exceeded quota",
        ),
        (live("Deployment", {}, replicas=0), "ready", ""),
        (live("Deployment", {}, replicas=1, paused=True), "ready", ""),
        (
            live("StatefulSet", {"readyReplicas": 2, "currentRevision": "a", "updateRevision": "a"}, replicas=2),
            "ready",
            "",
        ),
        (
            live("StatefulSet", {"readyReplicas": 1, "currentRevision": "a", "updateRevision": "a"}, replicas=2),
            "waiting",
            "1 of 2 replicas ready",
        ),
        (
            live(
                "StatefulSet",
                {"readyReplicas": 2, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b"},
                replicas=2,
            ),
            "waiting",
            "1 of 2 replicas are of the newest revision",
        ),
        (
            live(
                "StatefulSet",
                {"readyReplicas": 2, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b"},
                replicas=2,
                updateStrategy={"rollingUpdate": {"partition": 1}},
            ),
            "ready",
            "",
        ),
        (
            live("DaemonSet", {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}),
            "ready",
            "",
        ),
        (
            live("DaemonSet", {"desiredNumberScheduled": 2, "updatedNumberScheduled": 1, "numberAvailable": 2}),
            "waiting",
            "1 of 2 nodes have the newest pod",
        ),
        (
            live("DaemonSet", {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 0}),
            "waiting",
            "0 of 2 nodes have an available pod",
        ),
        (live("Pod", {"phase": "Running"} | condition("Ready", "True"), "v1"), "ready", ""),
        (live("Pod", {"phase": "Succeeded"}, "v1"), "ready", ""),
        (live("Pod", {"phase": "Failed", "message": "evicted"}, "v1"), "failed", "evicted"),
        (
            live("Pod", {"phase": "Pending"} | condition("PodScheduled", "False", message="no nodes"), "v1"),
            "waiting",
            "not scheduled: no nodes",
        ),
        (live("Job", condition("Complete", "True"), "batch/v1"), "ready", ""),
        (
            live("Job", condition("Failed", "True", "DeadlineExceeded", "too slow"), "batch/v1"),
            "failed",
            "DeadlineExceeded: too slow",
        ),
        (
            live("Job", {"succeeded": 1, "failed": 2}, "batch/v1", completions=3),
            "waiting",
            "1 of 3 completions, 2 failed pods",
        ),
        (live("Namespace", {"phase": "Active"}, "v1"), "ready", ""),
        (live("Namespace", {"phase": "Terminating"}, "v1"), "waiting", "phase Terminating"),
        (live("CustomResourceDefinition", condition("Established", "True"), "apiextensions.k8s.io/v1"), "ready", ""),
        (live("CustomResourceDefinition", {}, "apiextensions.k8s.io/v1"), "waiting", "its kind is not served yet"),
        (
            live(
                "CustomResourceDefinition",
                condition("NamesAccepted", "False", message="taken"),
                "apiextensions.k8s.io/v1",
            ),
            "failed",
            "its names are not accepted: taken",
        ),
        (live("Service", {}, "v1", type="ClusterIP"), "ready", ""),
        (
            live("Service", {"loadBalancer": {}}, "v1", type="LoadBalancer"),
            "waiting",
            "no load balancer has given it an address",
        ),
        (live("Service", {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}, "v1", type="LoadBalancer"), "ready", ""),
        (live("ConfigMap", {}, "v1"), "ready", ""),
        (live("Deployment", {}, "other.io/v1"), "ready", ""),
    ],
)
def test_verdicts(thing, state, message):
    assert verdict.judge(thing) == verdict.Verdict(state, message)


THING = {
    "status": {
        "phase": "Ready",
        "n": 2,
        "a.b": 1,
        "conditions": [{"type": "Ready", "status": "False", "message": "soon"}, {"type": "Up", "status": "True"}],
        "hosts": ["x"],
    }
}


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        ("condition=Up", ""),
        ("condition=Ready=False", ""),
        ("condition=Ready", "condition Ready is False, not True: soon"),
        ("condition=Gone", "condition Gone is not there, not True"),
        ("jsonpath={.status.phase}", ""),
        ("jsonpath={.status.phase}=Ready", ""),
        ("jsonpath=.status.n=2", ""),
        ("jsonpath={.status.n}=3", ".status.n is 2, not 3"),
        ("jsonpath={.status.hosts[0]}=x", ""),
        ("jsonpath={.status.hosts[1]}", ".status.hosts[1] is not there"),
        ("jsonpath={.status['a.b']}=1", ""),
        ('jsonpath={.status.conditions[?(@.type=="Up")].status}=True', ""),
        (
            'jsonpath={.status.conditions[?(@.type=="No")].status}=True',
            '.status.conditions[?(@.type=="No")].status is not there, not True',
        ),
        ('["condition=Up", "jsonpath={.status.phase}=Ready"]', ""),
        (
            '["condition=Up", "condition=Ready", "condition=Gone"]',
            "condition Ready is False, not True: soon; condition Gone is not there, not True",
        ),
    ],
)
def test_a_rule_of_the_declarations_own(annotation, message):
    found = wait_for.parse(annotation)(THING)
    assert (found.state, found.message) == ("waiting" if message else "ready", message)


@pytest.mark.parametrize("annotation", ["", "phase=Running", "condition=", "jsonpath={.a[}", "[1", "jsonpath="])
def test_what_is_no_rule_is_refused(annotation):
    with pytest.raises(SlipwayError, match="is no rule to wait for"):
        wait_for.parse(annotation)
