"""An engine's own kinds in a stack: checked, registered before or after the models, and rendered."""

import pytest

from catalog.errors import SeveralErrors
from components.serving.spec.kserve_kinds import GraphNode, InferenceGraph, ServingRuntime, Step
from components.serving.spec.seldon2_kinds import Experiment, Server
from runner import rendering
from stacks import objects, platform
from stacks.settings import from_file, parse, stack_file
from tests.mocks.recorder import record
from tests.stacks import local

RUNTIME = ServingRuntime(
    name="own-sklearn",
    supported_model_formats=({"name": "sklearn", "version": "1"},),
    pod={"containers": [{"name": "kserve-container", "image": "registry.test/server:1"}]},
)
GRAPH = InferenceGraph(
    name="both", nodes={"root": GraphNode(router_type="Sequence", steps=(Step(service_name="iris", name="first"),))}
)
SERVER = Server(name="large", server_config="mlserver")


@pytest.fixture
def declared(monkeypatch):
    """Three kinds that stacks may name."""
    for each in (RUNTIME, GRAPH, SERVER):
        monkeypatch.setitem(objects.OBJECTS, each.name, each)  # the loader's own mapping


def values(**chosen):
    """The local stack with objects."""
    read = from_file(stack_file("local"))
    given = {
        "cluster": read.cluster.model_dump(mode="json", exclude_unset=True),
        "store": read.store.model_dump(mode="json", exclude_unset=True),
        "teams": {"science": {"owner": "science@example.com"}},
        "models": {"iris": {}},
        "locks": "counted",
        "workspace": "slipway",
    }
    return given | {"objects": chosen}


def test_what_models_run_on_is_there_before_them_and_what_is_made_of_them_after(declared, tmp_path, monkeypatch):
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path))
    local.pretend(tmp_path)
    local.lock(tmp_path)
    said = parse(values(**{"own-sklearn": {"team": "science"}, "both": {"team": "science"}}))
    seen = record(lambda: platform.build(said, "local", "slipway"), preview=True)
    made = {r.name: r for r in seen.resources}
    (runtime,) = (r for r in seen.resources if r.inputs.get("kind") == "ServingRuntime")
    (graph,) = (r for r in seen.resources if r.inputs.get("kind") == "InferenceGraph")
    assert runtime.inputs["metadata"]["namespace"] == "science"
    assert graph.inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == "condition=Ready"
    assert runtime.urn in made["iris-deployment"].dependencies
    assert made["iris-deployment"].urn in graph.dependencies


@pytest.mark.parametrize(
    ("chosen", "path", "why"),
    [
        ({"larg": {"team": "science"}}, "objects.larg", "no declaration of this name"),
        ({"large": {"team": "risk"}}, "objects.large.team", "not declared in this stack"),
        ({"large": {}}, "objects.large.team", "field required"),
        ({"large": {"team": "science", "nodes": 2}}, "objects.large.nodes", "no such key"),
    ],
)
def test_mistakes(declared, chosen, path, why):
    with pytest.raises(SeveralErrors) as caught:
        parse(values(**chosen))
    found = {error.path: error for error in caught.value.errors}
    assert why in found[path].why


def test_its_rules_are_asked(declared, monkeypatch):
    broken = GRAPH.model_copy(update={"nodes": {"first": GRAPH.nodes["root"]}})
    monkeypatch.setitem(objects.OBJECTS, "both", broken)
    with pytest.raises(SeveralErrors, match="root"):
        parse(values(both={"team": "science"}))


def test_two_that_make_the_same_object_are_refused(declared, monkeypatch):
    for name in ("one", "two"):
        split = Experiment(name=name, default="m", candidates=({"name": "m", "weight": 1},))
        monkeypatch.setitem(objects.OBJECTS, name, split)
    alone = parse(values(one={"team": "science"}))
    assert set(alone.objects) == {"one"}
    with pytest.raises(SeveralErrors) as caught:
        parse(values(one={"team": "science"}, two={"team": "science"}))
    assert {error.rule for error in caught.value.errors} == {"S2-14"}


def test_rendered_with_the_stack_and_from_a_file(declared, tmp_path, monkeypatch):
    said = parse(values(large={"team": "science"}))
    monkeypatch.setattr(rendering, "from_file", lambda _: said)
    rendered = rendering.stack("local")
    assert "science/server-large.yaml" in rendered.files()
    path = tmp_path / "server.py"
    path.write_text(
        "from components.serving.spec.seldon2_kinds import Server\n"
        "MODEL = Server(name='small', server_config='mlserver')\n"
    )
    assert list(rendering.file(path, "local").files()) == ["science/server-small.yaml"]


def runtime(name, **fields):
    formats = ({"name": "sklearn", "auto_select": True, "priority": 1},)
    return ServingRuntime(
        **{"name": name, "supported_model_formats": formats, "protocol_versions": ("v2",)} | fields, pod=RUNTIME.pod
    )


@pytest.mark.parametrize(
    ("changes", "teams", "refused"),
    [
        ({}, ("science", "science"), True),
        ({}, ("science", "risk"), False),
        ({"cluster": True}, ("science", "risk"), True),
        ({"protocol_versions": ("v1",)}, ("science", "science"), None),
    ],
)
def test_runtimes_of_one_place_are_told_apart_by_their_priority(monkeypatch, changes, teams, refused):
    """With protocols of its own, the second is no choice beside the first."""
    first = runtime("one", **(changes if refused else {}))
    for each in (first, runtime("two", **changes)):
        monkeypatch.setitem(objects.OBJECTS, each.name, each)
    given = values(one={"team": teams[0]}, two={"team": teams[1]})
    given["teams"] = {name: {"owner": "a@example.com"} for name in ("science", "risk")}
    if not refused:
        assert set(parse(given).objects) == {"one", "two"}
        return
    with pytest.raises(SeveralErrors) as caught:
        parse(given)
    assert [(e.rule, e.path) for e in caught.value.errors] == [("KS-R02", "objects.two.supported_model_formats")]
