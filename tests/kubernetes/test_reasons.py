"""Workloads that do not become ready, and what is said about them."""

import time

import pytest

from tests.kubernetes.declarations import STAY, workload
from tests.kubernetes.driver import Failed, failure, later, together

MERGE = "application/merge-patch+json"


def pods(plane, namespace):
    return plane.call("GET", f"/api/v1/namespaces/{namespace}/pods")["items"]


def set_status(plane, namespace, status):
    """Gives the only pod of a namespace a status, as its kubelet would."""
    for _ in range(100):
        found = pods(plane, namespace)
        if found and found[0]["spec"].get("nodeName"):
            path = f"/api/v1/namespaces/{namespace}/pods/{found[0]['metadata']['name']}/status"
            return plane.call("PATCH", path, {"status": status}, MERGE)
        time.sleep(0.05)
    raise AssertionError("no pod was placed")


def test_what_cannot_be_placed_says_the_schedulers_word_and_heals(provider, pool, plane, namespace):
    gpus = {"containers": [{"name": "app", "image": "a", "resources": {"limits": {"nvidia.com/gpu": "3"}}}]}
    resource = provider.resource(workload(namespace, template=gpus, replicas=2))
    reasons = failure(resource)
    assert reasons[0].startswith(f"Deployment {namespace}/web is not ready: 0 of 2 replicas available after ")
    assert reasons[1].startswith("scheduler: 0/")
    assert "Insufficient nvidia.com/gpu" in reasons[1]
    assert reasons[1].endswith("(2 pods)")
    assert resource.outputs["metadata"]["uid"], "the object stays in the state"
    assert any("0 of 2 replicas" in line for line in provider.log.fleeting)
    with pytest.raises(Failed, match="0 of 2 replicas available"):
        resource.read()
    gpus["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] = "1"
    resource.diff(workload(namespace, template=gpus, replicas=2))
    assert resource.update(timeout=20)["status"]["availableReplicas"] == 2
    resource.delete(timeout=20)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (
            {
                "containerStatuses": [
                    {
                        "name": "app",
                        "image": "app:1",
                        "imageID": "",
                        "ready": False,
                        "restartCount": 0,
                        "state": {
                            "waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "app:1"'}
                        },
                    }
                ]
            },
            'image: app:1: Back-off pulling image "app:1"',
        ),
        (
            {
                "initContainerStatuses": [
                    {
                        "name": "fetch",
                        "image": "f",
                        "imageID": "",
                        "ready": False,
                        "restartCount": 3,
                        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                        "lastState": {
                            "terminated": {
                                "exitCode": 1,
                                "reason": "Error",
                                "message": "digest of model.bin is sha256:aa, not sha256:bb\n",
                            }
                        },
                    }
                ]
            },
            "init container: fetch ended with exit code 1: digest of model.bin is sha256:aa, not sha256:bb [restarted 3 times]",
        ),
        (
            {
                "containerStatuses": [
                    {
                        "name": "app",
                        "image": "i",
                        "imageID": "",
                        "ready": False,
                        "restartCount": 1,
                        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
                    }
                ]
            },
            "container: app ended with exit code 137 (OOMKilled)",
        ),
    ],
    ids=["image", "init-container", "crash"],
)
def test_a_failing_pod_says_where_and_why(provider, pool, plane, namespace, status, reason):
    timer = later(0.1, lambda: set_status(plane, namespace, {"phase": "Pending"} | status))
    resource = provider.resource(workload(namespace, labels=STAY))
    assert failure(resource, 1.5)[1:] == [reason]
    timer.join()
    resource.delete(timeout=20)


