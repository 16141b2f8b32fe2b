"""The recording monitor: what it keeps, what it refuses, and what of a stack it shows."""

import json
from typing import Any

import pulumi
import pytest

from catalog.computed import COMPUTED
from catalog.errors import SeveralErrors, SlipwayError
from runner.graph import draw
from stacks import platform
from stacks.settings import from_file, parse, stack_file


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    """No sandbox was ever started."""
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path))


@pytest.fixture
def drawn(monkeypatch):
    """The graph of a small program instead of the platform."""

    def draw_program(program):
        monkeypatch.setattr(platform, "build", lambda *_: program() or {})
        return draw.draw("local")

    return draw_program


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("slipway:test:Group", name, None, opts)


class Thing(pulumi.CustomResource):
    given: pulumi.Output[Any]
    made: pulumi.Output[str]

    def __init__(self, name, given="a", opts=None, secret=()):
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=list(secret)))
        super().__init__("test:index:Thing", name, {"given": given, "made": None}, opts)


def one(graph, name):
    (found,) = [row for row in graph.resources if row["name"] == name]
    return found


def test_the_local_stack_is_whole_without_a_sandbox_and_says_what_stands_for_it():
    graph = draw.draw("local")
    assert [said.partition(":")[0] for said in graph.placeholders][:2] == ["the sandbox is not started", "artifact"]
    types = {row["type"] for row in graph.resources}
    assert {"pulumi:pulumi:Stack", "slipway:serving:ModelDeployment", "kubernetes:apps/v1:Deployment"} <= types
    assert [row["urn"] for row in graph.resources] == sorted(row["urn"] for row in graph.resources)
    assert graph.outputs["models"]["iris"] == "/science/iris"
    text = json.dumps(graph.document)
    assert json.dumps(draw.draw("local").document) == text, "the same on every run, and beside another one"
    assert "not read" not in text, "a secret's placeholder is as hidden as the secret"


def test_nothing_that_is_secret_is_shown_and_nothing_unknown_is_invented():
    graph = draw.draw("local")
    assert one(graph, "iris-reader")["inputs"]["stringData"] == "[secret]"
    providers = [row["inputs"] for row in graph.resources if row["type"].startswith("pulumi:providers:")]
    assert [found["kubeconfig"] for found in providers if "kubeconfig" in found] == ["[secret]"]
    assert one(graph, "iris-deployment")["provider"].endswith("::04da6b54-80e4-46f7-96ec-b56ff0331ba9")


