"""Live objects in the shape of the inputs, and the marks of ownership."""

import json

import pytest

from catalog.errors import SlipwayError
from sandbox.providers.kubernetes import objects, read


@pytest.mark.parametrize(
    ("live", "inputs", "shaped"),
    [
        ({"spec": {"a": 1, "default": 2}}, {"spec": {"a": 1}}, {"spec": {"a": 1}}),
        ({"spec": {"a": 2}}, {"spec": {"a": 1}}, {"spec": {"a": 2}}),
        ({"spec": {}}, {"spec": {"a": 1}}, {"spec": {}}),
        ({}, {"spec": {"a": 1}}, {}),
        (
            {"spec": {}},
            {"spec": {"hostNetwork": False, "n": 0, "s": "", "l": [], "o": {}, "x": None}},
            {"spec": {"hostNetwork": False, "n": 0, "s": "", "l": [], "o": {}, "x": None}},
        ),
        ({"args": ["a", "b"]}, {"args": ["a"]}, {"args": ["a", "b"]}),
        ({"args": []}, {"args": ["a"]}, {"args": []}),
        (
            {"c": [{"name": "side", "i": 1}, {"name": "app", "i": 2, "more": 3}]},
            {"c": [{"name": "app", "i": 1}]},
            {"c": [{"name": "app", "i": 2}]},
        ),
        ({"c": [{"name": "side"}]}, {"c": [{"name": "app"}]}, {"c": []}),
        (
            {
                "taints": [
                    {"key": "a", "effect": "NoSchedule", "timeAdded": "t"},
                    {"key": "not-ready", "effect": "NoSchedule"},
                ]
            },
            {"taints": [{"key": "a", "effect": "NoSchedule"}]},
            {"taints": [{"key": "a", "effect": "NoSchedule"}]},
        ),
        (
            {"rules": [{"verbs": ["get"]}, {"verbs": ["*"]}]},
            {"rules": [{"verbs": ["get"]}]},
            {"rules": [{"verbs": ["get"]}, {"verbs": ["*"]}]},
        ),
        (
            {"resources": {"cpu": "1", "memory": "1Gi"}},
            {"resources": {"cpu": "1000m", "memory": "1024Mi"}},
            {"resources": {"cpu": "1000m", "memory": "1024Mi"}},
        ),
        ({"resources": {"cpu": "2"}}, {"resources": {"cpu": "1000m"}}, {"resources": {"cpu": "2"}}),
        ({"resources": {"cpu": "500m"}}, {"resources": {"cpu": 0.5}}, {"resources": {"cpu": 0.5}}),
        ({"labels": {"version": "1"}}, {"labels": {"version": "1000m"}}, {"labels": {"version": "1"}}),
        (
            {"kind": "Secret", "data": {"k": "djI="}},
            {"kind": "Secret", "stringData": {"k": "v", "gone": "x"}},
            {"kind": "Secret", "stringData": {"k": "v2"}},
        ),
    ],
)
def test_the_inputs_as_they_read_now(live, inputs, shaped):
    assert read.shaped(live, inputs) == shaped


def test_an_import_prefers_what_kubectl_applied():
    applied = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "annotations": {}},
        "data": {"k": "v"},
    }
    live = applied | {
        "metadata": {
            "name": "a",
            "uid": "u",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(applied)},
        },
        "defaulted": 1,
    }
    assert read.imported(live) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a"},
        "data": {"k": "v"},
    }


def test_an_import_leaves_out_what_the_server_made():
    live = {
        "kind": "Pod",
        "metadata": {
            "name": "a",
            "uid": "u",
            "resourceVersion": "1",
            "managedFields": [],
            "annotations": {"slipway.dev/urn": "u", "mine": "x"},
        },
        "status": {},
    }
    assert read.imported(live) == {"kind": "Pod", "metadata": {"name": "a", "annotations": {"mine": "x"}}}


@pytest.mark.parametrize(
    ("stack", "urn", "ours"),
    [("p/s", "u", True), ("p/other", "u", False), ("p/s", "other", False), ("p/s", None, False), (None, "u", False)],
)
def test_ours_is_what_has_both_marks(stack, urn, ours):
    marks = {objects.STACK: stack, objects.URN: urn}
    live = {"metadata": {"annotations": {key: value for key, value in marks.items() if value}}}
    assert objects.is_ours(live, {"metadata": {"annotations": {objects.STACK: "p/s"}}}, "u") is ours
    assert not objects.is_ours(live, {"metadata": {}}, "u")


@pytest.mark.parametrize(
    ("token", "id_", "found"),
    [
        ("kubernetes:apps/v1:Deployment", "risk/iris", ("apps/v1", "Deployment", "risk", "iris")),
        ("kubernetes:core/v1:Namespace", "risk", ("v1", "Namespace", "", "risk")),
        ("kubernetes:demo.io/v1:Widget", "a/b", ("demo.io/v1", "Widget", "a", "b")),
    ],
)
def test_an_import_names_an_object(token, id_, found):
    identity = objects.of_token(token, id_)
    assert (identity.api_version, identity.kind, identity.namespace, identity.name) == found


@pytest.mark.parametrize(
    ("token", "id_"), [("kubernetes:Widget", "a"), ("kubernetes:v1:Pod", ""), ("kubernetes:v1:Pod", "a/b/c")]
)
def test_what_names_no_object_is_refused(token, id_):
    with pytest.raises(SlipwayError, match="does not name an object"):
        objects.of_token(token, id_)


def test_a_given_name_is_valid_and_new_for_each_seed():
    first, second = objects.autoname("My Model_1", b"a"), objects.autoname("My Model_1", b"b")
    assert first.startswith("my-model-1-")
    assert first != second
    assert first == objects.autoname("My Model_1", b"a")
    assert len(objects.autoname("x" * 300, b"a")) <= 63
