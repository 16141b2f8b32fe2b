"""The field tables: what each kind takes, what it does not, and what a person is told."""

import json
import re
from copy import deepcopy
from pathlib import Path

import pytest

from components.serving import fields
from components.serving.fields import Reason

SEVERAL = {"a": {}, "b": {}}
POD = {
    "containers": [
        {"name": "c", "image": "i:1", "env": [{"name": "A", "value": "1"}], "resources": {"limits": {"cpu": "1"}}}
    ]
}


def manifest(kind: str, spec, api_version: str):
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "m"}, "spec": spec}


def graph(levels: int):
    return {"name": "n"} | ({"children": [graph(levels - 1)]} if levels else {})


# A whole manifest of each kind, and three ways to break it: (path, value or nothing to take it away, what is said).
KINDS = {
    "SeldonDeployment": (
        manifest(
            "SeldonDeployment",
            {
                "protocol": "v2",
                "predictors": [
                    {
                        "name": "main",
                        "traffic": 100,
                        "graph": {"name": "m", "implementation": "SKLEARN_SERVER", "endpoint": {"service_port": 9000}},
                        "componentSpecs": [{"spec": POD, "hpaSpec": {"maxReplicas": 3, "metricsv2": [{"type": "Resource"}]}}],
                        "svcOrchSpec": {"env": [{"name": "A", "value": "b"}]},
                    }
                ],
            },
            "machinelearning.seldon.io/v1",
        ),
        [
            ("spec.predictors[0].traffic", "100", Reason.WRONG_TYPE, "a whole number"),
            ("spec.predictors[0].graph.endpoint.servicePort", 9000, Reason.UNKNOWN_FIELD, "service_port"),
            ("spec.predictors[0].graph", None, Reason.MISSING, "keys and values"),
            ("spec.predictors[0].graph.type", "Router", Reason.NOT_ONE_OF, "one of UNKNOWN_TYPE, ROUTER"),
            ("spec.predictors[0].componentSpecs[0].hpaSpec.maxReplicas", None, Reason.MISSING, "a whole number"),
            ("spec.predictors[0].componentSpecs[0].spec.containers[0].resources.limits.cpu", 0.5, Reason.WRONG_TYPE, "500m"),
        ],
    ),
    "Model": (
        manifest("Model", {"storageUri": "gs://a", "memory": "1Gi", "requirements": ["sklearn"]}, "mlops.seldon.io/v1alpha1"),
        [
            ("spec.storageUri", None, Reason.MISSING, "a text"),
            ("spec.requirement", ["sklearn"], Reason.UNKNOWN_FIELD, "requirements"),
            ("spec.memory", "1 GB", Reason.WRONG_TYPE, "a quantity"),
            ("spec.requirements[0]", None, Reason.WRONG_TYPE, "a text"),
        ],
    ),
    "Pipeline": (
        manifest("Pipeline", {"steps": [{"name": "a", "batch": {"size": 2}}], "output": {"steps": ["a"]}}, "mlops.seldon.io/v1alpha1"),
        [
            ("spec.steps", None, Reason.MISSING, "a list"),
            ("spec.steps[0].batch.sise", 2, Reason.UNKNOWN_FIELD, "size"),
            ("spec.steps[0].inputsJoinType", "iner", Reason.NOT_ONE_OF, "one of inner, outer, any"),
            ("spec.output", ["a"], Reason.WRONG_TYPE, "keys and values"),
        ],
    ),
    "Experiment": (
        manifest("Experiment", {"candidates": [{"name": "a", "weight": 50}], "mirror": {"name": "b", "percent": 10}}, "mlops.seldon.io/v1alpha1"),
        [
            ("spec.candidates[0].weight", None, Reason.MISSING, "a whole number"),
            ("spec.mirror.percentage", 10, Reason.UNKNOWN_FIELD, "percent"),
            ("spec.candidates[0].weight", True, Reason.WRONG_TYPE, "a whole number"),
        ],
    ),
    "Server": (
        manifest("Server", {"serverConfig": "mlserver", "podSpec": POD}, "mlops.seldon.io/v1alpha1"),
        [
            ("spec.serverConfig", None, Reason.MISSING, "a text"),
            ("spec.podSpec.container", [], Reason.UNKNOWN_FIELD, "containers"),
            ("spec.replicas", 1.5, Reason.WRONG_TYPE, "a whole number"),
        ],
    ),
    "InferenceService": (
        manifest(
            "InferenceService",
            {
                "predictor": {
                    "minReplicas": 1,
                    "model": {"modelFormat": {"name": "sklearn"}, "storageUri": "gs://a", "resources": {"limits": {"cpu": 1}}},
                    "volumes": [{"name": "v", "emptyDir": {}}],
                },
                "transformer": {"containers": [{"name": "c", "image": "i:1"}]},
                "canary": [{"predictor": {"name": "b", "model": {"modelFormat": {"name": "x"}}}, "trafficPercent": 5}],
            },
            "serving.kserve.io/v1beta1",
        ),
        [
            ("spec.predictor", None, Reason.MISSING, "keys and values"),
            ("spec.predictor.model.modelFormat.name", None, Reason.MISSING, "a text"),
            ("spec.predictor.model.storageURI", "gs://a", Reason.UNKNOWN_FIELD, "storageUri"),
            ("spec.predictor.model.protocolVersion", "v3", Reason.NOT_ONE_OF, "v1, v2, grpc-v1, grpc-v2"),
            ("spec.predictor.minReplicas", "1", Reason.WRONG_TYPE, "a whole number"),
            ("spec.predictor.volumes[0].emptyDir.medum", "Memory", Reason.UNKNOWN_FIELD, "medium"),
            ("spec.explainer.alibi", {}, Reason.UNKNOWN_FIELD, ""),
        ],
    ),
    "InferenceGraph": (
        manifest("InferenceGraph", {"nodes": {"root": {"routerType": "Splitter", "steps": [{"serviceName": "a", "weight": 100}]}}}, "serving.kserve.io/v1alpha1"),
        [
            ("spec.nodes", None, Reason.MISSING, "keys and values"),
            ("spec.nodes.root.routerType", "Spliter", Reason.NOT_ONE_OF, "Splitter"),
            ("spec.nodes.root.steps[0].servicename", "a", Reason.UNKNOWN_FIELD, "serviceName"),
            ("spec.nodes.root.steps[0].weight", "100", Reason.WRONG_TYPE, "a whole number"),
        ],
    ),
    "ServingRuntime": (
        manifest("ServingRuntime", POD | {"supportedModelFormats": [{"name": "sklearn", "priority": 1}]}, "serving.kserve.io/v1alpha1"),
        [
            ("spec.containers", None, Reason.MISSING, "a list"),
            ("spec.supportedModelFormats[0].autoselect", True, Reason.UNKNOWN_FIELD, "autoSelect"),
            ("spec.supportedModelFormats[0].priority", "1", Reason.WRONG_TYPE, "a whole number"),
        ],
    ),
    "ClusterServingRuntime": (
        manifest("ClusterServingRuntime", POD, "serving.kserve.io/v1alpha1"),
        [("spec.containers[0].name", None, Reason.MISSING, "a text"), ("spec.multimodel", True, Reason.UNKNOWN_FIELD, "multiModel")],
    ),
    "ScaledObject": (
        manifest("ScaledObject", {"scaleTargetRef": {"name": "a"}, "triggers": [{"type": "cpu", "metadata": {"value": "60"}}]}, "keda.sh/v1alpha1"),
        [
            ("spec.triggers[0].metadata.value", 60, Reason.WRONG_TYPE, "a text"),
            ("spec.scaleTargetRef", None, Reason.MISSING, "keys and values"),
            ("spec.minReplicas", 1, Reason.UNKNOWN_FIELD, "minReplicaCount"),
        ],
    ),
    "HTTPRoute": (
        manifest(
            "HTTPRoute",
            {
                "parentRefs": [{"name": "g"}],
                "rules": [
                    {
                        "backendRefs": [{"name": "a", "port": 80, "weight": 9}],
                        "filters": [{"type": "RequestRedirect", "requestRedirect": {"statusCode": 302}}],
                    }
                ],
            },
            "gateway.networking.k8s.io/v1",
        ),
        [
            ("spec.rules[0].filters[0].type", "Mirror", Reason.NOT_ONE_OF, "RequestMirror"),
            ("spec.rules[0].filters[0].requestRedirect.statusCode", 304, Reason.NOT_ONE_OF, "302"),
            ("spec.rules[0].backendRefs[0].name", None, Reason.MISSING, "a text"),
            ("spec.rules[0].backendRef", [], Reason.UNKNOWN_FIELD, "backendRefs"),
        ],
    ),
    "Deployment": (
        manifest("Deployment", {"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": POD}}, "apps/v1"),
        [
            ("spec.selector", None, Reason.MISSING, "keys and values"),
            ("spec.template.spec.containers[0].imagePullPolicy", "always", Reason.NOT_ONE_OF, "Always"),
            ("spec.template.spec.containers[0].envs", [], Reason.UNKNOWN_FIELD, "env"),
        ],
    ),
    "Service": (
        manifest("Service", {"ports": [{"port": 80, "targetPort": "http"}]}, "v1"),
        [
            ("spec.ports[0].port", None, Reason.MISSING, "a whole number"),
            ("spec.ports[0].targetPort", 80.5, Reason.WRONG_TYPE, "a whole number or a text"),
            ("spec.type", "ClusterIp", Reason.NOT_ONE_OF, "ClusterIP"),
        ],
    ),
    "HorizontalPodAutoscaler": (
        manifest("HorizontalPodAutoscaler", {"maxReplicas": 2, "scaleTargetRef": {"kind": "Deployment", "name": "a"}}, "autoscaling/v2"),
        [("spec.maxReplicas", None, Reason.MISSING, "a whole number"), ("spec.targetCPUUtilizationPercentage", 60, Reason.UNKNOWN_FIELD, "")],
    ),
    "PodDisruptionBudget": (
        manifest("PodDisruptionBudget", {"maxUnavailable": "10%"}, "policy/v1"),
        [("spec.maxUnavailable", 0.1, Reason.WRONG_TYPE, "a whole number or a text"), ("spec.minAvaliable", 1, Reason.UNKNOWN_FIELD, "minAvailable")],
    ),
    "NetworkPolicy": (
        manifest("NetworkPolicy", {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {}}]}]}, "networking.k8s.io/v1"),
        [("spec.policyTypes[0]", "ingress", Reason.NOT_ONE_OF, "Ingress"), ("spec.ingress[0].form", [], Reason.UNKNOWN_FIELD, "from")],
    ),
    "ServiceAccount": (
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}, "automountServiceAccountToken": False},
        [("automountServiceAccountToken", "false", Reason.WRONG_TYPE, "true or false")],
    ),
    "Secret": (
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringData": {"a": "b"}},
        [("stringData.a", 1, Reason.WRONG_TYPE, "a text"), ("stringdata", {}, Reason.UNKNOWN_FIELD, "stringData")],
    ),
    "ConfigMap": (
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "b"}},
        [("data.a", True, Reason.WRONG_TYPE, "a text"), ("metadata", None, Reason.MISSING, "keys and values")],
    ),
    "ResourceQuota": (
        manifest("ResourceQuota", {"hard": {"requests.nvidia.com/gpu": 4}}, "v1"),
        [('spec.hard["requests.nvidia.com/gpu"]', "four", Reason.WRONG_TYPE, "a quantity"), ("spec.hards", {}, Reason.UNKNOWN_FIELD, "hard")],
    ),
    "LimitRange": (
        manifest("LimitRange", {"limits": [{"type": "Container", "default": {"cpu": "1"}}]}, "v1"),
        [("spec.limits[0].type", None, Reason.MISSING, "a text"), ("spec.limits[0].defaults", {}, Reason.UNKNOWN_FIELD, "default")],
    ),
}  # fmt: skip
BROKEN = [(kind, *case) for kind, (_, cases) in KINDS.items() for case in cases]


