"""SeldonDeployments as declarations: every field has its place, or a reason; and what means the same is said."""

import copy
import re
from typing import Any

import pytest

from components.serving import fields
from components.serving.importing import seldon1
from components.serving.importing.judge import judge
from components.serving.importing.verdict import Outcome
from components.serving.spec import Builtin, Container, Format, Method, ModelServer, Protocol, Role
from tests.serving.importing.accounting import lost, within

TOP = {"apiVersion": "machinelearning.seldon.io/v1", "kind": "SeldonDeployment", "metadata": {"name": "iris"}}
SERVER = {"name": "m", "type": "MODEL", "implementation": "SKLEARN_SERVER", "modelUri": "s3://m"}
# Kubernetes wants the address, too; this CRD is older.
INCOMPLETE = "spec.predictors[].componentSpecs[].spec.hostAliases[].hostnames[]"
# Of a componentSpec's metadata the operator takes these three over to the pods.
TAKEN_TO_PODS = {"name", "labels", "annotations"}
VALUES: dict[str, Any] = {
    "spec.protocol": "v2", "spec.transport": "grpc", "spec.serverType": "rpc",
    "spec.predictors[].traffic": 100, "spec.predictors[].graph.type": "MODEL",
    "spec.predictors[].graph.implementation": "SKLEARN_SERVER", "spec.predictors[].graph.endpoint.type": "REST",
    "spec.predictors[].explainer.endpoint.type": "REST", "spec.predictors[].graph.logger.mode": "all",
    "spec.predictors[].graph.parameters[].type": "INT", "spec.predictors[].graph.methods[]": "SEND_FEEDBACK",
}  # fmt: skip


