"""What a lock says of each kind of reference, and how it changes what is run."""

import pytest

from components.serving.spec import (
    Artifact,
    BuiltImage,
    Container,
    Detector,
    Explainer,
    Format,
    HuggingFace,
    Image,
    MlflowModel,
    ModelDeployment,
    ModelServer,
    Predictor,
    Uri,
)
from stacks.locks import LockEntry, LockFile
from stacks.references import artifact_key, image_key, is_tag, locked_uri, may_change, pinned, reference_of
from stacks.resolution import resolve, unlocked

COMMIT = "5206a32e0bd3067aef1ce90f5528ade7d866253f"
HUB = HuggingFace(repo="acme/llm")
KEY = "artifact:hf://acme/llm:main"


def entry(immutable):
    return LockEntry(reference="x", immutable=immutable, digest="sha256:" + "0" * 64, date="2026-01-01")


def model(artifact=None, image=None, children=()):
    node = ModelServer(format=Format.SKLEARN, artifact=artifact, image=image, children=children)
    return ModelDeployment(name="m", team="t", predictors=(Predictor(graph=node),))


def rules(declared, found=None, engine="kserve"):
    return [error.rule for error in unlocked(declared, engine, "dev", found or LockFile())]


@pytest.mark.parametrize(
    ("artifact", "key", "changes", "rule"),
    [
        (Artifact(name="iris"), "artifact:iris", True, "LOCK-1"),
        (MlflowModel(model="fraud"), "artifact:models:/fraud@champion", True, "LOCK-1"),
        (HUB, KEY, True, "LOCK-4"),
        (HuggingFace(repo="acme/llm", revision=COMMIT), f"artifact:hf://acme/llm:{COMMIT}", False, None),
        (Uri(uri="gs://bucket/m"), "artifact:gs://bucket/m", True, "LOCK-4"),
        (Uri(uri="pvc://claim/m"), "artifact:pvc://claim/m", False, None),
    ],
)
def test_an_artifact_is_named_by_what_is_declared(artifact, key, changes, rule):
    assert (artifact_key(artifact), may_change(artifact)) == (key, changes)
    assert rules(model(artifact)) == ([rule] if rule else [])
    assert rules(model(artifact), LockFile(entries={key: entry("there")})) == []


@pytest.mark.parametrize(
    ("image", "key", "rule"),
    [
        (Image(reference="acme/server:1"), "image:acme/server:1", "LOCK-3"),
        (Image(reference="acme/server@sha256:" + "a" * 64), "image:acme/server@sha256:" + "a" * 64, None),
        (BuiltImage(context="examples/own"), "image:examples/own", "LOCK-2"),
    ],
)
def test_so_is_an_image(image, key, rule):
    assert image_key(image) == key
    assert rules(model(image=image)) == ([rule] if rule else [])
    assert rules(model(image=image), LockFile(entries={key: entry("there")})) == []
    if isinstance(image, Image):
        assert is_tag(image) is (rule is not None)


def test_what_is_named_twice_is_said_once():
    assert rules(model(HUB, children=(ModelServer(name="b", format=Format.SKLEARN, artifact=HUB),))) == ["LOCK-4"]


def test_the_hubs_branch_becomes_the_locked_commit_wherever_it_is():
    child = ModelServer(name="b", format=Format.SKLEARN, artifact=HUB)
    other = Container(name="c", image=Image(reference="x@sha256:" + "a" * 64), artifact=HuggingFace(repo="acme/other"))
    declared = model(HUB, children=(child.model_copy(update={"children": (other,)}),))
    found = pinned(declared, LockFile(entries={KEY: entry(f"hf://acme/llm:{COMMIT}")}))
    assert [node.artifact.revision for _, _, node in found.nodes()] == [COMMIT, COMMIT, "main"]
    assert next(reference_of(node.artifact) for _, _, node in declared.nodes()) == "hf://acme/llm:main"
    assert pinned(declared, LockFile()) is declared


def test_so_does_that_of_an_explainer_and_a_detector():
    declared = model()
    predictor = declared.predictors[0].model_copy(update={"explainer": Explainer(method="custom", artifact=HUB)})
    detector = Detector(name="drift", watches="drift", artifact=HUB)
    declared = declared.model_copy(update={"predictors": (predictor,), "detectors": (detector,)})
    found = pinned(declared, LockFile(entries={KEY: entry(f"hf://acme/llm:{COMMIT}")}))
    assert found.predictors[0].explainer.artifact.revision == COMMIT
    assert found.detectors[0].artifact.revision == COMMIT


def test_files_elsewhere_are_fetched_from_where_the_lock_says():
    artifact = MlflowModel(model="fraud")
    found = LockFile(entries={"artifact:models:/fraud@champion": entry("s3://mlflow/1/artifacts")})
    assert locked_uri(artifact, found) == "s3://mlflow/1/artifacts"
    assert [part.uri for part in resolve(model(artifact), "kserve", found)] == ["s3://mlflow/1/artifacts"]
    assert [part.uri for part in resolve(model(artifact), "kserve", LockFile())] == [None]
    assert locked_uri(HUB, LockFile(entries={KEY: entry("hf://acme/llm:x")})) is None