def put(whole, path: str, value):
    """The manifest with the value at the path, or without what is there."""
    changed = deepcopy(whole)
    *way, last = [
        int(i) if i else key or word for key, i, word in re.findall(r'\["([^"]+)"\]|\[(\d+)\]|([\w-]+)', path)
    ]
    at = changed
    for step in way:
        at = at.setdefault(step, {}) if isinstance(at, dict) else at[step]
    if value is None and isinstance(last, str):
        del at[last]
    else:
        at[last] = value
    return changed


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_manifest_fits(kind):
    assert fields.errors(KINDS[kind][0]) == []


@pytest.mark.parametrize(("kind", "path", "value", "reason", "says"), BROKEN, ids=lambda v: str(v)[:60])
def test_what_is_broken_is_found_where_it_is(kind, path, value, reason, says):
    (error,) = fields.errors(put(KINDS[kind][0], path, value))
    assert (error.path, error.reason) == (path, reason)
    refusal = error.as_refusal("a.yaml")
    assert refusal.path == f"a.yaml.{path}"
    assert refusal.value == ""
    assert says in refusal.fix


def test_every_kind_is_tried():
    of_platform = {"Namespace", "Pod", "Role", "RoleBinding"}
    assert {kind for _, kind in fields.kinds()} == KINDS.keys() | of_platform


