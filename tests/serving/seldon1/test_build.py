"""The objects for Seldon Core 1: compared with committed files, and with what they must be.

`SLIPWAY_GOLDEN=write` writes the files anew; a missing or different one fails otherwise.
"""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from catalog import gpu
from catalog.machines import Accelerator
from components import labels
from components.serving import fields
from components.serving.engines.context import ArtifactSource, NodeContext, Placement
from components.serving.engines.registry import ENGINES
from components.serving.engines.seldon1 import names
from components.serving.engines.seldon1.first_step import first_step
from components.serving.importing import seldon1
from components.serving.importing.judge import judge
from components.serving.rules.all_rules import findings
from components.serving.spec import (
    Accelerators,
    Artifact,
    Cpu,
    Explainer,
    Exposure,
    Image,
    Parameter,
    PayloadLogging,
    RequestRate,
    Resources,
    Scaling,
)
from components.serving.spec.seldon1 import Istio, Orchestrator, Seldon1, Seldon1Explainer
from tests.serving.seldon1.parts import ALL, ab_test, component, context, model, own, predictor, server, slot

GOLDEN = Path(__file__).parents[2] / "golden" / "seldon1"
TOPICS = {"KAFKA_BROKER": "kafka.data:9092", "KAFKA_INPUT_TOPIC": "in", "KAFKA_OUTPUT_TOPIC": "out"}
BANDIT = own(
    "bandit", server(name="a"), server(name="b"), role="router", image=Image(reference="bandit:1"),
    parameters=(Parameter(name="n_branches", value="2", type="INT"), Parameter(name="epsilon", value="0.1", type="FLOAT")),
)  # fmt: skip

DECLARATIONS = {
    "model": model(),
    "canary": model(predictor(name="stable", traffic=90), predictor(name="new", traffic=10), protocol="v2"),
    "shadow": model(predictor(), predictor(name="dark", shadow=True), scaling=Scaling(min_replicas=2)),
    "ab-test": model(
        ab_test(server(name="a"), server(name="b"), parameters=(Parameter(name="ratioA", value="0.9", type="FLOAT"),))
    ),
    "bandit": model(BANDIT, feedback=True),
    "graph": model(
        own("clean", own("mean", server(name="one"), server(name="two"), role="combiner"), role="transformer"),
        protocol="seldon", transport="rest", logging=PayloadLogging(url="http://broker.events", mode="request"),
    ),
    "one-pod": model(
        predictor(
            own("a", own("b"), port=None),
            seldon1=slot(components=(component("b", "a", {"name": "beside", "image": "s:1"}, name="both"),)),
        )
    ),
    "explained": model(
        predictor(
            explainer=Explainer(
                method="anchor_tabular", artifact=Artifact(name="explainer"), parameters={"seed": 1, "batch": "x"},
                seldon1=Seldon1Explainer(env_secret="keys"),
            )
        )
    ),
    "explained-v2": model(
        predictor(explainer=Explainer(method="tree_shap", parameters={"task": "classification"}, replicas=2)), protocol="v2"
    ),
    "scaled": model(scaling=Scaling(min_replicas=2, max_replicas=5, metrics=(Cpu(target=60),))),
    "scaled-by-requests": model(scaling=Scaling(max_replicas=5, metrics=(RequestRate(target=20),))),
    "kafka": model(
        predictor(seldon1=slot(orchestrator=Orchestrator(env=TOPICS, resources={"requests": {"cpu": "1"}}))),
        seldon1=Seldon1(server_type="kafka", separate_orchestrator=True),
    ),
    "exposed": model(
        exposure=Exposure(host="iris.test", timeout_seconds=30, tls_secret="certificate", callers=("shop",)),
        seldon1=Seldon1(istio=Istio(gateway="istio-system/gateway", retries=2)),
    ),
    "tensorflow": model(server(format="tensorflow", resources=Resources(memory="2Gi")), protocol="tensorflow"),
    "tensorflow-behind-proxy": model(server(format="tensorflow", resources=Resources(memory="2Gi"))),
    "gpu": model(server(format="triton", resources=Resources(memory="8Gi", accelerators=Accelerators(kind="l4"))), protocol="v2"),
}  # fmt: skip
STACK = context(
    nodes={
        "default/iris": NodeContext(
            uri="s3://artifacts/models/iris/1/",
            placement=Placement(node_selector={"pool": "p"}, tolerations=[{"key": "k", "operator": "Exists"}]),
        ),
        "default/explainer:": NodeContext(uri="s3://artifacts/models/explainer/1/"),
    },
    gateway=("gateway", "istio-system"),
    store_cidrs=("10.1.0.0/16",),
)


