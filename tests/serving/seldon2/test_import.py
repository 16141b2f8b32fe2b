"""Manifests of Seldon Core 2 as declarations: what comes over, what is the same all the same, and what is refused."""

import ast

import pytest

from components.serving.importing.base import NoPlace
from components.serving.importing.judge import judge
from components.serving.importing.seldon2 import read
from components.serving.importing.source import python
from components.serving.importing.verdict import Outcome
from components.serving.spec import Format, ModelDeployment, Scaling
from components.serving.spec.seldon2_kinds import Experiment, Model, Pipeline, Server

URI = "gs://models/iris"


def manifest(kind: str, spec, **metadata) -> dict:
    return {
        "apiVersion": "mlops.seldon.io/v1alpha1", "kind": kind, "metadata": {"name": "iris", **metadata}, "spec": spec
    }  # fmt: skip


def model(**spec) -> dict:
    return manifest("Model", {"storageUri": URI, "requirements": ["sklearn"], **spec})


def verdict(given: dict):
    return judge("file", given, read)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (model(), ModelDeployment),
        (model(requirements=["mlserver-1.3.4", "xgboost"]), ModelDeployment),
        (manifest("Model", {"storageUri": URI, "modelType": "sklearn"}), ModelDeployment),
        (model(replicas=1), ModelDeployment),
        (model(requirements=["python", "mlserver"]), Model),
        (model(explainer={"type": "anchor_text", "modelRef": "x"}), Model),
        (model(llm={"modelRef": "x"}), Model),
        (model(server="own", memory="1Gi", replicas=3, preloaded=True, logger={"percent": 5}), ModelDeployment),
        (manifest("Pipeline", {"steps": [{"name": "a", "batch": {"size": 2, "rolling": True}}]}), Pipeline),
        (manifest("Experiment", {"candidates": [{"name": "a", "weight": 0}], "default": "a"}), Experiment),
        (manifest("Server", {"serverConfig": "triton", "podSpec": {"volumes": [{"name": "v"}]}}), Server),
    ],
)
def test_what_is_built_again_as_it_was(given, kind):
    found = verdict(given)
    assert (found.outcome, found.reasons, found.differences) == (Outcome.EXACT, (), ())
    assert isinstance(found.imported.declaration, kind)


def test_a_model_is_a_deployment_in_the_words_of_all_engines():
    given = model(requirements=["mlserver", "sklearn"], minReplicas=2, maxReplicas=4, memory="1Gi", logger={})
    imported = read(given).declaration
    graph = imported.predictors[0].graph
    assert (graph.format, graph.artifact.uri, graph.resources.memory) == (Format.SKLEARN, URI, "1Gi")
    assert imported.scaling == Scaling(min_replicas=2, max_replicas=4)
    assert graph.logging is not None
    assert graph.seldon2 is None
    assert not imported.safe_defaults


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        (model(memory=1000000), {"spec.memory"}),
        (model(parameters=[]), {"spec.parameters"}),
        (model(secretName=None), {"spec.secretName"}),
        (manifest("Model", {"storageUri": URI, "requirements": ["onnx"]}, labels={}), {"metadata.labels"}),
        (manifest("Pipeline", {"steps": [{"name": "a", "inputs": [], "tensorMap": {}}]}),
         {"spec.steps[0].inputs", "spec.steps[0].tensorMap"}),
        (manifest("Server", {"serverConfig": "a", "podSpec": {}}, annotations=None),
         {"spec.podSpec", "metadata.annotations"}),
    ],
)  # fmt: skip
def test_what_means_the_same(given, paths):
    found = verdict(given)
    assert (found.outcome, found.reasons) == (Outcome.EQUIVALENT, ())
    assert {difference.path for difference in found.differences} == paths


@pytest.mark.parametrize(
    ("given", "outcome", "path"),
    [
        (manifest("Model", {"storagUri": URI}), Outcome.INVALID, "spec.storagUri"),
        (manifest("Model", None), Outcome.INVALID, "spec.storageUri"),
        (manifest("Experiment", {}), Outcome.INVALID, "spec.candidates"),
        (model(storageUri=""), Outcome.INVALID, "storage_uri"),
        (model(replicas=-1), Outcome.INVALID, "replicas"),
        (model(memory="0"), Outcome.REFUSED, "spec.memory"),
        (model(newField=1), Outcome.REFUSED, "spec.newField"),
        (manifest("Pipeline", {"steps": [{"name": "iris"}]}), Outcome.INVALID, "steps[0].name"),
        (manifest("Pipeline", {"steps": [{"name": "a", "inputs": [None]}]}), Outcome.INVALID, "spec.steps[0].inputs[0]"),
        (manifest("Model", {"storageUri": URI}, finalizers=["a"]), Outcome.REFUSED, "metadata.finalizers"),
        (manifest("Model", {"storageUri": URI}, name="a_b"), Outcome.INVALID, "name"),
        ({**model(), "apiVersion": "mlops.seldon.io/v2"}, Outcome.REFUSED, "apiVersion"),
    ],
)  # fmt: skip
def test_what_does_not_come_over_is_named(given, outcome, path):
    found = verdict(given)
    assert found.outcome is outcome
    assert path in {reason.path.removeprefix("predictors[0].graph.") for reason in found.reasons} | {
        reason.why.partition(", ")[2].partition(":")[0] for reason in found.reasons
    }


@pytest.mark.parametrize("kind", ["ServerConfig", "SeldonRuntime", "SeldonConfig", "Other"])
def test_other_kinds_are_refused_by_name(kind):
    with pytest.raises(NoPlace) as caught:
        read(manifest(kind, {}))
    assert kind in caught.value.why


@pytest.mark.parametrize(
    ("given", "trap"),
    [
        (manifest("Model", {"storageUri": URI}), "S2-T01"),
        (model(requirements=["python"]), "S2-T02"),
        (model(preloaded=True), "S2-T03"),
        (model(dedicated=True), "S2-T04"),
        (model(logger={"percent": 10}), "S2-T05"),
        (manifest("Pipeline", {"steps": [{"name": "a", "batch": {"rolling": True}}]}), "S2-T06"),
        (model(replicas=0), "S2-T08"),
        (model(minReplicas=0, maxReplicas=2), "S2-T09"),
        (model(maxReplicas=2), "S2-T10"),
        (manifest("Server", {"serverConfig": "a", "minReplicas": 1}), "S2-T12"),
    ],
)
def test_a_trap_comes_over_and_is_acknowledged(given, trap):
    found = verdict(given)
    assert found.outcome is Outcome.EXACT
    assert trap in found.imported.declaration.acknowledge
    assert any(f"[{trap}]" in warning for warning in found.warnings)


def test_what_a_server_sets_is_left_out():
    given = model() | {"status": {"replicas": 1}}
    given["metadata"] |= {"uid": "1", "generation": 4}
    assert verdict(given).outcome is Outcome.EXACT


@pytest.mark.parametrize(
    "given", [model(secretName="s"), manifest("Pipeline", {"steps": [{"name": "a", "triggers": ["b"]}, {"name": "b"}]})]
)
def test_a_declaration_is_written_as_python(given):
    declaration = read(given).declaration
    made: dict = {}
    text = python(declaration, "imported.")
    ast.parse(text)
    exec(text, made)
    assert made["MODEL"] == declaration