def test_all_versions_of_a_seldon_deployment_have_one_shape():
    for version in ("v1", "v1alpha2", "v1alpha3"):
        assert (
            fields.errors(KINDS["SeldonDeployment"][0] | {"apiVersion": f"machinelearning.seldon.io/{version}"}) == []
        )


@pytest.mark.parametrize(
    ("api_version", "kind", "nearest"),
    [
        ("serving.kserve.io/v1alpha2", "InferenceService", "serving.kserve.io/v1beta1 InferenceService"),
        ("apps/v1", "Deploymnt", "apps/v1 Deployment"),
        ("example.org/v1", "Nothing", ""),
    ],
)
def test_another_kind_is_said_to_be_unknown(api_version, kind, nearest):
    (error,) = fields.errors(manifest(kind, {}, api_version))
    assert (error.path, error.reason, error.nearest) == ("kind", Reason.UNKNOWN_KIND, nearest)


def test_errors_of_several_fields_come_together():
    broken = put(put(KINDS["Model"][0], "spec.memory", []), "spec.replica", 1)
    assert [(e.path, e.nearest) for e in fields.errors(broken)] == [("spec.memory", ""), ("spec.replica", "replicas")]


def test_a_graph_has_ten_levels_of_children():
    whole = KINDS["SeldonDeployment"][0]
    assert fields.errors(put(whole, "spec.predictors[0].graph", graph(10))) == []
    (error,) = fields.errors(put(whole, "spec.predictors[0].graph", graph(11)))
    assert error.reason is Reason.TOO_DEEP
    assert error.path == "spec.predictors[0].graph" + ".children[0]" * 10 + ".children"
    assert "10 levels" in error.as_refusal().fix


