"""Whose object it is: what is taken over, what is refused, and who else may change fields."""

import pytest

from tests.kubernetes.declarations import deployment
from tests.kubernetes.driver import STACK, Failed, later

PATH = "/api/v1/namespaces/{}/configmaps/{}"
MERGE = "application/merge-patch+json"


def by_hand(plane, namespace, manager, replicas):
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web?fieldManager={manager}"
    plane.call("PATCH", path, {"spec": {"replicas": replicas}}, MERGE)


def test_the_same_resource_of_the_same_stack_takes_its_object_over(provider, plane, namespace, config_map):
    lost = provider.resource(config_map()).create()
    again = provider.resource(config_map(data={"colour": "red"}))
    assert again.preview()["data"] == {"colour": "red"}
    again.create()
    assert again.outputs["metadata"]["uid"] == lost.outputs["metadata"]["uid"]
    assert plane.call("GET", PATH.format(namespace, "settings"))["data"] == {"colour": "red"}


def test_an_object_of_ours_that_cannot_become_what_is_wanted_is_made_anew(provider, plane, namespace, config_map):
    lost = provider.resource(config_map() | {"immutable": True}).create()
    again = provider.resource(config_map(data={"colour": "red"}) | {"immutable": True})
    again.preview()
    again.create()
    assert again.outputs["metadata"]["uid"] != lost.outputs["metadata"]["uid"]


@pytest.mark.parametrize(
    ("marks", "owner"),
    [
        ({}, "it belongs to no stack \\(made by kubectl-create\\)"),
        (
            {"slipway.dev/stack": "slipway/other", "slipway.dev/urn": "U"},
            "it belongs to the stack slipway/other \\(U\\)",
        ),
        (
            {"slipway.dev/stack": STACK, "slipway.dev/urn": "urn:other"},
            "it belongs to the stack slipway/test \\(urn:other\\)",
        ),
    ],
)
def test_any_other_object_is_left_alone(provider, plane, namespace, config_map, marks, owner):
    theirs = {"metadata": {"name": "settings", "annotations": marks}, "data": {"k": "v"}}
    before = plane.call("POST", f"/api/v1/namespaces/{namespace}/configmaps?fieldManager=kubectl-create", theirs)
    with pytest.raises(
        Failed,
        match=f"AlreadyExists: {owner}(?s:.*)fix: .*pulumi import kubernetes:v1:ConfigMap NAME {namespace}/settings",
    ):
        provider.resource(config_map()).create()
    assert plane.call("GET", PATH.format(namespace, "settings")) == before


def test_without_a_marker_in_the_inputs_nothing_is_taken_over(provider, namespace):
    inputs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "bare", "namespace": namespace}}
    provider.resource(inputs).create()
    with pytest.raises(Failed, match="AlreadyExists"):
        provider.resource(inputs).create()


def test_an_object_that_is_going_away_is_waited_for(provider, plane, namespace, config_map):
    old = provider.resource(config_map(finalizers=["example.com/hold"])).create()
    path = PATH.format(namespace, "settings")
    plane.call("DELETE", path)
    timer = later(0.7, lambda: plane.call("PATCH", path, {"metadata": {"finalizers": None}}, MERGE))
    new = provider.resource(config_map()).create()
    timer.join()
    assert new.outputs["metadata"]["uid"] != old.outputs["metadata"]["uid"]


def test_fields_of_another_manager_are_not_taken(provider, plane, namespace):
    resource = provider.resource(deployment(namespace)).create()
    by_hand(plane, namespace, "kubectl-scale", 5)
    resource.diff(deployment(namespace, replicas=2, image="app:2"))
    for preview in (True, False):
        with pytest.raises(
            Failed, match=r"changed by another field manager, 'kubectl-scale': spec\.replicas\n  fix: .*patchForce"
        ):
            resource.update(preview=preview)
    assert plane.call("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments/web")["spec"]["replicas"] == 5


def test_fields_of_another_manager_are_taken_when_the_declaration_says_so(provider, plane, namespace):
    resource = provider.resource(deployment(namespace)).create()
    by_hand(plane, namespace, "kubectl-scale", 5)
    resource.diff(deployment(namespace, replicas=2, **{"pulumi.com/patchForce": "true"}))
    resource.update()
    assert resource.outputs["spec"]["replicas"] == 2


def test_fields_of_an_earlier_provider_of_ours_are_taken(provider, plane, namespace):
    resource = provider.resource(deployment(namespace)).create()
    by_hand(plane, namespace, "pulumi-kubernetes-1a2b3c", 5)
    resource.diff(deployment(namespace, replicas=2))
    resource.update()
    assert resource.outputs["spec"]["replicas"] == 2


@pytest.mark.parametrize("change", [{"replicas": 2}, {"extra": "annotation"}], ids=["conflict", "no conflict"])
def test_an_update_spares_another_object_of_the_same_name(provider, plane, namespace, change):
    resource = provider.resource(deployment(namespace)).create()
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    plane.call("DELETE", f"{path}/web")
    theirs = deployment(namespace)
    theirs["metadata"]["annotations"] = {}
    plane.call("POST", path, theirs)
    resource.diff(deployment(namespace, **change))
    with pytest.raises(Failed, match="AlreadyExists: it belongs to no stack"):
        resource.update()
    live = plane.call("GET", f"{path}/web")
    assert live["spec"]["replicas"] == 1
    assert not live["metadata"].get("annotations", {}).keys() & {"slipway.dev/urn", "extra"}
