"""KServe's manifests: what is taken over as it is, what the webhook would change in it, and what has no place."""

import copy

import pytest

from components.serving.engines import kserve
from components.serving.fields import leaves
from components.serving.importing.base import NoPlace, Rejected, SeveralProblems
from components.serving.importing.judge import judge
from components.serving.importing.kserve import REFUSED, read
from components.serving.importing.verdict import Outcome, changes
from components.serving.spec import Cpu, Format, ModelServer, Protocol, Role, Transport, Uri

MODEL = {"modelFormat": {"name": "sklearn"}, "storageUri": "gs://a/b"}


def service(predictor=None, *, annotations=None, name="iris", **spec):
    metadata = {"name": name, "namespace": "science"} | ({"annotations": annotations} if annotations else {})
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": metadata,
        "spec": {"predictor": {"model": copy.deepcopy(MODEL)} if predictor is None else predictor} | spec,
    }


def other(kind, spec, version="v1alpha1"):
    return {"apiVersion": f"serving.kserve.io/{version}", "kind": kind, "metadata": {"name": "own"}, "spec": spec}


def verdict(manifest):
    return judge("file.yaml", manifest, read)


def own(**fields):
    return {"name": "kserve-container", "image": "registry.test/app:1"} | fields


KNATIVE = {"serving.kserve.io/deploymentMode": "Knative"}
EXACT = [
    service(),
    service({"model": MODEL, "minReplicas": 1, "maxReplicas": 3, "scaleMetric": "cpu", "scaleTarget": 60},
            annotations={"serving.kserve.io/deploymentMode": "Standard", "serving.kserve.io/autoscalerClass": "hpa"}),
    service({"model": MODEL | {"protocolVersion": "grpc-v2", "runtime": "mine", "args": ["--a=b"], "ports": [{"containerPort": 9000}]}}),
    service({"containers": [own(env=[{"name": "STORAGE_URI", "value": "s3://a"}, {"name": "PROTOCOL", "value": "v2"}])]}),
    service({"containers": [own(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}])]}),
    service({"containers": [{"name": "first", "image": "a:1"}, own(), {"name": "last", "image": "b:1"}]}),
    service(transformer={"containers": [own(command=["python"])], "containerConcurrency": 2, "logger": {"mode": "all"}}),
    service(explainer={"containers": [own(args=["--a"])], "minReplicas": 1}),
    service(explainer={"art": {"type": "SquareAttack", "config": {"nb_classes": "10"}, "storageUri": "gs://a"}}),
    service({"model": MODEL, "logger": {"mode": "request", "url": "http://a", "metadataHeaders": ["A"]}}),
    service({"model": MODEL, "canaryTrafficPercent": 10, "containerConcurrency": 0, "timeout": 60, "batcher": {"timeout": 1}}),
    service({"model": MODEL, "name": "v1", "minReplicas": 2}, canary=[{"predictor": {"name": "v2", "model": MODEL}, "trafficPercent": 20}],
            annotations={"serving.kserve.io/deploymentMode": "Standard"}),
    service({"model": MODEL | {"storageUri": "pvc://a/b"}, "workerSpec": {"containers": [{"name": "worker-container"}], "tensorParallelSize": 2}},
            annotations={"serving.kserve.io/autoscalerClass": "none"}),
    service(annotations={"serving.kserve.io/enable-prometheus-scraping": "yes", "a.test/b": "c", "prometheus.kserve.io/port": "8082"}),
    service({"sklearn": {"storageUri": "gs://a"}}, annotations={"serving.kserve.io/deploymentMode": "ModelMesh"}),
    *(service(annotations={"serving.knative.dev/progress-deadline": text} | mode)
      for text in ("900s", "15m", "900.5s", "5s", "99999s", "0900s") for mode in ({}, KNATIVE, {"serving.kserve.io/deploymentMode": "Standard"})),
    other("InferenceGraph", {"nodes": {"root": {"routerType": "Sequence", "steps": [{"serviceName": "a"}]}}, "timeout": 3}),
    other("ServingRuntime", {"containers": [{"name": "kserve-container", "image": "a:1"}], "multiModel": False, "grpcEndpoint": "port:8085"}),
    other("ClusterServingRuntime", {"supportedModelFormats": [{"name": "a", "autoSelect": True}], "containers": [own()]}),
]  # fmt: skip