def test_a_null_is_an_absent_field():
    assert fields.errors(put(KINDS["Model"][0], "spec", {"storageUri": "a", "memory": None})) == []
    (error,) = fields.errors(put(KINDS["Model"][0], "spec", {"storageUri": None}))
    assert error.reason is Reason.MISSING


def test_the_servers_part_is_not_looked_at():
    assert fields.errors(KINDS["Model"][0] | {"status": {"anything": [1]}}) == []


def test_an_error_shows_no_value():
    broken = put(KINDS["Secret"][0], "stringData.password", ["hunter2"])
    (error,) = fields.errors(broken)
    assert "hunter2" not in f"{error!r} {error} {error.as_refusal()}"


@pytest.mark.parametrize(
    ("table", "value", "paths"),
    [
        ("PodSpec", POD, []),
        ("PodSpec", POD | {"nodeSelecter": {}}, ["pod.nodeSelecter"]),
        ("PodSpec", {}, ["pod.containers"]),
        ("Container", {"name": "c", "ports": [{"containerPort": 80}]}, []),
        ("Container", {"name": "c", "ports": [{"port": 80}]}, ["pod.ports[0].containerPort", "pod.ports[0].port"]),
        ("EnvVarSource", {"secretKeyRef": {"name": "a", "key": "b"}}, []),
        ("EnvVarSource", {"secretRef": {"name": "a"}}, ["pod.secretRef"]),
        ("EnvVarSource", "a", ["pod"]),
        ("kserve.Batcher", {"maxBatchSize": 2}, []),
        ("kserve.Batcher", {"maxBatchsize": 2}, ["pod.maxBatchsize"]),
    ],
)
def test_a_part_is_checked_alone(table, value, paths):
    assert [error.path for error in fields.errors_at(table, value, "pod")] == paths


def test_a_table_that_is_none():
    with pytest.raises(KeyError):
        fields.errors_at("PodSpecs", {})
    with pytest.raises(KeyError):
        fields.errors_at("nowhere.PodSpec", {})


