"""An object through its life, on a real API server."""

import base64

import pytest

from providers.wire import UNKNOWN, Secret, plain
from tests.kubernetes.declarations import deployment
from tests.kubernetes.driver import STACK, Failed

NONE, SOME = 1, 2  # DiffResponse.changes
CONFIG_MAP = "/api/v1/namespaces/{}/configmaps/{}"


def test_create_then_no_change(provider, plane, namespace, config_map):
    resource = provider.resource(config_map()).create()
    live = plane.call("GET", CONFIG_MAP.format(namespace, "settings"))
    assert resource.id == f"{namespace}/settings"
    assert live["data"] == {"colour": "blue"}
    assert live["metadata"]["annotations"] == {"slipway.dev/stack": STACK, "slipway.dev/urn": resource.urn}
    assert resource.outputs["metadata"]["uid"] == live["metadata"]["uid"]
    assert "managedFields" not in resource.outputs["metadata"]
    assert resource.diff(config_map()).changes == NONE
    assert resource.read() == resource.inputs


def test_update_changes_the_same_object_and_takes_removed_fields_away(provider, plane, namespace):
    resource = provider.resource(deployment(namespace, extra="old")).create()
    uid = resource.outputs["metadata"]["uid"]
    diff = resource.diff(deployment(namespace, image="app:2"))
    assert set(diff.detailedDiff) == {"spec.template.spec.containers[0].image", "metadata.annotations.extra"}
    assert (diff.changes, list(diff.replaces), diff.deleteBeforeReplace) == (SOME, [], False)
    foreseen = resource.update(preview=True)
    assert foreseen["spec"]["template"]["spec"]["containers"][0]["image"] == "app:2"
    assert foreseen["metadata"]["uid"] == uid
    assert foreseen["metadata"]["resourceVersion"] is foreseen["status"] is UNKNOWN
    resource.update()
    live = plane.call("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments/web")
    assert (live["metadata"]["uid"], live["metadata"]["generation"]) == (uid, 2)
    assert "extra" not in live["metadata"]["annotations"]


def test_delete_ends_with_the_object_gone_and_again_is_fine(provider, plane, namespace, config_map):
    resource = provider.resource(config_map()).create()
    resource.delete()
    assert plane.call("GET", CONFIG_MAP.format(namespace, "settings")) is None
    resource.delete()


def test_delete_spares_another_object_of_the_same_name(provider, plane, namespace, config_map):
    resource = provider.resource(config_map()).create()
    plane.call("DELETE", CONFIG_MAP.format(namespace, "settings"))
    plane.call("POST", f"/api/v1/namespaces/{namespace}/configmaps", {"metadata": {"name": "settings"}})
    resource.delete()
    assert plane.call("GET", CONFIG_MAP.format(namespace, "settings")) is not None


def test_a_stuck_object_says_what_holds_it(provider, plane, namespace, config_map):
    resource = provider.resource(config_map(finalizers=["example.com/hold"])).create()
    with pytest.raises(Failed, match=r"is still there after its deletion; finalizers: example\.com/hold"):
        resource.delete(timeout=1)
    plane.call(
        "PATCH",
        CONFIG_MAP.format(namespace, "settings"),
        {"metadata": {"finalizers": None}},
        "application/merge-patch+json",
    )
    resource.delete()


def test_a_secret_stays_one_in_inputs_outputs_and_refresh(provider, plane, namespace):
    inputs = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "key", "namespace": namespace},
        "stringData": {"password": "hunter22"},
    }
    resource = provider.resource(inputs)
    assert resource.news["stringData"] == Secret({"password": "hunter22"})
    resource.create()
    encoded = base64.b64encode(b"hunter22").decode()
    assert resource.outputs["data"] == Secret({"password": encoded})
    assert "hunter22" not in str(
        {key: value for key, value in resource.outputs.items() if not isinstance(value, Secret)}
    )
    assert resource.read() == resource.inputs
    plane.call(
        "PATCH",
        f"/api/v1/namespaces/{namespace}/secrets/key",
        {"data": {"password": "bmV3"}},
        "application/merge-patch+json",
    )
    assert resource.read()["stringData"] == Secret({"password": "new"})


