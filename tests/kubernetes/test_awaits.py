"""Waiting for objects until they are ready, with the real controllers and simulated nodes."""

import time

from google.protobuf import empty_pb2

from tests.counts import count
from tests.kubernetes.declarations import STAY, widget, widget_definition, workload
from tests.kubernetes.driver import Provider, failure, later, together

MERGE = "application/merge-patch+json"


def test_a_deployment_is_ready_when_its_pods_are(provider, pool, namespace):
    resource = provider.resource(workload(namespace, replicas=2)).create(timeout=20)
    assert resource.outputs["status"]["availableReplicas"] == 2
    resource.diff(workload(namespace, replicas=2, template={"containers": [{"name": "app", "image": "app:2"}]}))
    resource.update(timeout=20)
    status = resource.outputs["status"]
    assert (status["updatedReplicas"], status["replicas"], status["availableReplicas"]) == (2, 2, 2)
    resource.delete(timeout=20)


def test_the_annotation_bounds_the_wait_and_another_ends_it(provider, pool, namespace):
    begun = time.monotonic()
    bounded = workload(namespace, labels=STAY, annotations={"pulumi.com/timeoutSeconds": "1"})
    assert "replicas available after" in failure(provider.resource(bounded), 0)[0]
    assert time.monotonic() - begun < 10
    provider.resource(
        workload(namespace, name="skipped", labels=STAY, annotations={"pulumi.com/skipAwait": "true"})
    ).create()


def test_stateful_sets_daemon_sets_jobs_and_pods_are_waited_for(provider, pool, namespace):
    once = {"restartPolicy": "Never"}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "solo", "namespace": namespace},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    everything = [
        workload(namespace, "StatefulSet", "set", replicas=2, serviceName="s"),
        workload(namespace, "DaemonSet", "daemon"),
        workload(namespace, "Job", "job", template=once),
        pod,
    ]
    stateful, daemon, job, solo = together(
        lambda inputs: provider.resource(inputs).create(timeout=30).outputs, everything
    )
    assert stateful["status"]["readyReplicas"] == 2
    assert daemon["status"]["numberAvailable"] >= 1
    assert job["status"]["succeeded"] == 1
    assert solo["status"]["phase"] == "Running"


def test_a_load_balancer_is_waited_for(provider, plane, namespace):
    inputs = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "lb", "namespace": namespace},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
    }
    path = f"/api/v1/namespaces/{namespace}/services/lb/status"
    timer = later(
        0.5, lambda: plane.call("PATCH", path, {"status": {"loadBalancer": {"ingress": [{"ip": "10.9.9.9"}]}}}, MERGE)
    )
    resource = provider.resource(inputs).create(timeout=20)
    timer.join()
    assert resource.outputs["status"]["loadBalancer"]["ingress"][0]["ip"] == "10.9.9.9"


def test_a_rule_of_the_declarations_own_is_waited_for(provider, plane, namespace):
    provider.resource(widget_definition()).create()
    inputs = widget(namespace, size=1)
    inputs["metadata"]["annotations"] = {"pulumi.com/waitFor": "jsonpath={.status.phase}=Running"}
    path = f"/apis/test.slipway.dev/v1/namespaces/{namespace}/widgets/w/status"
    timer = later(0.5, lambda: plane.call("PATCH", path, {"status": {"phase": "Running"}}, MERGE))
    assert provider.resource(inputs).create(timeout=20).outputs["status"] == {"phase": "Running"}
    timer.join()
    inputs["metadata"]["name"] = "never"
    assert failure(provider.resource(inputs), 1)[0].startswith(
        f"Widget {namespace}/never is not ready: .status.phase is not there, not Running after"
    )


def test_an_object_deleted_meanwhile_ends_the_wait(provider, pool, plane, namespace):
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    timer = later(0.7, lambda: plane.call("DELETE", path))
    begun = time.monotonic()
    assert failure(provider.resource(workload(namespace, labels=STAY)), 60) == [
        f"Deployment {namespace}/web is not ready: it was deleted meanwhile"
    ]
    timer.join()
    assert time.monotonic() - begun < 10


def test_cancel_ends_all_waiting(plane, pool, tmp_path, namespace):
    running = Provider(tmp_path)
    try:
        running.configure(kubeconfig=plane.kubeconfig)
        timer = later(0.7, lambda: running.call("Cancel", empty_pb2.Empty()))
        begun = time.monotonic()
        reasons = failure(running.resource(workload(namespace, labels=STAY)), 60)
        timer.join()
        assert "(cancelled)" in reasons[0]
        assert time.monotonic() - begun < 5
    finally:
        running.stop()


def test_many_deployments_at_once(provider, pool, namespace, figure):
    number = count(test=20, prove=100, soak=300)
    everything = [workload(namespace, name=f"model-{index}") for index in range(number)]
    resources = [provider.resource(inputs) for inputs in everything]
    begun = time.monotonic()
    together(lambda resource: resource.create(timeout=30), resources, threads=number)
    ready = time.monotonic() - begun
    assert all(resource.outputs["status"]["availableReplicas"] == 1 for resource in resources)
    together(lambda resource: resource.delete(timeout=120), resources, threads=number)
    figure(
        f"kubernetes stand-in: {number} Deployments ready in {ready:.1f} s, gone in {time.monotonic() - begun - ready:.1f} s"
    )


def test_a_rollout_that_failed_before_is_waited_for_anew(provider, pool, namespace):
    """The Deployment still says that its deadline passed; that was the rollout before."""
    stuck = workload(namespace, name="again", labels=STAY, progressDeadlineSeconds=2)
    resource = provider.resource(stuck)
    assert "after 2 s" in failure(resource, 30)[0]
    mended = workload(namespace, name="again", progressDeadlineSeconds=2)
    resource.diff(mended)
    resource.update(timeout=30)
    assert resource.outputs["status"]["availableReplicas"] == 1