def sdep(*predictors: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {**TOP, "spec": {"predictors": list(predictors) or [{"name": "p", "graph": dict(SERVER)}], **spec}}


def graph(**unit: Any) -> dict[str, Any]:
    """One predictor with this node; its container is there."""
    spec = {"containers": [{"name": "m", "image": "m:1"}]}
    return sdep({"name": "p", "graph": {"name": "m", **unit}, "componentSpecs": [{"spec": spec}]})


def verdict(manifest: dict[str, Any]):
    return judge("f.yaml", manifest, seldon1.read)


def root(manifest: dict[str, Any]):
    found = verdict(manifest)
    assert found.taken, found.reasons
    return found.imported.declaration.predictors[0].graph


PATHS = [
    path
    for path, _ in fields.paths("seldon1.SeldonDeployment", pods=False)
    if path not in ("apiVersion", "kind", "metadata", "status")
]


@pytest.mark.parametrize("path", PATHS)
def test_every_field_has_a_place_or_a_reason(path):
    manifest = with_field(path)
    assert fields.errors(manifest) == []
    found = verdict(manifest)
    of_pods = re.match(r"spec\.predictors\[]\.componentSpecs\[]\.metadata\.(\w+)", path)
    if path in seldon1.REFUSED_FIELDS or path == INCOMPLETE or (of_pods and of_pods[1] not in TAKEN_TO_PODS):
        assert found.outcome is Outcome.REFUSED
        concrete = path.replace("[]", "[0]").replace("{}", ".k")
        assert any(within(concrete, reason.path) and reason.why for reason in found.reasons), found.reasons
    else:
        assert found.outcome is Outcome.EXACT, (found.reasons, found.differences)


@pytest.mark.parametrize(
    ("field", "value", "outcome"),
    [
        ("namespace", "science", Outcome.EXACT),
        ("labels", {"a": "b"}, Outcome.EXACT),
        ("annotations", {"a": "b"}, Outcome.EXACT),
        ("finalizers", ["a/b"], Outcome.REFUSED),
        ("generateName", "a", Outcome.REFUSED),
        ("ownerReferences", [{"apiVersion": "v1", "kind": "A", "name": "a", "uid": "1"}], Outcome.REFUSED),
    ],
)
def test_metadata(field, value, outcome):
    found = verdict({**sdep(), "metadata": {"name": "iris", field: value}})
    assert found.outcome is outcome
    assert [reason.path for reason in found.reasons] == ([f"metadata.{field}"] if outcome is Outcome.REFUSED else [])


def with_field(path: str) -> dict[str, Any]:
    """A manifest that has this field, and what its parents require."""
    manifest = copy.deepcopy(sdep({"name": "p", "graph": dict(SERVER)}))
    put(manifest, "seldon1.SeldonDeployment", path.replace("{}", ".{}").split("."), "", path)
    if ".componentSpecs[].spec.containers" in path:
        manifest["spec"]["predictors"][0]["componentSpecs"][0]["spec"]["containers"][0] |= {"name": "m"}
    if path.endswith(".shadow"):
        manifest["spec"]["predictors"].append({"name": "q", "graph": dict(SERVER)})
    if path.endswith(".logger.url"):
        manifest["spec"]["predictors"][0]["graph"]["logger"]["mode"] = "all"
    return manifest


def put(at: dict[str, Any], record: str, way: list[str], here: str, path: str) -> None:
    """Goes down one step, and fills in what the record requires."""
    key, many = way[0].removesuffix("[]"), way[0].endswith("[]")
    kind = fields.fields(record)[key].type
    here = f"{here}.{way[0]}" if here else way[0]
    inner = kind.of if many and kind.of else kind
    if len(way) == 1:
        value = VALUES.get(here, sample(inner))
        at[key] = [value] if many else value
        return
    if way[1] == "{}":
        at[key] = {"k": VALUES.get(path, sample(kind.of))}
        return
    child = (at.get(key) or [{}])[0] if many else at.get(key, {})
    for name, field in fields.fields(inner.name).items():
        if field.required and name not in child:
            child[name] = VALUES.get(f"{here}.{name}", sample(field.type))
    at[key] = [child] if many else child
    put(child, inner.name, way[1:], here, path)


def sample(kind: fields.Type) -> Any:
    match kind.shape:
        case "list":
            return [sample(kind.of)]
        case "map":
            return {"k": sample(kind.of)}
        case "record":
            return {name: sample(f.type) for name, f in fields.fields(kind.name).items() if f.required}
    if kind.enum:
        return kind.enum[0]
    return {"string": "x", "integer": 5, "boolean": True, "quantity": "1", "int-or-string": 1, "number": 1}.get(
        kind.name, {"a": 1}
    )


def test_nodes():
    assert isinstance(root(graph(type="MODEL")), Container)
    assert root(graph(type="TRANSFORMER")).role is Role.TRANSFORMER
    assert root(sdep()).format is Format.SKLEARN
    custom = root(sdep({"name": "p", "graph": {**SERVER, "implementation": "MINE_SERVER"}}))
    assert isinstance(custom, ModelServer)
    assert (custom.format, custom.seldon1.implementation) == (Format.CUSTOM, "MINE_SERVER")
    assert root(sdep({"name": "p", "graph": {**SERVER, "implementation": "LIGHTGBM_SERVER"}})).format is Format.LIGHTGBM


def test_a_built_in_node_keeps_what_is_odd_about_it():
    children = [{**SERVER, "name": "a"}, {**SERVER, "name": "b"}]
    unit = {"name": "ab", "implementation": "RANDOM_ABTEST", "type": "ROUTER", "children": children}
    found = verdict(sdep({"name": "p", "graph": unit}))
    assert found.outcome is Outcome.EXACT
    declaration = found.imported.declaration
    assert isinstance(declaration.predictors[0].graph, Builtin)
    assert list(declaration.acknowledge) == ["S1-T01"]
    assert "S1-T01" in found.warnings[0]


@pytest.mark.parametrize(
    ("unit", "differences", "slot"),
    [
        ({}, ["spec.predictors[0].graph.type"], None),
        ({"type": "MODEL"}, [], None),
        ({"implementation": "UNKNOWN_IMPLEMENTATION"}, [], ""),
        ({"methods": ["TRANSFORM_INPUT"]}, [], ""),
        ({"type": "UNKNOWN_TYPE", "methods": ["ROUTE"]}, [], "UNKNOWN_TYPE"),
    ],
)
def test_a_type_is_filled_in_only_where_the_operator_fills_it_in(unit, differences, slot):
    found = verdict(graph(**unit))
    assert found.taken, found.reasons
    assert [difference.path for difference in found.differences] == differences
    node = found.imported.declaration.predictors[0].graph
    assert (node.seldon1.type if node.seldon1 else None) == slot


def test_an_empty_list_of_methods_is_not_none():
    found = verdict(graph(methods=[]))
    assert (found.outcome, found.reasons[0].path) == (Outcome.REFUSED, "spec.predictors[0].graph.methods")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"protocol": "kfserving"}, "spec.protocol"),
        ({"replicas": None}, "spec.replicas"),
        ({"annotations": {}}, "spec.annotations"),
        ({"name": ""}, "spec.name"),
        (
            {"predictors": [{"name": "p", "graph": dict(SERVER, children=[]), "shadow": False}]},
            "spec.predictors[0].shadow",
        ),
    ],
)
def test_what_says_nothing_is_equivalent(change, path):
    manifest = sdep(**change)
    found = verdict(manifest)
    assert found.outcome is Outcome.EQUIVALENT, found.reasons
    assert path in [difference.path for difference in found.differences]
    assert lost(manifest, found) == []