def test_values_of_resources_travel_with_their_dependencies(drawn):
    def program():
        first = Thing("first", secret=["made"])
        Thing("second", given=first.made)
        Thing("third", given=first.given.apply(lambda text: f"{text}!"))
        return {"known": first.given, "unknown": first.id, "secret": first.made}

    graph = drawn(program)
    urn = "urn:pulumi:local::slipway::test:index:Thing::first"
    assert one(graph, "second")["inputs"] == {"given": "[secret]"}
    assert one(graph, "second")["propertyDependencies"] == {"given": [urn]}
    assert one(graph, "third")["inputs"] == {"given": "a!"}
    assert one(graph, "third")["dependencies"] == [urn]
    assert graph.outputs == {"known": "a", "unknown": "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "secret": "[secret]"}


def test_what_the_cloud_completes_in_an_object_is_unknown_before(drawn, monkeypatch):
    monkeypatch.setitem(COMPUTED, "test:index:Thing", (("given", "endpoint", "host"), ("given", "other")))

    def program():
        partly = Thing("partly", given={"endpoint": {"port": 1}})
        Thing("reads", given=partly.given.apply(lambda given: given["endpoint"]["host"]))
        Thing("none", given=Thing("without", given={"other": "b"}).given.apply(lambda given: given["other"]))

    graph = drawn(program)
    assert one(graph, "partly")["inputs"] == {"given": {"endpoint": {"port": 1}}}
    assert one(graph, "reads")["inputs"] == {"given": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}
    assert one(graph, "none")["inputs"] == {"given": "b"}


def test_options_come_down_as_in_the_engine(drawn):
    def program():
        gone = Thing("gone")
        above = Group("above", pulumi.ResourceOptions(
            protect=True, retain_on_delete=True, deleted_with=gone, ignore_changes=["given"],
            custom_timeouts=pulumi.CustomTimeouts(create="90s"), aliases=[pulumi.Alias(name="before")],
        ))  # fmt: skip
        Thing("above-child", opts=pulumi.ResourceOptions(parent=above))
        own = pulumi.ResourceOptions(
            parent=above, protect=False, retain_on_delete=False, delete_before_replace=True, ignore_changes=["made"],
            replace_on_changes=["given"], custom_timeouts=pulumi.CustomTimeouts(update="1h2m3s"),
            aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE, name="old")],
        )  # fmt: skip
        Thing("own", opts=own)

    graph = drawn(program)
    gone = one(graph, "gone")["urn"]
    assert one(graph, "above")["options"]["customTimeouts"] == {"create": 90}
    assert (
        one(graph, "above-child")["urn"]
        == "urn:pulumi:local::slipway::slipway:test:Group$test:index:Thing::above-child"
    )
    assert one(graph, "above-child")["options"] == {
        "protect": True, "retainOnDelete": True, "deletedWith": gone, "ignoreChanges": [], "replaceOnChanges": [],
        "deleteBeforeReplace": False, "customTimeouts": {},
        "aliases": ["urn:pulumi:local::slipway::slipway:test:Group$test:index:Thing::before-child"],
    }  # fmt: skip
    assert one(graph, "own")["options"] == {
        "protect": False, "retainOnDelete": False, "deletedWith": gone, "ignoreChanges": ["made"],
        "replaceOnChanges": ["given"], "deleteBeforeReplace": True, "customTimeouts": {"update": 3723},
        "aliases": ["urn:pulumi:local::slipway::test:index:Thing::old", "urn:pulumi:local::slipway::slipway:test:Group$test:index:Thing::own"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (lambda: [Thing("twice"), Thing("twice")], "registers this twice"),
        (lambda: pulumi.runtime.invoke("aws:index/getRegion:getRegion", {}), "the program asks a cloud"),
        (lambda: Thing("there", opts=pulumi.ResourceOptions(id="i-1")), "reads what only a cloud knows"),
        (lambda: pulumi.StackReference("local"), "outputs of itself"),
    ],
    ids=["twice", "invoke", "read", "itself"],
)
def test_what_a_plan_cannot_be_made_of_is_refused(drawn, program, why):
    with pytest.raises(SlipwayError, match=why):
        drawn(lambda: program() and None)


def test_a_stack_that_is_wrong_has_no_graph():
    with pytest.raises(SlipwayError, match="no file"):
        draw.draw("prod")
    settings = from_file(stack_file("prod-eks"))
    asked = settings.cluster.pools["l4"].model_copy(update={"autoscaler": "karpenter"})
    cluster = settings.cluster.model_copy(update={"pools": {**settings.cluster.pools, "l4": asked}})
    with pytest.raises(SeveralErrors, match="Karpenter"):
        draw.graph_of("prod-eks", settings.model_copy(update={"cluster": cluster}))


def test_a_cluster_of_ones_own_needs_neither_its_kubeconfig_nor_its_secrets():
    settings = parse({
        "cluster": {"kind": "existing", "name": "lab", "kubeconfig": "/nowhere/kubeconfig"},
        "store": {"kind": "s3", "bucket": "lab", "endpoint": "https://s3.example"},
        "teams": {"science": {"owner": "science@example.com"}},
        "models": {},
    })  # fmt: skip
    graph = draw.graph_of("lab", settings)
    assert {row["type"] for row in graph.resources if row["custom"]} == {
        "pulumi:providers:kubernetes",
        "pulumi:providers:slipway-s3",
        "slipway-s3:index:Bucket",
    }
    assert graph.placeholders == []
