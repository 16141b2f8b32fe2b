"""Which pods get their artifact by a first step of ours, that compares it with the lock."""

import pytest

from components.serving.spec import Artifact, Container, Explainer, Image, ModelDeployment, ModelServer, Predictor, Uri
from runner import checking, rendering
from stacks.locks import LockFile
from stacks.resolution import FETCH_IMAGE, images, resolve
from stacks.settings import Engine, from_file, stack_file
from stacks.unverified import unverified
from tests.examples import declarations


def model(**fields):
    return ModelDeployment(name="iris", team="t", predictors=(Predictor(**fields),))


SERVER = ModelServer(format="sklearn", artifact=Artifact(name="iris"))
EXPLAINED = {"graph": SERVER, "explainer": Explainer(method="anchor_tabular", artifact=Artifact(name="explainer"))}


@pytest.mark.parametrize(
    ("engine", "fetched"),
    [
        ("plain", {"default/iris", "default/explainer:"}),
        ("seldon1", {"default/iris"}),
        ("seldon2", set()),
        ("kserve", set()),
    ],
)
def test_who_fetches(engine, fetched):
    declared = model(**EXPLAINED)
    assert {part.key for part in resolve(declared, engine, LockFile()) if part.fetch_image} == fetched
    assert (FETCH_IMAGE in images(declared, engine)) is bool(fetched)


@pytest.mark.parametrize("engine", ["plain", "seldon1"])
def test_nobody_of_us_fetches_what_is_not_in_the_store(engine):
    declared = model(graph=ModelServer(format="sklearn", artifact=Uri(uri="s3://else/where")))
    assert [part.fetch_image for part in resolve(declared, engine, LockFile())] == [None]
    assert FETCH_IMAGE not in images(declared, engine)


def test_what_no_pod_compares_is_said(monkeypatch):
    settings = from_file(stack_file("prod-eks"))
    said = {}
    for engine in Engine:
        monkeypatch.setattr("stacks.settings.Settings.engine_of", lambda _, name, engine=engine: engine)
        said[engine] = [(each.path, each.value) for each in unverified(settings)]
    named = [("models.iris.predictors[0].graph.artifact", "iris")]
    assert said == {"plain": [], "seldon1": [], "seldon2": named, "kserve": named}
    monkeypatch.undo()
    assert not any("compares" in each.why for each in checking.unknown("prod-eks"))


@pytest.mark.parametrize("example", ["iris/served", "svm/flask"])
def test_on_seldon_core_1_the_pod_verifies(monkeypatch, example):
    monkeypatch.setattr(rendering, "read_lock", lambda *_: declarations.lock())
    found = rendering.file(declarations.path(example), "dev-eks", "seldon1").objects
    (made,) = [each for each in found if each["kind"] == "SeldonDeployment"]
    pod = made["spec"]["predictors"][0]["componentSpecs"][0]["spec"]
    (step,) = pod["initContainers"]
    (volume,) = pod["volumes"]
    assert step["image"].startswith("registry.test/artifact-fetch@sha256:")
    assert any(each.startswith("--digest=sha256:abab") for each in step["args"])
    # The operator mounts the files for its own servers; a container of the user's own does it itself.
    mounts = [{"name": volume["name"], "mountPath": "/mnt/models", "readOnly": True}]
    (container,) = pod["containers"]
    assert container.get("volumeMounts", []) == (mounts if example == "svm/flask" else [])


def test_a_container_keeps_the_mounts_that_it_declares(monkeypatch):
    own = Container(
        image=Image(reference="own:1"),
        artifact=Artifact(name="iris"),
        container={"volumeMounts": [{"name": "cache", "mountPath": "/cache"}]},
        pod={"volumes": [{"name": "cache", "emptyDir": {}}]},
    )
    monkeypatch.setattr(rendering, "read_lock", lambda *_: declarations.lock())
    monkeypatch.setattr(rendering, "load_file", lambda _: [model(graph=own)])
    found = rendering.file(declarations.path("iris/served"), "dev-eks", "seldon1").objects
    (made,) = [each for each in found if each["kind"] == "SeldonDeployment"]
    pod = made["spec"]["predictors"][0]["componentSpecs"][0]["spec"]
    assert [each["mountPath"] for each in pod["containers"][0]["volumeMounts"]] == ["/cache", "/mnt/models"]
    assert [each["name"] for each in pod["volumes"]] == ["iris-provision-location", "cache"]