def test_a_secret_value_in_any_kind_is_marked_in_the_outputs_and_absent_from_messages(provider, namespace):
    inputs = deployment(namespace)
    inputs["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "TOKEN", "value": Secret("top-secret")}]
    resource = provider.resource(inputs).create()
    container = resource.outputs["spec"]["template"]["spec"]["containers"][0]
    assert container["env"][0]["value"] == Secret("top-secret")
    assert container["imagePullPolicy"] == "IfNotPresent"
    inputs["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = Secret("top-secret")
    resource.diff(inputs)
    with pytest.raises(Failed, match=r"imagePullPolicy: .*\[secret\]") as raised:
        resource.update()
    assert "top-secret" not in raised.value.message


def test_drift_of_a_declared_field_is_seen_and_of_others_is_not(provider, plane, namespace, config_map):
    resource = provider.resource(config_map()).create()
    patch = {"data": {"colour": "red", "other": "x"}, "metadata": {"labels": {"added": "by-hand"}}}
    plane.call("PATCH", CONFIG_MAP.format(namespace, "settings"), patch, "application/merge-patch+json")
    assert resource.read() == resource.inputs | {"data": {"colour": "red"}}


def test_a_deleted_object_is_seen_as_gone(provider, plane, namespace, config_map):
    resource = provider.resource(config_map()).create()
    plane.call("DELETE", CONFIG_MAP.format(namespace, "settings"))
    assert resource.read() is None


def test_update_of_a_deleted_object_makes_it_again(provider, plane, namespace):
    resource = provider.resource(deployment(namespace)).create()
    plane.call("DELETE", f"/apis/apps/v1/namespaces/{namespace}/deployments/web")
    resource.diff(deployment(namespace, image="app:2"))
    resource.update()
    live = plane.call("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments/web")
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "app:2"


def test_an_import_takes_the_object_as_it_is(provider, plane, namespace, config_map):
    plane.call(
        "POST",
        f"/api/v1/namespaces/{namespace}/configmaps",
        {"metadata": {"name": "theirs", "labels": {"a": "b"}}, "data": {"k": "v"}},
    )
    resource = provider.resource(config_map("theirs"))
    resource.id = f"{namespace}/theirs"
    found = resource.read()
    assert found == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "theirs", "namespace": namespace, "labels": {"a": "b"}},
        "data": {"k": "v"},
    }
    resource.inputs = found
    program = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "theirs", "namespace": namespace},
        "data": {"k": "v"},
    }
    assert resource.diff(program).changes == NONE, "the program says less than the object is, and nothing else"
    assert resource.diff(program | {"data": {"k": "w"}}).changes == SOME


def test_an_import_of_nothing_finds_nothing(provider, namespace, config_map):
    resource = provider.resource(config_map("absent"))
    resource.id = f"{namespace}/absent"
    assert resource.read() is None


def test_a_name_is_given_and_kept(provider, namespace):
    inputs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": namespace}}
    resource = provider.resource(inputs, "My_Settings")
    name = resource.news["metadata"]["name"]
    assert name.startswith("my-settings-")
    resource.create()
    assert resource.diff(inputs).changes == NONE
    assert resource.news["metadata"]["name"] == name


def test_a_namespace_is_filled_in_for_kinds_that_have_one(provider):
    spaced = provider.resource({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}})
    global_ = provider.resource({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}})
    assert spaced.news["metadata"] == {"name": "x", "namespace": "default"}
    assert global_.news["metadata"] == {"name": "x"}


def test_a_new_service_has_no_address_in_preview_and_one_afterwards(provider, namespace):
    inputs = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"ports": [{"port": 80}]},
    }
    resource = provider.resource(inputs)
    assert resource.preview()["spec"]["clusterIP"] is UNKNOWN
    resource.create()
    assert resource.outputs["spec"]["clusterIP"].startswith("10.77.0.")
    diff = resource.diff(inputs | {"spec": {"ports": [{"port": 80}], "clusterIP": "None"}})
    assert list(diff.replaces) == ["spec.clusterIP"]
    assert diff.deleteBeforeReplace


def test_plain_inputs_come_back_through_a_secret_container(provider, namespace, config_map):
    inputs = config_map(data={"a": Secret("plain-text")})
    resource = provider.resource(inputs).create()
    assert resource.outputs["data"] == {"a": Secret("plain-text")}
    assert plain(resource.outputs["data"]) == {"a": "plain-text"}