@pytest.mark.parametrize("manifest", EXACT, ids=range(len(EXACT)))
def test_exact(manifest):
    found = verdict(manifest)
    assert (found.outcome, found.reasons) == (Outcome.EXACT, ())


EQUIVALENT = [
    (service({"sklearn": {"storageUri": "gs://a"}}), {"spec.predictor.sklearn", "spec.predictor.model"}, "rewrites"),
    (service({"triton": {"storageUri": "gs://a"}}), {"spec.predictor.triton", "spec.predictor.model"}, "rewrites"),
    (service(annotations={"serving.kserve.io/deploymentMode": "RawDeployment"}),
     {'metadata.annotations["serving.kserve.io/deploymentMode"]'}, "writes Standard for RawDeployment"),
    (service({"containers": [{"name": "app", "image": "a:1"}]}), {"spec.predictor.containers[0].name"}, "kserve-container"),
    (service({"model": MODEL | {"resources": {"limits": {"cpu": 1}}}}), {"spec.predictor.model.resources.limits.cpu"}, "text"),
    (service({"model": MODEL | {"env": [], "resources": {}}}), {"spec.predictor.model.env", "spec.predictor.model.resources"}, "not there"),
    (service({"model": MODEL, "maxReplicas": 2}), {"spec.predictor.minReplicas"}, "default"),
    (service({"model": MODEL | {"storage": None}}), {"spec.predictor.model.storage"}, "null"),
]  # fmt: skip


@pytest.mark.parametrize(("manifest", "paths", "rule"), EQUIVALENT, ids=range(len(EQUIVALENT)))
def test_equivalent(manifest, paths, rule):
    found = verdict(manifest)
    assert (found.outcome, found.reasons) == (Outcome.EQUIVALENT, ())
    named = {difference.path for difference in found.differences}
    assert all(any(path.startswith(known) for known in paths) for path in named)
    assert all(any(path.startswith(known) for path in named) for known in paths)
    assert any(rule in difference.rule for difference in found.differences)


REFUSED_OR_INVALID = [
    (service(explainer={"alibi": {"type": "AnchorTabular"}}), Outcome.INVALID, "spec.explainer.alibi"),
    (service({"model": MODEL, "surprise": 1}), Outcome.REFUSED, "spec.predictor.surprise"),
    (service({"model": MODEL | {"surprise": {"a": 1}}}), Outcome.REFUSED, "spec.predictor.model.surprise"),
    (service({"model": MODEL, "sklearn": {"storageUri": "gs://a"}}), Outcome.INVALID, "spec.predictor.sklearn"),
    (service({}), Outcome.INVALID, "spec.predictor.model"),
    (service({"model": MODEL, "logger": {"url": "http://a"}}), Outcome.INVALID, "predictors[0].graph.kserve.logger.mode"),
    (service({"model": MODEL, "timeout": "3"}), Outcome.INVALID, "spec.predictor.timeout"),
    (service({"model": MODEL, "minReplicas": 3, "maxReplicas": 2}), Outcome.INVALID, "predictors[0]"),
    (service({"model": MODEL | {"env": [{"name": "PYTHONPATH", "value": "/"}]}}), Outcome.INVALID, "predictors[0].graph.env.PYTHONPATH"),
    (service(name="Iris"), Outcome.INVALID, "metadata.name"),
    (service() | {"apiVersion": "serving.kserve.io/v1alpha2"}, Outcome.REFUSED, "apiVersion"),
    (other("InferenceGraph", {"nodes": {"first": {"routerType": "Sequence", "steps": []}}}), Outcome.INVALID, "nodes"),
    (other("InferenceGraph", {"nodes": {"root": {"routerType": "Random"}}}), Outcome.INVALID, "spec.nodes.root.routerType"),
    (other("ServingRuntime", {"containers": [], "hostNetwork": True}), Outcome.REFUSED, "spec.hostNetwork"),
    *((other(kind, {}), Outcome.REFUSED, "kind") for kind in REFUSED),
]  # fmt: skip


