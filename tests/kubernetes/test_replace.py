"""What cannot be changed in place, what has a status, and what must be there first."""

import time

from tests.kubernetes.declarations import deployment, node, widget, widget_definition
from tests.kubernetes.driver import Provider, together


def test_another_name_is_another_object(provider, namespace, config_map):
    resource = provider.resource(config_map("one")).create()
    diff = resource.diff(config_map("two"))
    assert list(diff.replaces) == ["metadata.name"]
    assert not diff.deleteBeforeReplace, "both can be there at once"


def test_data_of_a_config_map_replaces_it_unless_declared_mutable(provider, plane, tmp_path, config_map):
    other = Provider(tmp_path)
    try:
        other.configure(kubeconfig=plane.kubeconfig, enableConfigMapMutable="true")
        for driver, name, replaces in ((provider, "fixed", ["data.colour"]), (other, "mutable", [])):
            resource = driver.resource(config_map(name)).create()
            assert list(resource.diff(config_map(name, {"colour": "red"})).replaces) == replaces
    finally:
        other.stop()


def test_an_immutable_field_that_only_the_api_server_knows_replaces(provider, namespace):
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "once", "namespace": namespace, "annotations": {"pulumi.com/skipAwait": "true"}},
        "spec": {
            "completions": 2,
            "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}},
        },
    }
    resource = provider.resource(job).create()
    diff = resource.diff(job | {"spec": job["spec"] | {"completions": 3}})
    assert list(diff.replaces) == ["spec.completions"]
    assert diff.deleteBeforeReplace
    assert resource.preview()["spec"]["completions"] == 3, "its dry run is not disturbed by the object it replaces"
    mutable = resource.diff(job | {"spec": job["spec"] | {"parallelism": 2}})
    assert list(mutable.replaces) == []


def test_a_selector_replaces(provider, namespace):
    resource = provider.resource(deployment(namespace)).create()
    other = deployment(namespace)
    other["spec"]["selector"]["matchLabels"]["more"] = other["spec"]["template"]["metadata"]["labels"]["more"] = "x"
    assert list(resource.diff(other).replaces) == ["spec.selector.matchLabels.more"]


def test_a_node_has_its_capacity_and_any_change_makes_it_anew(provider, plane, namespace):
    name = f"gpu-{namespace}"
    resource = provider.resource(node(name, "8")).create()
    assert plane.call("GET", f"/api/v1/nodes/{name}")["status"]["capacity"] == {"nvidia.com/gpu": "8", "cpu": "32"}
    assert resource.read() == resource.inputs, "a taint of the node controller makes no difference"
    for change in (node(name, "4"), node(name, "8", unschedulable=True)):
        diff = resource.diff(change)
        assert diff.deleteBeforeReplace
        assert diff.replaces
    resource.news = resource.check(node(name, "4"))
    resource.delete()
    resource.create()
    assert plane.call("GET", f"/api/v1/nodes/{name}")["status"]["capacity"]["nvidia.com/gpu"] == "4"


def test_a_status_goes_through_the_subresource_where_the_kind_has_one(provider, plane, namespace):
    provider.resource(widget_definition()).create()
    inputs = widget(namespace, size=1) | {"status": {"phase": "Made"}}
    resource = provider.resource(inputs).create()
    live = plane.call("GET", f"/apis/test.slipway.dev/v1/namespaces/{namespace}/widgets/w")
    assert live["status"] == resource.outputs["status"] == {"phase": "Made"}


def test_a_rule_of_a_custom_kind_replaces(provider, namespace):
    provider.resource(widget_definition()).create()
    resource = provider.resource(widget(namespace, size=1, fixed="a")).create()
    assert list(resource.diff(widget(namespace, size=2, fixed="a")).replaces) == []
    assert list(resource.diff(widget(namespace, size=2, fixed="b")).replaces) == ["spec.fixed"]


def test_the_kind_of_a_definition_made_in_the_same_update_is_waited_for(provider, plane, namespace):
    first, second = widget_definition("gadget"), widget(namespace, "gadget", size=1)

    def make(inputs):
        if inputs is first:
            time.sleep(0.5)
        return provider.resource(inputs).create()

    made = together(make, [second, first])
    assert [resource.id for resource in made] == [f"{namespace}/w", "gadgets.test.slipway.dev"]


def test_a_namespace_made_in_the_same_update_is_waited_for(provider, plane, namespace):
    late = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"{namespace}-late"}}
    inner = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": f"{namespace}-late"}}

    def make(inputs):
        if inputs is late:
            time.sleep(0.5)
        return provider.resource(inputs).create().id

    assert together(make, [inner, late]) == [f"{namespace}-late/x", f"{namespace}-late"]


def test_an_object_made_before_its_kind_was_known_stays_where_it_is(plane, tmp_path, namespace):
    running = Provider(tmp_path)
    try:
        running.configure(kubeconfig=plane.kubeconfig, namespace=namespace)
        inputs = widget(namespace, "thing", size=1)
        del inputs["metadata"]["namespace"]
        resource = running.resource(inputs)
        assert "namespace" not in resource.news["metadata"]
        running.resource(widget_definition("thing")).create()
        resource.create()
        assert resource.id == f"{namespace}/w"
        assert resource.diff(inputs).changes == 1
        assert resource.news["metadata"]["namespace"] == namespace
    finally:
        running.stop()