def test_a_failing_probe_is_told_from_its_event(provider, pool, plane, namespace):
    def fail():
        running = {
            "name": "app",
            "image": "i",
            "imageID": "",
            "ready": False,
            "restartCount": 0,
            "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}},
        }
        pod = set_status(plane, namespace, {"phase": "Running", "containerStatuses": [running]})
        about = {
            "kind": "Pod",
            "namespace": namespace,
            "name": pod["metadata"]["name"],
            "uid": pod["metadata"]["uid"],
            "fieldPath": "spec.containers{app}",
        }
        event = {
            "metadata": {"name": "e1"},
            "involvedObject": about,
            "reason": "Unhealthy",
            "message": "Readiness probe failed: HTTP 503",
            "type": "Warning",
            "lastTimestamp": "2026-01-01T00:00:00Z",
        }
        return plane.call("POST", f"/api/v1/namespaces/{namespace}/events", event)

    timer = later(0.1, fail)
    resource = provider.resource(workload(namespace, labels=STAY))
    assert failure(resource, 1.5)[1:] == ["probe: app: Readiness probe failed: HTTP 503"]
    timer.join()
    resource.delete(timeout=20)


def test_a_quota_that_refuses_the_pods_is_named(provider, controllers, plane, namespace):
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "none", "namespace": namespace},
        "spec": {"hard": {"pods": "0"}},
    }
    provider.resource(quota).create()
    path = f"/api/v1/namespaces/{namespace}/resourcequotas/none"
    until = time.monotonic() + 10
    while not plane.call("GET", path).get("status", {}).get("hard") and time.monotonic() < until:
        time.sleep(0.05)
    refused = [
        workload(namespace),
        workload(namespace, "StatefulSet", serviceName="s"),
        workload(namespace, "Job", template={"restartPolicy": "Never"}),
    ]
    for reasons in together(lambda inputs: failure(provider.resource(inputs), 2), refused):
        assert len(reasons) == 2, reasons
        assert reasons[1].startswith("admission: ")
        assert "exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0" in reasons[1]


def test_an_admission_rule_that_refuses_the_pods_is_named(provider, controllers, plane, namespace):
    policy = {
        "metadata": {"name": f"no-{namespace}"},
        "spec": {
            "matchConstraints": {
                "resourceRules": [
                    {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
                ]
            },
            "validations": [{"expression": "has(object.metadata.labels.owner)", "message": "every pod needs an owner"}],
        },
    }
    binding = {
        "metadata": {"name": f"no-{namespace}"},
        "spec": {
            "policyName": f"no-{namespace}",
            "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}},
        },
    }
    admission = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic"
    plane.call("POST", f"{admission}ies", policy)
    plane.call("POST", f"{admission}ybindings", binding)
    probe = {"metadata": {"name": "probe", "labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    until = time.monotonic() + 15
    while time.monotonic() < until:
        try:
            plane.call("POST", f"/api/v1/namespaces/{namespace}/pods?dryRun=All", probe)
        except AssertionError as error:
            if "every pod needs an owner" in str(error):
                break
        time.sleep(0.1)
    reasons = failure(provider.resource(workload(namespace)), 2)
    assert reasons[1].startswith("admission: ")
    assert "every pod needs an owner" in reasons[1]


def test_a_deadline_of_its_own_ends_the_wait(provider, pool, namespace):
    inputs = workload(namespace, labels=STAY, progressDeadlineSeconds=1)
    begun = time.monotonic()
    reasons = failure(provider.resource(inputs), 60)
    assert reasons[0] == f"Deployment {namespace}/web is not ready: 0 of 1 replicas available after 1 s"
    assert time.monotonic() - begun < 20


def test_a_failed_job_is_not_waited_for_any_longer(provider, pool, plane, namespace):
    inputs = workload(namespace, "Job", labels=STAY, backoffLimit=0, template={"restartPolicy": "Never"})
    timer = later(
        0.1, lambda: set_status(plane, namespace, {"phase": "Failed", "reason": "Evicted", "message": "no disk"})
    )
    begun = time.monotonic()
    reasons = failure(provider.resource(inputs), 60)
    timer.join()
    assert (
        reasons[0]
        == f"Job {namespace}/web is not ready: BackoffLimitExceeded: Job has reached the specified backoff limit"
    )
    assert reasons[1] == "pod: Evicted: no disk"
    assert time.monotonic() - begun < 20