@pytest.mark.parametrize(("manifest", "outcome", "path"), REFUSED_OR_INVALID, ids=range(len(REFUSED_OR_INVALID)))
def test_refused_or_invalid_with_the_path(manifest, outcome, path):
    found = verdict(manifest)
    assert found.outcome is outcome
    assert path in {reason.path for reason in found.reasons}
    assert all(reason.why for reason in found.reasons)


@pytest.mark.parametrize("manifest", [*EXACT, *(case[0] for case in EQUIVALENT)])
def test_no_leaf_is_lost(manifest):
    """Every leaf is built again, or its path is named with the engine's rule."""
    imported = read(manifest)
    (made,) = kserve.build(imported.declaration, imported.context).values()
    rebuilt = dict(leaves(made))
    known = tuple(difference.path for difference in imported.differences)
    for path, value in leaves(manifest):
        assert value is None or rebuilt.get(path, ...) == value or path.startswith(known)


def test_what_is_common_has_its_common_place():
    patient = service(annotations={"serving.knative.dev/progress-deadline": "900s"} | KNATIVE)
    found = read(patient).declaration
    assert (found.rollout.deadline_seconds, found.annotations) == (900, {})
    found = read(EXACT[1]).declaration
    assert found.predictors[0].scaling.metrics == (Cpu(target=60),)
    assert found.kserve.autoscaler_class == "hpa"
    found = read(EXACT[2]).declaration
    assert (found.protocol, found.transport) == (Protocol.V2, Transport.GRPC)
    assert read(EXACT[3]).declaration.predictors[0].graph.artifact == Uri(uri="s3://a")
    front = read(EXACT[6]).declaration.predictors[0].graph
    assert front.role is Role.TRANSFORMER
    assert isinstance(front.children[0], ModelServer)
    old = read(EQUIVALENT[1][0]).declaration
    assert (old.predictors[0].graph.format, old.protocol) == (Format.TRITON, Protocol.V2)


def test_canaries_of_different_protocols_keep_each_its_own():
    below = {"name": "v2", "model": MODEL | {"protocolVersion": "v2"}}
    manifest = service(
        canary=[{"predictor": below, "trafficPercent": 5}], annotations=EXACT[11]["metadata"]["annotations"]
    )
    found = read(manifest)
    assert found.declaration.protocol is None
    assert [one.traffic for one in found.declaration.predictors] == [95, 5]
    assert list(changes(manifest, kserve.build(found.declaration, found.context)["inference-service"])) == []


def test_traps_are_kept_and_acknowledged():
    standard = {"serving.kserve.io/deploymentMode": "Standard"}
    found = verdict(service({"model": MODEL, "canaryTrafficPercent": 10}, annotations=standard))
    assert found.outcome is Outcome.EXACT
    assert "KS-T01" in found.imported.declaration.acknowledge
    assert any("KS-T01" in warning for warning in found.warnings)
    assert read(service({"model": MODEL, "canaryTrafficPercent": 10})).declaration.acknowledge == {}


def test_all_problems_together():
    with pytest.raises(SeveralProblems) as caught:
        read(service({"model": MODEL | {"a": 1}, "timeout": "x"}, surprise=1))
    kinds = {problem.path: type(problem) for problem in caught.value.problems}
    assert kinds == {"spec.predictor.model.a": NoPlace, "spec.predictor.timeout": Rejected, "spec.surprise": NoPlace}


def test_the_manifest_is_not_changed():
    for manifest in [*EXACT, *(case[0] for case in EQUIVALENT)]:
        before = copy.deepcopy(manifest)
        read(manifest)
        assert manifest == before
