"""What changed, and what takes a new object."""

import pytest

from providers.wire import UNKNOWN, Secret
from sandbox.providers.kubernetes import diff, immutable
from sandbox.providers.kubernetes.client import ApiError, Cause
from sandbox.providers.kubernetes.diff import Change


def thing(api="v1", kind="Thing", name="x", annotations=None, **more):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "annotations": annotations or {}}} | more


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {"a": 2}, {"a": Change.UPDATE}),
        ({"a": 1}, {"a": "1"}, {"a": Change.UPDATE}),
        ({"a": True}, {"a": 1}, {"a": Change.UPDATE}),
        ({"a": 1}, {}, {"a": Change.DELETE}),
        ({}, {"a": {"b": 1}}, {"a": Change.ADD}),
        ({"a": None}, {}, {"a": Change.DELETE}),
        ({"l": [1, 2]}, {"l": [1]}, {"l[1]": Change.DELETE}),
        ({"l": [{"n": 1}]}, {"l": [{"n": 2}, {}]}, {"l[0].n": Change.UPDATE, "l[1]": Change.ADD}),
        ({"a": 1}, {"a": UNKNOWN}, {"a": Change.UPDATE}),
        ({"a": UNKNOWN}, {"a": UNKNOWN}, {"a": Change.UPDATE}),
        ({"a": Secret("x")}, {"a": Secret("x")}, {}),
        ({"a": Secret("x")}, {"a": Secret("y")}, {"a": Change.UPDATE}),
        ({"a": "x"}, {"a": Secret("x")}, {"a": Change.UPDATE}),
        ({"m": {"a.b/c": 1}}, {"m": {"a.b/c": 2}}, {'m["a.b/c"]': Change.UPDATE}),
    ],
)
def test_changes_are_found_leaf_by_leaf(old, new, changes):
    assert {diff.show(path): change for path, change in diff.compare(old, new).items()} == changes


@pytest.mark.parametrize(
    ("old", "new", "replaces", "delete_first"),
    [
        (thing(), thing(a=1), set(), False),
        (thing(), thing(name="y"), {"metadata.name"}, False),
        (thing(), thing(kind="Other"), {"kind"}, True),
        (thing("a/v1"), thing("a/v2"), set(), False),
        (thing("a/v1"), thing("b/v1"), {"apiVersion"}, True),
        (thing(name="y"), thing(name=UNKNOWN), {"metadata.name"}, False),
        (
            thing(annotations={"slipway.dev/replace-on-change": "true"}, a=1),
            thing(annotations={"slipway.dev/replace-on-change": "true"}, a=2),
            {"a"},
            True,
        ),
        (
            thing(annotations={"slipway.dev/replace-on-change": "false"}, a=1),
            thing(annotations={"slipway.dev/replace-on-change": "false"}, a=2),
            set(),
            False,
        ),
        (thing(kind="Secret", type="a"), thing(kind="Secret", type="b"), {"type"}, True),
        (
            thing(kind="Node", status={"capacity": {"gpu": "1"}}),
            thing(kind="Node", status={"capacity": {"gpu": "2"}}),
            {"status.capacity.gpu"},
            True,
        ),
        (thing(kind="Node", status={"capacity": {"gpu": "1"}}), thing(kind="Node"), {"status"}, True),
        (
            thing("rbac.authorization.k8s.io/v1", "RoleBinding", roleRef={"name": "a"}),
            thing("rbac.authorization.k8s.io/v1", "RoleBinding", roleRef={"name": "b"}),
            {"roleRef.name"},
            True,
        ),
        (
            thing(kind="PersistentVolumeClaim", spec={"resources": {"requests": {"storage": "1Gi"}}}),
            thing(kind="PersistentVolumeClaim", spec={"resources": {"requests": {"storage": "2Gi"}}}),
            set(),
            False,
        ),
        (
            thing(kind="PersistentVolumeClaim", spec={"storageClassName": "a"}),
            thing(kind="PersistentVolumeClaim", spec={"storageClassName": "b"}),
            {"spec.storageClassName"},
            True,
        ),
        (
            thing("apps/v1", "StatefulSet", spec={"serviceName": "a", "replicas": 1}),
            thing("apps/v1", "StatefulSet", spec={"serviceName": "b", "replicas": 2}),
            {"spec.serviceName"},
            True,
        ),
    ],
)
def test_what_cannot_be_changed_replaces(old, new, replaces, delete_first):
    found = diff.decide(old, new)
    assert ({diff.show(path) for path in found.replaces}, found.delete_first) == (replaces, delete_first)


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_data_is_changed_in_place_only_when_that_is_allowed(kind):
    old, new = thing(kind=kind, data={"a": "1"}), thing(kind=kind, data={"a": "2"})
    assert diff.decide(old, new).replaces == {("data", "a")}
    assert diff.decide(old, new, mutable=True).replaces == set()
    sealed = thing(kind=kind, data={"a": "1"}, immutable=True)
    assert diff.decide(sealed, new | {"immutable": True}, mutable=True).replaces == {("data", "a")}


def test_what_the_api_server_calls_immutable_replaces():
    old, new = thing(spec={"a": {"b": 1}, "c": 1}), thing(spec={"a": {"b": 2}, "c": 2})
    assert diff.decide(old, new, also=[("spec", "a")]).replaces == {("spec", "a", "b")}
    assert diff.decide(old, new, also=[("spec",)]).replaces == {("spec", "a", "b"), ("spec", "c")}
    assert diff.decide(old, new, also=[("status",)]).replaces == {("status",)}


@pytest.mark.parametrize(
    ("message", "frozen"),
    [
        ("Invalid value: 3: field is immutable", True),
        ("Forbidden: updates to statefulset spec for fields other than 'replicas', 'template' are forbidden", True),
        ("Invalid value: {}: cannot change roleRef", True),
        ("Forbidden: spec is immutable after creation except resources.requests for bound claims", True),
        ("Forbidden: pod updates may not change fields other than `spec.containers[*].image`", True),
        ('Invalid value: "b": fixed cannot change', True),
        ("Invalid value: may not change once set", True),
        ("Invalid value: -1: must be greater than or equal to 0", False),
        ("Required value", False),
    ],
)
def test_a_refusal_is_read(message, frozen):
    error = ApiError(422, "Invalid", message, (Cause("FieldValueInvalid", message, "spec.ports[0].x"),))
    assert diff.refused(error) == ([("spec", "ports", 0, "x")] if frozen else [])


def test_paths_of_the_api_server_are_understood():
    assert diff.parse("spec.ports[0].port") == ("spec", "ports", 0, "port")
    assert diff.parse("metadata.labels[a.b/c]") == ("metadata", "labels", "a.b/c")


def test_the_api_server_is_asked_where_the_table_is_not_all():
    assert immutable.settled("apps", "Deployment")
    assert immutable.settled("", "ConfigMap")
    assert not immutable.settled("apps", "StatefulSet")
    assert not immutable.settled("demo.io", "Widget")