def built(declaration, **changes):
    return ENGINES["seldon1"].build(declaration, replace(STACK, **changes))


def sdep(declaration, **changes):
    return built(declaration, **changes)["seldon-deployment"]


@pytest.mark.parametrize("name", sorted(DECLARATIONS))
def test_objects_are_the_committed_ones(name):
    text = yaml.safe_dump_all(json.loads(json.dumps(list(built(DECLARATIONS[name]).values()))), sort_keys=True)
    path = GOLDEN / f"{name}.yaml"
    if os.environ.get("SLIPWAY_GOLDEN") == "write":
        path.write_text(text)
    assert path.read_text() == text


def test_no_other_file_is_committed():
    assert {path.stem for path in GOLDEN.iterdir()} == set(DECLARATIONS)


@pytest.mark.parametrize("name", sorted(DECLARATIONS))
def test_objects_are_what_the_api_server_takes(name):
    assert not [rule.id for rule, _ in findings(DECLARATIONS[name], "seldon1", ALL)]
    for manifest in built(DECLARATIONS[name]).values():
        assert fields.errors(manifest) == []


@pytest.mark.parametrize("name", sorted(DECLARATIONS))
def test_they_are_imported_as_they_are(name):
    assert judge("f", sdep(DECLARATIONS[name]), seldon1.read).outcome.value == "exact"


@pytest.mark.parametrize("name", sorted(DECLARATIONS))
def test_pods_are_safe(name):
    for one in sdep(DECLARATIONS[name])["spec"]["predictors"]:
        for part in one["componentSpecs"]:
            pod = part["spec"]
            assert not pod["automountServiceAccountToken"]
            assert pod["serviceAccountName"] == "iris"
            for container in (c for c in pod["containers"] if c["name"] != "beside"):
                assert container["resources"]["limits"]["memory"]
                assert container["resources"]["requests"]["cpu"]
                assert not container["securityContext"]["allowPrivilegeEscalation"]
                assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("name", sorted(DECLARATIONS))
def test_who_autoscales_sets_the_replicas(name):
    for one in sdep(DECLARATIONS[name])["spec"]["predictors"]:
        scaled = [part for part in one["componentSpecs"] if "hpaSpec" in part or "kedaSpec" in part]
        assert ("replicas" in one) != bool(scaled)
        assert not any("replicas" in part for part in scaled)


def test_there_is_one_budget_for_all_pods():
    budgets = [
        part["pdbSpec"]
        for one in sdep(DECLARATIONS["shadow"])["spec"]["predictors"]
        for part in one["componentSpecs"]
        if "pdbSpec" in part
    ]
    assert budgets == [{"maxUnavailable": 1}]
    (alone,) = sdep(model())["spec"]["predictors"]
    assert "pdbSpec" not in alone["componentSpecs"][0]


def test_without_safe_defaults_only_what_is_declared():
    declared = model().model_copy(update={"safe_defaults": False})
    assert built(declared, nodes={}) == {
        "seldon-deployment": {
            "apiVersion": "machinelearning.seldon.io/v1",
            "kind": "SeldonDeployment",
            "metadata": {"name": "iris", "namespace": "science"},
            "spec": {
                "predictors": [
                    {
                        "name": "default",
                        "graph": {
                            "name": "iris",
                            "type": "MODEL",
                            "implementation": "SKLEARN_SERVER",
                            "modelUri": "s3://models/iris",
                        },
                    }
                ]
            },
        }
    }


def test_what_the_stack_resolved_goes_before_what_is_declared():
    one = sdep(model(), nodes={"default/iris": NodeContext(image="r.test/s@sha256:1", uri="s3://b/locked/")})
    (only,) = one["spec"]["predictors"]
    assert only["graph"]["modelUri"] == "s3://b/locked/"
    assert only["componentSpecs"][0]["spec"]["containers"][0]["image"] == "r.test/s@sha256:1"


def test_an_accelerator_is_a_limit_and_its_placement_the_pods():
    (only,) = sdep(DECLARATIONS["gpu"])["spec"]["predictors"]
    pod = only["componentSpecs"][0]["spec"]
    assert pod["containers"][0]["resources"]["limits"] == {"memory": "8Gi", gpu.base_resource(Accelerator.L4): "1"}
    assert (pod["nodeSelector"], pod["tolerations"]) == ({"pool": "p"}, [{"key": "k", "operator": "Exists"}])