@pytest.mark.parametrize("version", ["v1alpha2", "v1alpha3"])
def test_older_versions_have_the_same_shape(version):
    found = verdict({**sdep(), "apiVersion": f"machinelearning.seldon.io/{version}"})
    assert [difference.path for difference in found.differences] == ["apiVersion"]


@pytest.mark.parametrize("empty", ["securityContext", "pdbSpec"])
def test_what_is_empty_and_still_says_something_is_kept(empty):
    pod = {"containers": [{"name": "m", "image": "m:1"}]}
    component = {"spec": pod | ({"securityContext": {}} if empty == "securityContext" else {})}
    component |= {"pdbSpec": {}} if empty == "pdbSpec" else {}
    unit = {"name": "m", "type": "MODEL"}
    assert verdict(sdep({"name": "p", "graph": unit, "componentSpecs": [component]})).outcome is Outcome.EXACT


@pytest.mark.parametrize(
    ("manifest", "outcome", "path", "rule"),
    [
        (sdep(oauth_key="k"), Outcome.REFUSED, "spec.oauth_key", ""),
        (sdep(predictor=[]), Outcome.REFUSED, "spec.predictor", ""),
        (sdep({"name": "p"}), Outcome.INVALID, "spec.predictors[0].graph", "CRD"),
        (sdep(replicas="2"), Outcome.INVALID, "spec.replicas", "CRD"),
        (sdep(protocol="rest"), Outcome.INVALID, "spec.protocol", "CRD"),
        ({**sdep(), "spec": {"predictors": []}}, Outcome.INVALID, "spec.predictors", "S1-02"),
        (sdep({"name": "p", "graph": {"name": "m"}}), Outcome.INVALID, "spec.predictors[0].graph.name", "S1-10"),
        (graph(logger={"url": "u"}), Outcome.INVALID, "spec.predictors[0].graph.logger.mode", "S1-13"),
        (sdep({"name": "p", "graph": SERVER, "traffic": 50}), Outcome.INVALID, "predictors[0].traffic", "S1-08"),
        ({**sdep(), "metadata": {"name": "Iris"}}, Outcome.REFUSED, "metadata.name", ""),
        ({**sdep(), "metadata": {"labels": {}}}, Outcome.INVALID, "metadata.name", "CRD"),
    ],
)
def test_refusals_name_the_path(manifest, outcome, path, rule):
    found = verdict(manifest)
    assert (found.outcome, found.imported) == (outcome, None)
    assert (path, rule) in [(reason.path, reason.rule) for reason in found.reasons], found.reasons


