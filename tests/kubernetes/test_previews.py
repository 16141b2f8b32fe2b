"""What a preview shows: the API server's own judgement, all of it, with nothing made."""

import time

import pytest

from providers.wire import UNKNOWN
from tests.kubernetes.declarations import deployment, node, widget, widget_definition
from tests.kubernetes.driver import Failed, Provider


@pytest.fixture
def collecting(plane, tmp_path):
    running = Provider(tmp_path, SLIPWAY_PREVIEW_ERRORS="collect")
    try:
        running.configure(kubeconfig=plane.kubeconfig)
        yield running
    finally:
        running.stop()


def broken(namespace):
    inputs = deployment(namespace)
    inputs["spec"]["typo"] = 1
    inputs["spec"]["template"]["spec"]["containers"][0]["imagePullPolcy"] = "Always"
    return inputs


def test_a_preview_makes_nothing_and_knows_what_the_api_server_adds(provider, plane, namespace):
    foreseen = provider.resource(deployment(namespace)).preview()
    assert foreseen["spec"]["revisionHistoryLimit"] == 10
    for key in ("uid", "resourceVersion", "creationTimestamp", "generation"):
        assert foreseen["metadata"][key] is UNKNOWN
    assert foreseen["status"] is UNKNOWN
    assert plane.call("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments/web") is None


def test_unknown_fields_are_refused_all_of_them(provider, namespace):
    with pytest.raises(Failed) as raised:
        provider.resource(broken(namespace)).preview()
    lines = raised.value.message.splitlines()
    assert sorted(lines[0::2]) == [
        f"Deployment {namespace}/web spec.template.spec.containers[0].imagePullPolcy: the API server knows no such field",
        f"Deployment {namespace}/web spec.typo: the API server knows no such field",
    ]
    assert lines[1] == "  fix: correct its name, or leave it out"


def test_wrong_types_and_wrong_values_are_refused(provider, namespace):
    inputs = deployment(namespace)
    inputs["spec"]["replicas"] = "three"
    with pytest.raises(Failed, match=r"spec\.replicas: expected numeric"):
        provider.resource(inputs).preview()
    inputs = deployment(namespace)
    inputs["spec"]["template"]["metadata"]["labels"] = {"other": "x"}
    with pytest.raises(Failed, match=r"spec\.template\.metadata\.labels: .*`selector` does not match"):
        provider.resource(inputs).preview()


def test_an_update_is_judged_too(provider, plane, namespace):
    resource = provider.resource(deployment(namespace)).create()
    resource.diff(broken(namespace))
    with pytest.raises(Failed, match=r"spec\.typo: the API server knows no such field"):
        resource.update(preview=True)
    with pytest.raises(Failed, match=r"spec\.typo: the API server knows no such field"):
        resource.update()


def test_collected_errors_are_all_logged_at_their_resource_and_the_preview_goes_on(collecting, namespace):
    first = collecting.resource(broken(namespace))
    second = collecting.resource(deployment(namespace, name="Upper"))
    assert first.preview()["spec"]["typo"] == 1
    second.preview()
    errors = [(urn, message) for severity, urn, message in collecting.log.lines if severity == "ERROR"]
    assert [urn for urn, _ in errors] == [first.urn, second.urn]
    assert "spec.typo" in errors[0][1]
    assert "imagePullPolcy" in errors[0][1]
    assert "metadata.name" in errors[1][1]


def test_collected_or_not_the_real_thing_fails(collecting, namespace):
    with pytest.raises(Failed, match=r"spec\.typo"):
        collecting.resource(broken(namespace)).create()


def test_unknown_values_stay_unknown_and_are_not_judged(provider, namespace, config_map):
    foreseen = provider.resource(config_map(data={"url": UNKNOWN, "a": "b"})).preview()
    assert foreseen["data"] == {"url": UNKNOWN, "a": "b"}
    assert foreseen["metadata"]["uid"] is UNKNOWN


def test_a_namespace_or_kind_that_may_still_come_is_no_error(provider, namespace, config_map):
    elsewhere = config_map()
    elsewhere["metadata"]["namespace"] = "not-made-yet"
    assert provider.resource(elsewhere).preview()["data"] == {"colour": "blue"}
    unknown_kind = widget(namespace, size=1) | {"apiVersion": "nowhere.slipway.dev/v1"}
    assert provider.resource(unknown_kind).preview()["spec"] == {"size": 1}


def test_a_maximum_of_a_custom_kind_is_checked(provider, namespace):
    provider.resource(widget_definition()).create()
    with pytest.raises(Failed, match=r"Widget .*/w spec\.size: .*less than or equal to 5"):
        provider.resource(widget(namespace, size=9)).preview()


def test_a_replacement_is_judged_while_the_old_object_is_there(provider, namespace):
    resource = provider.resource(node(f"n-{namespace}", "8")).create()
    resource.diff(node(f"n-{namespace}", "4"))
    assert resource.preview()["metadata"]["name"] == f"n-{namespace}"
    wrong = node(f"n-{namespace}", "4", taints=[{"key": "a", "effect": "Never"}])
    resource.diff(wrong)
    with pytest.raises(Failed, match=r"Unsupported value: \"Never\""):
        resource.preview()


def test_an_existing_object_is_said_in_the_preview(provider, plane, namespace, config_map):
    plane.call("POST", f"/api/v1/namespaces/{namespace}/configmaps", {"metadata": {"name": "settings"}})
    with pytest.raises(Failed, match=f"ConfigMap {namespace}/settings: AlreadyExists: it belongs to no stack"):
        provider.resource(config_map()).preview()


def test_what_cannot_be_done_is_refused_in_check(provider, namespace, config_map):
    patch = {"apiVersion": "v1", "kind": "NodePatch", "metadata": {"name": "n"}}
    assert "does not do NodePatch" in provider.resource(patch).failures["kind"]
    generated = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}}
    assert set(provider.resource(generated).failures) == {"metadata.generateName"}
    waits = config_map(annotations={"pulumi.com/waitFor": "phase=Running"})
    assert set(provider.resource(waits).failures) == {'metadata.annotations["pulumi.com/waitFor"]'}
    assert set(provider.resource({"apiVersion": "v1", "kind": "", "metadata": {}}).failures) == {"kind"}
    assert provider.resource(config_map()).failures == {}


def test_a_missing_namespace_or_kind_is_named_with_its_fix(provider, config_map):
    inputs = config_map()
    inputs["metadata"]["namespace"] = "never-made"
    begun = time.monotonic()
    with pytest.raises(Failed, match=r'(?s)namespaces "never-made" not found.*declare the namespace in the stack'):
        provider.resource(inputs).create(timeout=0.5)
    assert 0.5 < time.monotonic() - begun < 5
    with pytest.raises(
        Failed, match=r"(?s)knows no kind Gone in a\.b/v1.*let it depend on the CustomResourceDefinition"
    ):
        provider.resource({"apiVersion": "a.b/v1", "kind": "Gone", "metadata": {"name": "x"}}).create(timeout=0.5)