SOURCE = ArtifactSource(
    endpoint="http://s3.test:9000", bucket="artifacts", region="us-east-1", prefix=f"models/iris/sha256:{'ab' * 32}/",
    digest=f"sha256:{'ab' * 32}", image="r.test/artifact-fetch@sha256:cd", secret="iris-reader",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "container"), [("model", "iris"), ("tensorflow", "iris"), ("tensorflow-behind-proxy", "tfserving")]
)
def test_our_own_first_step_stands_in_for_the_operators(name, container):
    nodes = {"default/iris": NodeContext(uri="s3://artifacts/models/iris/1/", artifact=SOURCE)}
    manifest = sdep(DECLARATIONS[name], nodes=nodes)
    (only,) = manifest["spec"]["predictors"]
    pod = only["componentSpecs"][0]["spec"]
    (step,) = pod["initContainers"]
    # These names are the operator's: by them it knows that it has nothing to inject, and what to mount.
    assert (step["name"], pod["volumes"]) == (
        f"{container}-model-initializer", [{"name": f"{container}-provision-location", "emptyDir": {}}],
    )  # fmt: skip
    assert step["volumeMounts"] == [{"name": f"{container}-provision-location", "mountPath": "/mnt/models"}]
    assert f"--digest={SOURCE.digest}" in step["args"]
    assert only["graph"]["modelUri"]
    assert fields.errors(manifest) == []
    assert judge("f", manifest, seldon1.read).outcome.value == "exact"


def test_a_long_name_is_cut_as_the_operator_cuts_it():
    (step,) = first_step("a" * 45 + "-", SOURCE)["initContainers"]
    assert step["name"] == "a" * 45 + "--model-initialize"
    (step,) = first_step("a" * 62, SOURCE)["initContainers"]
    assert step["name"] == "a" * 62


def test_what_a_model_needs_goes_to_tf_serving_and_not_to_its_proxy():
    def limits(name):
        (only,) = sdep(DECLARATIONS[name])["spec"]["predictors"]
        containers = only["componentSpecs"][0]["spec"]["containers"]
        return {container["name"]: container["resources"]["limits"]["memory"] for container in containers}

    assert limits("tensorflow") == {"iris": "2Gi"}
    assert limits("tensorflow-behind-proxy") == {"iris": "512Mi", "tfserving": "2Gi"}


def test_a_slice_has_the_name_that_the_pool_gives_it():
    nodes = {"default/iris": NodeContext(placement=Placement(resource="nvidia.com/mig-1g.10gb"))}
    (only,) = sdep(DECLARATIONS["gpu"], nodes=nodes)["spec"]["predictors"]
    limits = only["componentSpecs"][0]["spec"]["containers"][0]["resources"]["limits"]
    assert limits == {"memory": "8Gi", "nvidia.com/mig-1g.10gb": "1"}


def test_the_declaration_goes_before_what_is_added():
    wanted = {"securityContext": {"runAsUser": 0}, "resources": {}}
    pod = {"automountServiceAccountToken": True, "topologySpreadConstraints": []}
    (only,) = sdep(model(server(container=wanted, pod=pod)))["spec"]["predictors"]
    spec = only["componentSpecs"][0]["spec"]
    assert spec["automountServiceAccountToken"] is True
    assert {key: spec["containers"][0][key] for key in wanted} == wanted


def test_a_model_that_learns_is_told_which_way_requests_went():
    told = [{"name": "SELDON_ENABLE_ROUTING_INJECTION", "value": "true"}]
    assert [one.get("svcOrchSpec") for one in sdep(DECLARATIONS["bandit"])["spec"]["predictors"]] == [{"env": told}]
    assert "svcOrchSpec" not in sdep(DECLARATIONS["ab-test"])["spec"]["predictors"][0]


def test_the_operators_own_labels_are_left_to_it():
    (only,) = sdep(model())["spec"]["predictors"]
    assert labels.MANAGED_BY not in only["labels"]
    assert only["labels"]["version"] == only["annotations"]["version"] == "default"


def test_ways():
    objects = built(DECLARATIONS["graph"])
    pods = {"matchLabels": {"seldon-deployment-id": "iris"}}
    outer, inner = objects["network"]["spec"], objects["network-graph"]["spec"]
    assert outer["podSelector"] == inner["podSelector"] == pods
    assert [port["port"] for port in outer["ingress"][0]["ports"]] == [8000, 5001]
    assert inner["ingress"] == [{"from": [{"podSelector": pods}]}]
    assert {"to": [{"podSelector": pods}]} in inner["egress"]
    assert {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "events"}}}]} in outer[
        "egress"
    ]


def test_names_are_the_operators():
    assert names.joined("a", "b") == "a-b"
    # The md5 of the name, as the operator has it.
    assert names.joined("a" * 40, "b" * 40) == "seldon-96475b7fadc8061c8e88a97b14c2074e"
    assert names.service(model(), predictor(seldon1=slot(service_name="own"))) == "own"