def test_all_problems_are_said_at_once():
    found = verdict(sdep({"name": "p", "graph": {"name": "m"}, "nope": 1}, oauth_key="k"))
    assert {reason.path for reason in found.reasons} == {
        "spec.predictors[0].nope", "spec.oauth_key", "spec.predictors[0].graph.name",
    }  # fmt: skip


def test_a_person_finds_common_words_where_there_are_some():
    container = {
        "name": "m", "image": "m:1", "env": [{"name": "A", "value": "1"}, {"name": "B"}],
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
    }  # fmt: skip
    hpa = {
        "minReplicas": 2, "maxReplicas": 5,
        "metricsv2": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}],
    }  # fmt: skip
    given = {
        "name": "p", "graph": {"name": "m", "type": "MODEL"}, "progressDeadlineSeconds": 300,
        "componentSpecs": [{"spec": {"containers": [container]}, "hpaSpec": hpa}], "ssl": {"certSecretName": "cert"},
        "explainer": {"type": "AnchorTabular", "modelUri": "s3://e", "config": {"seed": "1"}},
    }  # fmt: skip
    timeouts = {"seldon.io/rest-timeout": "5000", "seldon.io/grpc-timeout": "5000"}
    found = verdict(sdep(given, protocol="seldon", annotations=timeouts))
    assert found.outcome is Outcome.EXACT
    declaration = found.imported.declaration
    assert declaration.seldon1 is None
    (one,) = declaration.predictors
    assert one.seldon1 is None
    assert (declaration.protocol, declaration.exposure.timeout_seconds) == (Protocol.SELDON, 5)
    assert (declaration.exposure.tls_secret, declaration.rollout.deadline_seconds) == ("cert", 300)
    assert (one.graph.env, one.graph.port, one.graph.ready_path) == ({"A": "1", "B": None}, 8080, "/ready")
    assert (one.graph.resources.cpu, one.graph.resources.memory, one.graph.container) == ("1", "1Gi", {})
    assert (one.scaling.min_replicas, one.scaling.max_replicas, one.scaling.metrics[0].target) == (2, 5, 70)
    assert (one.explainer.method, one.explainer.parameters) == (Method.ANCHOR_TABULAR, {"seed": "1"})


def test_several_nodes_of_one_pod_stay_together_and_in_order():
    unit = {"name": "a", "type": "MODEL", "children": [{"name": "b", "type": "MODEL"}]}
    containers = [{"name": "b", "image": "b:1"}, {"name": "beside", "image": "s:1"}, {"name": "a", "image": "a:1"}]
    given = {"name": "p", "graph": unit, "componentSpecs": [{"spec": {"containers": containers}}]}
    found = verdict(sdep(given))
    assert found.outcome is Outcome.EXACT
    (component,) = found.imported.declaration.predictors[0].seldon1.components
    assert component.containers == ("b", {"name": "beside", "image": "s:1"}, "a")


def test_ten_levels():
    def nested(levels):
        unit: dict[str, Any] = {**SERVER, "name": f"n{levels}"}
        for level in reversed(range(levels)):
            unit = {**SERVER, "name": f"n{level}", "children": [unit]}
        return verdict(sdep({"name": "p", "graph": unit}))

    assert nested(10).outcome is Outcome.EXACT
    assert nested(11).outcome is Outcome.REFUSED
    assert nested(11).reasons[0].path.endswith(".children")


def test_what_the_server_sets_is_left_out():
    manifest = sdep()
    manifest["status"] = {"state": "Available"}
    manifest["metadata"] = {
        "name": "iris", "uid": "1", "resourceVersion": "2", "managedFields": [], "creationTimestamp": None,
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
    }  # fmt: skip
    found = verdict(manifest)
    assert found.outcome is Outcome.EXACT
    assert found.imported.declaration.annotations == {}
