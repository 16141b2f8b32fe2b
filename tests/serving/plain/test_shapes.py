"""What the plain engine makes of each shape of declaration: against committed files, and against the field tables."""

import os
from pathlib import Path

import pytest
import yaml

from catalog.machines import Accelerator
from components import labels
from components.serving import fields
from components.serving.engines import plain
from components.serving.engines.plain.merge import laid_over
from components.serving.rules.base import findings
from components.serving.spec import Accelerators, Format, Parameter, Protocol, Resources, Scaling
from components.serving.spec.plain import MoreService, PlainEngine, PlainNode
from tests.serving.cases import model, node, predictor
from tests.serving.plain.shapes import FACTS, SHAPES, canary, context, scaled, served

GOLDEN = Path(__file__).parents[2] / "golden" / "plain"


def build(declaration):
    return plain.build(declaration, context(declaration))


def container(declaration, role="deployment"):
    return build(declaration)[role]["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize("name", SHAPES)
def test_objects_are_the_committed_ones(name):
    text = yaml.safe_dump_all(build(SHAPES[name]).values(), sort_keys=True)
    path = GOLDEN / "shapes" / f"{name}.yaml"
    if os.environ.get("SLIPWAY_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert path.read_text() == text


@pytest.mark.parametrize("name", SHAPES)
def test_objects_hold_against_the_field_tables(name):
    assert not list(findings(SHAPES[name], "plain", FACTS))
    for manifest in build(SHAPES[name]).values():
        assert fields.errors(manifest) == []


@pytest.mark.parametrize("name", SHAPES)
def test_no_two_objects_have_one_name_and_no_two_workloads_one_pod(name):
    objects = build(SHAPES[name])
    named = [(o["kind"], o["metadata"]["name"]) for o in objects.values()]
    assert len(set(named)) == len(named)
    works = [o["spec"] for o in objects.values() if o["kind"] == "Deployment"]
    for spec in works:
        others = [o["template"]["metadata"]["labels"] for o in works if o is not spec]
        wanted = spec["selector"]["matchLabels"].items()
        assert wanted <= spec["template"]["metadata"]["labels"].items()
        assert not any(wanted <= marks.items() for marks in others)


@pytest.mark.parametrize("name", SHAPES)
def test_a_number_and_an_autoscaler_exclude_each_other(name):
    objects = build(SHAPES[name])
    targets = {s["scaleTargetRef"]["name"] for o in objects.values() if "scaleTargetRef" in (s := o.get("spec", {}))}
    for o in objects.values():
        if o["kind"] == "Deployment":
            assert ("replicas" in o["spec"]) != (o["metadata"]["name"] in targets)


def test_a_canary_leaves_what_was_there_as_it_is():
    before = model(predictor(graph=served()), name="iris")
    after = canary()
    first, second = build(before), build(after)
    changed = {role for role in first if first[role] != second.get(role)}
    assert changed == {"route"}


def test_shares_copies_and_headers():
    first, second = build(canary())["route"]["spec"]["rules"]
    assert first["matches"][0]["headers"] == [{"type": "Exact", "name": "x-version", "value": "canary"}]
    assert [b["name"] for b in first["backendRefs"]] == ["iris-canary"]
    assert [(b["name"], b["weight"]) for b in second["backendRefs"]] == [("iris", 90), ("iris-canary", 10)]
    (mirror,) = [f["requestMirror"] for f in second["filters"] if f["type"] == "RequestMirror"]
    assert mirror == {"backendRef": {"name": "iris-shadow", "port": 80}, "percent": 50}


def test_a_watched_model_has_its_ways():
    objects = build(SHAPES["watched"])
    explain, predict = objects["route"]["spec"]["rules"]
    assert explain["matches"][0]["path"]["value"] == "/t/iris/explain"
    assert explain["backendRefs"] == [{"name": "iris-explainer", "port": 80}]
    mirrors = [f["requestMirror"]["backendRef"]["name"] for f in predict["filters"] if f["type"] == "RequestMirror"]
    assert mirrors == ["iris-detector-drift", "iris-detector-outlier"]
    env = {e["name"]: e.get("value") for e in container(SHAPES["watched"], "deployment-explainer")["env"]}
    assert env["PREDICTOR_URL"] == "http://iris"
    assert env["EXPLAINER_PARAMETERS"] == '{"samples": 100}'


def test_autoscalers():
    objects = build(scaled())
    own, asked = objects["autoscaler"], objects["autoscaler-busy"]
    assert own["kind"] == "HorizontalPodAutoscaler"
    assert [m["resource"]["name"] for m in own["spec"]["metrics"]] == ["cpu", "memory"]
    (trigger,) = asked["spec"]["triggers"]
    assert trigger["metadata"]["serverAddress"] == FACTS.prometheus
    assert 'destination_service_name="m-busy"' in trigger["metadata"]["query"]
    assert "autoscaler-fixed" not in objects
    assert "budget-fixed" in objects
    assert "budget-busy" not in objects


def test_variables_in_order_the_servers_first():
    names = [e["name"] for e in container(SHAPES["binary"])["env"]]
    assert names == ["HOME", "LEVEL", "FROM", "EMPTY", "TOKEN"]
    own = container(model(predictor(graph=served(env={"MLSERVER_PARALLEL_WORKERS": "2"}))))["env"]
    assert [e for e in own if e["name"] == "MLSERVER_PARALLEL_WORKERS"] == [
        {"name": "MLSERVER_PARALLEL_WORKERS", "value": "2"}
    ]


@pytest.mark.parametrize("format_", [f for f in Format if f not in (Format.PMML, Format.PADDLE, Format.CUSTOM)])
def test_every_server_runs_restricted_and_is_asked_where_it_answers(format_):
    declaration = model(predictor(graph=served(format_)))
    made = container(declaration)
    (port,) = [p["containerPort"] for p in made["ports"] if p["name"] == "http"]
    assert (
        any(str(port) in text for text in [*made["args"], *(e.get("value", "") for e in made["env"])]) or port == 8080
    )
    assert made["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert made["readinessProbe"]["httpGet"]["port"] == "http"
    assert made["image"]


@pytest.mark.parametrize(("deadline", "every"), [(600, 1), (601, 10), (5400, 10)])
def test_a_pod_may_start_as_long_as_its_rollout(deadline, every):
    declaration = model()
    spec = plain.build(declaration, context(declaration, deadline_seconds=deadline))["deployment"]["spec"]
    probe = spec["template"]["spec"]["containers"][0]["startupProbe"]
    assert probe["periodSeconds"] == every
    assert probe["failureThreshold"] * every >= deadline == spec["progressDeadlineSeconds"]


def test_the_declaration_wins():
    headless = MoreService(metadata={"name": "m-headless"}, spec={"clusterIP": "None"})
    slot = PlainNode(deployment={"minReadySeconds": 7}, service={"type": "NodePort"}, more_services=(headless,))
    graph = node(
        container={"livenessProbe": {"tcpSocket": {"port": "http"}}, "securityContext": {"runAsUser": 7}},
        pod={"volumes": [{"name": "tmp", "emptyDir": {"medium": "Memory"}}], "priorityClassName": "high"},
        plain=slot,
    )
    declaration = model(predictor(graph=graph), plain=PlainEngine(route={"hostnames": ["a.example"]}))
    objects = build(declaration)
    spec = objects["deployment"]["spec"]
    pod = spec["template"]["spec"]
    assert spec["minReadySeconds"] == 7
    assert objects["service"]["spec"]["type"] == "NodePort"
    assert objects["service-2"]["metadata"]["name"] == "m-headless"
    assert objects["service-2"]["spec"]["selector"] == objects["service"]["spec"]["selector"]
    assert "type" not in objects["service-2"]["spec"]
    assert objects["route"]["spec"]["hostnames"] == ["a.example"]
    assert pod["volumes"] == [{"name": "tmp", "emptyDir": {"medium": "Memory"}}]
    assert pod["priorityClassName"] == "high"
    assert pod["containers"][0]["livenessProbe"] == {"tcpSocket": {"port": "http"}}
    assert pod["containers"][0]["securityContext"]["runAsUser"] == 7
    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"]


def test_a_seldon_component_is_told_its_port_and_parameters():
    graph = node(port=None, parameters=(Parameter(name="n", value="3", type="INT"),))
    made = container(model(predictor(graph=graph), protocol=Protocol.SELDON))
    env = {e["name"]: e["value"] for e in made["env"]}
    assert made["ports"] == [{"name": "http", "containerPort": 9000}]
    assert env["PREDICTIVE_UNIT_HTTP_SERVICE_PORT"] == "9000"
    assert env["PREDICTIVE_UNIT_PARAMETERS"] == '[{"name": "n", "value": "3", "type": "INT"}]'


def test_without_a_ready_path_a_connection_is_enough():
    made = container(model(predictor(graph=node(ready_path=None, live_path=None))))
    assert made["readinessProbe"]["tcpSocket"] == {"port": "http"}


@pytest.mark.parametrize(
    ("count", "args", "parallel"), [(1, (), []), (4, (), ["--tensor-parallel-size=4"]), (4, ("-pp=4",), [])]
)
def test_every_accelerator_of_a_pod_is_used(count, args, parallel):
    wanted = Resources(accelerators=Accelerators(kind=Accelerator.H100, count=count))
    declaration = model(predictor(graph=served(Format.VLLM, resources=wanted, args=args)))
    made = container(declaration)
    assert [arg for arg in made["args"] if arg.startswith("--tensor")] == parallel
    assert made["resources"]["limits"]["nvidia.com/gpu"] == str(count)
    assert any(mount["mountPath"] == "/dev/shm" for mount in made["volumeMounts"]) == (count > 1)


def test_a_server_version_is_a_tag_of_its_image():
    made = container(model(predictor(graph=served(Format.TENSORFLOW, server_version="1.2.3"))))
    assert made["image"] == "docker.io/tensorflow/serving:1.2.3"


@pytest.mark.parametrize(("protocol", "envelope"), [(None, "kserve"), (Protocol.V2, "kservev2")])
def test_torchserve_is_told_the_protocol(protocol, envelope):
    env = container(model(predictor(graph=served(Format.PYTORCH)), protocol=protocol))["env"]
    assert {"name": "TS_SERVICE_ENVELOPE", "value": envelope} in env


def test_without_safe_defaults_nothing_is_added():
    declaration = model(predictor(graph=node(port=None)), safe_defaults=False, scaling=Scaling(min_replicas=2))
    (spec,) = [o["spec"] for o in build(declaration).values()]
    image = node().image.reference
    assert spec == {"replicas": 2, "template": {"spec": {"containers": [{"name": "model", "image": image}]}}}


def test_parts_join_by_name():
    made = {"env": [{"name": "A", "value": "1"}], "tolerations": [{"key": "a"}], "labels": {"x": "1"}}
    part = {"env": [{"name": "B"}, {"name": "A", "value": "2"}], "tolerations": [{"key": "b"}], "labels": {"y": "2"}}
    assert laid_over(made, part) == {
        "env": [{"name": "A", "value": "2"}, {"name": "B"}],
        "tolerations": [{"key": "a"}, {"key": "b"}],
        "labels": {"x": "1", "y": "2"},
    }


def test_pods_of_every_workload_bear_the_model():
    for o in build(SHAPES["watched"]).values():
        if o["kind"] == "Deployment":
            assert o["spec"]["template"]["metadata"]["labels"][labels.MODEL] == "iris"
