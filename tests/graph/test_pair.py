"""Models in a stack of their own: what they take from the stack that makes their cluster."""

import json

import pytest
import yaml

from catalog.errors import SeveralErrors
from runner import checking
from runner.graph import draw
from stacks import taken
from stacks.settings import STACKS, from_file, parse, stack_file
from tests.counts import level
from tests.graph.engine import Shipped
from tests.graph.test_engine import row, seen

FIRST, SECOND = "dev-platform", "team-models"


def values(stack: str) -> dict:
    said = yaml.safe_load(stack_file(stack).read_text())["config"]
    return {key.removeprefix("slipway:"): value for key, value in said.items() if key.startswith("slipway:")}


@pytest.fixture(scope="module")
def graphs():
    return {stack: draw.draw(stack) for stack in (FIRST, SECOND)}


def types(graph: draw.Graph) -> set[str]:
    return {row["type"] for row in graph.resources}


def test_each_makes_its_half(graphs):
    first, second = types(graphs[FIRST]), types(graphs[SECOND])
    assert {"aws:eks/cluster:Cluster", "aws:s3/bucket:Bucket", "kubernetes:core/v1:Namespace"} <= first
    assert [row["name"] for row in graphs[FIRST].resources if row["type"] == "kubernetes:apps/v1:Deployment"] == [
        "cluster-autoscaler-deployment"
    ]
    assert {name for name in second if name.startswith("aws:")} == set()
    assert "kubernetes:core/v1:Namespace" not in second
    assert "pulumi:pulumi:StackReference" in second
    associations = [row for row in graphs[FIRST].resources if row["type"].endswith(":PodIdentityAssociation")]
    assert ("science", "iris") in {
        (row["inputs"]["namespace"], row["inputs"]["serviceAccount"]) for row in associations
    }


def test_the_models_are_those_of_a_whole_stack(graphs):
    whole = draw.draw("dev-eks")

    def pods(graph):
        return {
            row["name"]: row["inputs"]["spec"]["template"]["spec"]
            for row in graph.resources
            if row["type"] == "kubernetes:apps/v1:Deployment" and row["name"] != "cluster-autoscaler-deployment"
        }

    def without_bucket(found):
        return json.loads(json.dumps(found).replace("example-dev-platform-models", "example-dev-models"))

    assert without_bucket(pods(graphs[SECOND])) == pods(whole)


def test_what_one_gives_has_no_secret(graphs):
    given = graphs[FIRST].outputs["handles"]
    assert given["teams"] == {"science": "science"}
    assert given["store"]["bucket"] == "example-dev-platform-models"
    assert "[secret]" not in json.dumps(given)


@pytest.mark.parametrize(
    ("stack", "changes"),
    [("dev-eks", {"identity": "irsa"})] + ([("dev-eks", {}), ("dev-gke", {})] if level() != "test" else []),
)
def test_the_annotation_of_an_identity_is_known_before_it_is_made(stack, changes):
    said = values(stack)
    said["cluster"] |= changes
    said["models"] = {"iris": {"stack": SECOND}}
    settings = parse(said)
    given = draw.graph_of(stack, settings).outputs["handles"]["identities"]["iris"]
    known = settings.cluster.identity_annotation
    assert set(given) == ({known} if known else set())


@pytest.mark.parametrize(
    ("cluster", "path", "why"),
    [
        ({"kind": "existing", "stack": "dev-platfrom"}, "cluster.stack", "no file"),
        ({"kind": "existing", "stack": "local"}, "cluster.stack", "only a stack with a cluster"),
        ({"kind": "existing", "stack": FIRST, "name": "x"}, "cluster.name", "the stack that makes the cluster says it"),
        ({"kind": "existing", "name": "x"}, "cluster.kubeconfig", "nothing says how it is reached"),
    ],
)
def test_what_does_not_fit_is_refused(cluster, path, why):
    with pytest.raises(SeveralErrors) as refused:
        parse(values(SECOND) | {"cluster": cluster})
    assert [why in error.why for error in refused.value.errors if error.path == path] == [True]


def test_both_say_the_same_of_each_other(monkeypatch):
    assert checking.check(SECOND) == []
    assert checking.check(FIRST) == []
    settings = from_file(stack_file(SECOND))
    assert [error.path for error in taken.errors("another", settings)] == [
        f"models.{m.name}" for m in settings.declarations()
    ]
    said = values("local")
    said["models"] = {"iris": {"stack": SECOND}}
    assert [error.path for error in taken.errors("local", parse(said))] == ["models.iris.stack"]


def test_shipped_files_say_which_is_which():
    assert values(SECOND)["cluster"] == {"kind": "existing", "stack": FIRST}
    assert (STACKS / "locks" / f"{SECOND}.json").exists()


@pytest.mark.skipif(level() == "test", reason="the engine takes half a minute for a cloud")
def test_under_the_engine_one_after_the_other(tmp_path):
    shipped = Shipped(tmp_path)
    shipped.init(FIRST)
    shipped.init(SECOND)
    early = shipped.run("preview", "-s", SECOND, code=1, logged=False)
    assert "it gives nothing to other stacks yet" in early.output
    shipped.run("up", "--yes", "--skip-preview", "-s", FIRST, logged=False)
    engines = {state["urn"]: seen(state) for state in shipped.digest(SECOND)}
    ours = {each["urn"]: each for each in draw.draw(SECOND).resources}
    reference = [urn for urn in ours if ours[urn]["type"] == "pulumi:pulumi:StackReference"]
    assert ours.keys() - engines.keys() <= set(reference), "what is only read may not be shown as a step"
    differ = {
        urn: (row(ours[urn], found), found)
        for urn, found in engines.items()
        if urn not in reference and row(ours[urn], found) != found
    }
    assert differ == {}
    up = shipped.run("up", "--yes", "--skip-preview", "-s", SECOND)
    assert ("create", "iris-deployment") in up.steps()
    assert not [step for step in up.steps() if "namespace" in step[1]]
    shipped.run("destroy", "--yes", "--skip-preview", "-s", SECOND, logged=False)