@pytest.mark.parametrize("value", ["1", "500m", "1.5Gi", "1e3", ".5", "-1", 2, "100k"])
def test_quantities(value):
    assert fields.errors_at("ResourceRequirements", {"limits": {"cpu": value}}, custom=True) == []


@pytest.mark.parametrize("value", ["", "1 Gi", "1gi", "Gi", "1,5", True, ["1"]])
def test_no_quantities(value):
    assert len(fields.errors_at("ResourceRequirements", {"limits": {"cpu": value}})) == 1


def test_a_fraction_is_a_quantity_outside_of_custom_resources_only():
    half = {"limits": {"cpu": 0.5}}
    assert fields.errors_at("ResourceRequirements", half) == []
    assert len(fields.errors_at("ResourceRequirements", half, custom=True)) == 1


def test_an_engine_takes_the_pod_of_its_own_kubernetes():
    """Seldon Core 1.17's definition knows no container restartPolicy: the API server would drop it."""
    sidecar = POD | {"initContainers": [{"name": "s", "restartPolicy": "Always"}]}
    assert fields.errors_at("PodSpec", sidecar) == []
    (error,) = fields.errors_at("seldon1.PodSpec", sidecar)
    assert (error.path, error.reason) == ("initContainers[0].restartPolicy", Reason.UNKNOWN_FIELD)


def test_leaves_are_every_end_once():
    whole = {"a": [1, {"b": "x", "c": {}, "d": []}], "e": {"f.g/h": None}, "i": False}
    assert dict(fields.leaves(whole)) == {
        "a[0]": 1,
        "a[1].b": "x",
        "a[1].c": {},
        "a[1].d": [],
        'e["f.g/h"]': None,
        "i": False,
    }


@pytest.mark.parametrize("path", ["a", "a.b[0].c", 'a["x.y/z"].b', 'a["x"]'])
def test_paths_of_leaves_and_errors_are_written_alike(path):
    (leaf,) = fields.leaves(put({}, path, 1)) if "[0]" not in path else fields.leaves({"a": {"b": [{"c": 1}]}})
    assert leaf[0] == path.replace('["x"]', ".x")


@pytest.mark.parametrize("family", ["kubernetes", "seldon1", "seldon2", "kserve", "keda", "gateway"])
def test_every_table_has_a_source_and_holds_together(family):
    source = fields.source(family)
    assert source["licence"] == "Apache-2.0"
    assert re.fullmatch(r"v\d+\.\d+\.\d+", source["version"])
    assert source["files"]
    table = json.loads((Path(fields.__file__).parent / f"{family}.json").read_text())
    reached = set()
    for record in table["records"]:
        for field in fields.fields(f"{family}.{record}").values():
            inner = field.type
            while inner.of is not None:
                inner = inner.of
            if inner.shape == "record":
                assert fields.fields(inner.name) is not None
                reached.add(inner.name)
    kinds = set(fields.kinds().values())
    assert {f"{family}.{record}" for record in table["records"]} <= reached | kinds


@pytest.mark.parametrize(
    ("record", "path", "since"),
    [
        ("seldon2.Model", "spec.llm.modelRef", ""),
        ("seldon2.Pipeline", "spec.allowCycles", "2.9.1"),
        ("kserve.InferenceService", "spec.predictor.logger.batchSize", "0.17.1"),
        ("kserve.InferenceService", "spec.predictor.minReplicas", ""),
    ],
)
def test_paths_say_since_when(record, path, since):
    assert dict(fields.paths(record))[path].since == since


def test_the_way_to_a_new_record_is_what_is_new():
    assert fields.fields("seldon2.ModelSpec")["llm"].since == "2.9.0"
    assert fields.fields("kserve.InferenceServiceSpec")["canary"].since == "0.20.0"


def test_paths_go_into_a_recursive_record_once():
    paths = dict(fields.paths("seldon1.SeldonDeployment", pods=False))
    assert "spec.predictors[].graph.name" in paths
    assert not any(path.count("children") > 1 for path in paths)
    assert "metadata" in paths


def test_the_tables_are_read_without_pulumi():
    import subprocess
    import sys

    code = "import sys; from components.serving import fields; fields.kinds(); print('pulumi' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
