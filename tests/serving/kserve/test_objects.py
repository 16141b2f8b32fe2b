"""KServe's objects: compared with committed files, and with what the webhook would otherwise change in them.

`SLIPWAY_GOLDEN=write` writes the files anew; a missing or different one fails otherwise.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from catalog.machines import Accelerator
from components.serving import fields
from components.serving.engines import kserve
from components.serving.engines.context import BuildContext, EngineFacts, NodeContext, Placement, node_key
from components.serving.engines.kserve.plan import Inexpressible
from components.serving.spec import (
    Accelerators,
    Builtin,
    Concurrency,
    Cpu,
    Explainer,
    Exposure,
    Format,
    Image,
    Method,
    ModelDeployment,
    ModelServer,
    Parameter,
    PayloadLogging,
    Predictor,
    PrometheusQuery,
    Protocol,
    Resources,
    Role,
    Rollout,
    Scaling,
    Transport,
    Uri,
)
from components.serving.spec.kserve import KServe, KServeNode, KServePredictor, Worker
from components.serving.spec.kserve_kinds import (
    GraphNode,
    InferenceGraph,
    ServingRuntime,
    Step,
    SupportedModelFormat,
)
from components.serving.spec.kserve_parts import Router, Storage
from tests.serving.kserve.cases import model, own, server

GOLDEN = Path(__file__).parents[2] / "golden" / "kserve"
FRONT = own(role=Role.TRANSFORMER, name="front", children=(server(),))
AB = Builtin(
    role=Role.ROUTER, implementation="random_ab_test", name="ab",
    parameters=(Parameter(name="ratioA", value="0.25", type="FLOAT"),),
    children=(server(name="a"), server(name="b", children=(server(name="c"),))),
)  # fmt: skip

DECLARED = {
    "server": model(server(resources=Resources(cpu="2", memory="1Gi"))),
    "container": model(own(env={"A": "1"}, resources=Resources(cpu="2")), scaling=Scaling(min_replicas=2)),
    "canary": model(
        server(), Predictor(name="next", graph=server(artifact=Uri(uri="s3://models/iris/2/")), traffic=10),
        stable={"traffic": 90}, scaling=Scaling(min_replicas=2, max_replicas=6, metrics=(Cpu(target=60),)),
    ),
    "transformer": model(
        FRONT, protocol=Protocol.V2, transport=Transport.REST, exposure=Exposure(external=False, timeout_seconds=30),
        logging=PayloadLogging(url="http://log.test", mode="request"),
        stable={"explainer": Explainer(method=Method.SQUARE_ATTACK, parameters={"nb_classes": "10"})},
    ),
    "llm": model(
        ModelServer(
            format=Format.HUGGINGFACE, artifact=Uri(uri="pvc://models/llama"), args=("--model_name=llama",),
            resources=Resources(cpu="8", memory="64Gi", accelerators=Accelerators(kind=Accelerator.H100, count=2)),
        ),
        protocol=Protocol.OPENAI, kserve=KServe(autoscaler_class="none"),
        stable={"kserve": KServePredictor(worker=Worker(
            pod={"containers": [{"name": "worker-container", "resources": {"limits": {"nvidia.com/gpu": "2"}}}]},
            pipeline_parallel_size=2, tensor_parallel_size=2,
        ))},
    ),
    "queries": model(scaling=Scaling(min_replicas=0, max_replicas=4, metrics=(PrometheusQuery(query="up", target=2.0),))),
    "storage-key": model(server(artifact=None, kserve=KServeNode(storage=Storage(key="minio", path="iris"), runtime="mine"))),
    "chain": model(server(name="first", children=(server(name="second"),)), kserve=KServe(router=Router(timeout=60))),
    "ab": model(AB),
}  # fmt: skip
KNATIVE = {
    "knative": model(scaling=Scaling(max_replicas=4, metrics=(Concurrency(target=8.0),))),
    "knative-split": model(server(), Predictor(name="next", graph=server(), traffic=20), stable={"traffic": 80}),
}
OWN = {
    "graph": InferenceGraph(
        name="switch",
        nodes={
            "root": GraphNode(
                router_type="Switch",
                steps=(
                    Step(service_name="small", condition="parameters.small"),
                    Step(node_name="both", condition="inputs"),
                ),
            ),
            "both": GraphNode(
                router_type="Ensemble", steps=(Step(name="a", service_name="a"), Step(service_url="http://b"))
            ),
        },
        router=Router(
            min_replicas=2, pod={"nodeSelector": {"pool": "system"}}, resources={"limits": {"memory": "256Mi"}}
        ),
    ),
    "runtime": ServingRuntime(
        name="own-server",
        supported_model_formats=(SupportedModelFormat(name="tensorrt", version="8", auto_select=True, priority=2),),
        protocol_versions=("v2", "grpc-v2"),
        pod={"containers": [{"name": "kserve-container", "image": "registry.test/server:1"}]},
    ),
}


def context(mode: str, **fields_) -> BuildContext:
    placed = NodeContext(placement=Placement(node_selector={"slipway.dev/pool": "system"}))
    return BuildContext(
        namespace="science",
        engine="kserve",
        nodes={"default/iris": placed},
        facts=EngineFacts(kserve_mode=mode, keda=True, prometheus="http://prometheus.test:9090"),
        **fields_,
    )


ALL = [(name, one, "standard") for name, one in (DECLARED | OWN).items()] + [
    (name, one, "knative") for name, one in KNATIVE.items()
]


def deadline(declared: ModelDeployment, mode: str, **fields_) -> str | None:
    made = kserve.build(declared, context(mode, **fields_))["inference-service"]["metadata"].get("annotations", {})
    return made.get("serving.knative.dev/progress-deadline")


def test_knative_waits_as_long_as_the_files_take():
    declared = model(server())
    assert deadline(declared, "knative", deadline_seconds=1800) == "1800s"
    assert deadline(declared, "standard", deadline_seconds=1800) is None, "nothing of KServe reads it there"
    plain = declared.model_copy(update={"safe_defaults": False})
    assert deadline(plain, "knative", deadline_seconds=1800) is None
    said = plain.model_copy(update={"rollout": Rollout(deadline_seconds=60)})
    assert deadline(said, "knative") == "60s"
    own = said.model_copy(update={"annotations": {"serving.knative.dev/progress-deadline": "2m"}})
    assert deadline(own, "knative") == "2m"


@pytest.mark.parametrize(("name", "declared", "mode"), ALL, ids=[name for name, _, _ in ALL])
def test_objects_are_the_committed_ones(name, declared, mode):
    objects = kserve.build(declared, context(mode))
    assert [error for one in objects.values() for error in fields.errors(one)] == []
    text = yaml.safe_dump_all(objects.values(), sort_keys=True)
    path = GOLDEN / f"{name}.yaml"
    if os.environ.get("SLIPWAY_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert path.read_text() == text


def spec(declared: ModelDeployment, mode: str = "standard", **fields_) -> dict:
    return kserve.build(declared, context(mode, **fields_))["inference-service"]["spec"]


@pytest.mark.parametrize(("name", "declared", "mode"), ALL, ids=[name for name, _, _ in ALL])
def test_the_webhook_has_nothing_to_add(name, declared, mode):
    """What it would fill in, as pkg/apis/serving/v1beta1/inference_service_defaults.go does it."""
    for one in kserve.build(declared, context(mode)).values():
        if one["kind"] != "InferenceService":
            continue
        annotations, parts = one["metadata"]["annotations"], one["spec"]
        assert annotations["serving.kserve.io/deploymentMode"] == mode.capitalize()
        for component in ("predictor", "transformer", "explainer"):
            pod = parts.get(component)
            if pod is None:
                continue
            assert pod["automountServiceAccountToken"] is False
            if "model" in pod:
                assert annotations["modelFormat"] == pod["model"]["modelFormat"]["name"]
                assert "protocolVersion" in pod["model"]
                continue
            container = pod["art"] if "art" in pod else pod["containers"][0]
            assert "art" in pod or container["name"] == "kserve-container"
            for side in ("requests", "limits"):
                assert container["resources"][side].keys() >= {"cpu", "memory"}
            assert not {"sklearn", "tensorflow", "onnx"} & pod.keys()


def test_nothing_of_ours_is_in_what_an_import_made():
    bare = model(server(), safe_defaults=False)
    (service,) = kserve.build(bare, BuildContext(namespace="", engine="kserve", nodes={})).values()
    assert service == {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "iris"},
        "spec": {"predictor": {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": "s3://models/iris/"}}},
    }


def test_what_the_stack_resolves_goes_before_what_is_declared():
    declared = model(server(image=Image(reference="registry.test/server:1")))
    key = node_key(declared, declared.predictors[0], declared.predictors[0].graph)
    found = NodeContext(image="registry.test/server@sha256:" + "ab" * 32, uri="s3://artifacts/models/iris/sha256/")
    made = kserve.build(declared, replace(context("standard"), nodes={key: found}))
    block = made["inference-service"]["spec"]["predictor"]["model"]
    assert (block["image"], block["storageUri"]) == (found.image, found.uri)


@pytest.mark.parametrize(("surge", "kind"), [(True, "RollingUpdate"), (False, "Recreate")])
def test_strategy(surge, kind):
    assert spec(model(), surge=surge)["predictor"]["deploymentStrategy"]["type"] == kind
    assert "deploymentStrategy" not in spec(model(), "knative", surge=surge)["predictor"]


@pytest.mark.parametrize(
    ("protocol", "transport", "form", "version"),
    [
        (None, None, Format.SKLEARN, "v1"),
        (None, None, Format.MLFLOW, "v2"),
        (Protocol.V1, None, Format.SKLEARN, "v1"),
        (Protocol.V2, Transport.GRPC, Format.TRITON, "grpc-v2"),
        (Protocol.TENSORFLOW, Transport.GRPC, Format.TENSORFLOW, "grpc-v1"),
        (Protocol.OPENAI, None, Format.VLLM, "v2"),
    ],
)
def test_protocol(protocol, transport, form, version):
    made = spec(model(server(format=form), protocol=protocol, transport=transport))
    assert made["predictor"]["model"]["protocolVersion"] == version


def test_the_declared_pod_wins():
    declared = server(pod={"serviceAccountName": "mine"}, container={"securityContext": {"runAsUser": 7}})
    predictor = spec(model(declared))["predictor"]
    assert predictor["serviceAccountName"] == "mine"
    assert predictor["model"]["securityContext"]["runAsUser"] == 7
    assert predictor["model"]["securityContext"]["allowPrivilegeEscalation"] is False


@pytest.mark.parametrize("below", [(server(name="b"), server(name="c")), (AB, AB)])
def test_a_graph_that_kserve_has_not(below):
    with pytest.raises(Inexpressible) as caught:
        kserve.build(model(server(name="a", children=below)), context("standard"))
    assert caught.value.path == "predictors[0].graph"
