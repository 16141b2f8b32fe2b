"""Deployments with what belongs to them, through `slipway import`."""

import copy

import pytest
import yaml

from components.serving.importing.run import read, written
from components.serving.importing.verdict import Outcome
from stacks.models import load_file

DEPLOYMENT = yaml.safe_load("""
apiVersion: apps/v1
kind: Deployment
metadata: {name: price, namespace: shop, labels: {app: price}, annotations: {owner: ann}, uid: 1-2, generation: 3}
spec:
  replicas: 3
  revisionHistoryLimit: 5
  strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}, type: RollingUpdate}
  selector: {matchLabels: {app: price}}
  template:
    metadata: {creationTimestamp: null, labels: {app: price, tier: models}}
    spec:
      serviceAccountName: price
      containers:
        - name: app
          image: registry.test/price:3
          args: [--workers, "2"]
          env: [{name: LEVEL, value: info}, {name: TOKEN, valueFrom: {secretKeyRef: {name: hub, key: token}}}]
          ports: [{containerPort: 80}]
          resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {memory: 1Gi}}
          readinessProbe: {httpGet: {path: /ready, port: 80}}
        - {name: beside, image: "registry.test/beside:1"}
status: {replicas: 3}
""")
SERVICE = yaml.safe_load("""
apiVersion: v1
kind: Service
metadata: {name: price-svc, namespace: shop}
spec: {selector: {app: price}, ports: [{port: 80}], type: ClusterIP}
""")
AUTOSCALER = yaml.safe_load("""
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: price, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: price}
  minReplicas: 2
  maxReplicas: 6
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
""")
ROUTE = yaml.safe_load("""
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: price, namespace: shop}
spec:
  parentRefs: [{name: public}]
  rules: [{matches: [{path: {type: PathPrefix, value: /price}}], backendRefs: [{name: price-svc, port: 80}]}]
""")
UNREAD = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}


@pytest.fixture
def run(tmp_path):
    """Imports manifests from one file; gives the report."""

    def imports(*manifests):
        path = tmp_path / "all.yaml"
        path.write_text(yaml.safe_dump_all(manifests))
        return read([path])

    return imports


def without(manifest, *path):
    """A copy without a field."""
    copied = copy.deepcopy(manifest)
    inner = copied
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return copied


def changed(manifest, value, *path):
    """A copy with another value."""
    copied = copy.deepcopy(manifest)
    inner = copied
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return copied


def outcomes(report):
    return [(v.kind, v.outcome) for v in report.verdicts]


def test_a_deployment_and_its_service(run):
    report = run(UNREAD, DEPLOYMENT, SERVICE)
    assert outcomes(report) == [("Deployment", Outcome.EQUIVALENT), ("Service", Outcome.EXACT)]
    assert [d.path for d in report.verdicts[0].differences] == ["spec.template.metadata.creationTimestamp"]
    assert dict(report.others) == {"ConfigMap": 1}
    declared = report.verdicts[0].imported.declaration
    node = declared.predictors[0].graph
    assert (declared.name, declared.team, declared.scaling.min_replicas) == ("price", "shop", 3)
    assert node.args == ("--workers", "2")
    assert (node.resources.cpu, node.resources.memory) == ("500m", "1Gi")
    assert not declared.safe_defaults
    assert not declared.exposure.external


def test_with_autoscaler_and_route(run):
    deployment = without(DEPLOYMENT, "spec", "replicas")
    report = run(deployment, SERVICE, AUTOSCALER, ROUTE)
    assert [v.outcome for v in report.verdicts] == [Outcome.EQUIVALENT, *[Outcome.EXACT] * 3]
    declared = report.verdicts[0].imported.declaration
    assert (declared.scaling.min_replicas, declared.scaling.max_replicas) == (2, 6)
    assert declared.path == "/price"


def test_replicas_beside_an_autoscaler_are_kept_and_warned_of(run):
    report = run(DEPLOYMENT, SERVICE, AUTOSCALER)
    assert all(v.taken for v in report.verdicts)
    assert "PL-T01" in report.verdicts[0].imported.declaration.acknowledge
    assert any("PL-T01" in warning for warning in report.verdicts[0].warnings)


def test_no_number_stays_no_number(run):
    report = run(without(DEPLOYMENT, "spec", "replicas"), SERVICE)
    assert report.verdicts[0].imported.declaration.predictors[0].graph.plain.leave_replicas


def test_what_the_server_sets_by_itself_is_a_difference(run):
    autoscaler = without(without(AUTOSCALER, "spec", "minReplicas"), "spec", "metrics")
    route = changed(ROUTE, "gateway.networking.k8s.io/v1beta1", "apiVersion")
    report = run(without(DEPLOYMENT, "spec", "replicas"), SERVICE, autoscaler, route)
    by_kind = {v.kind: v for v in report.verdicts}
    assert {d.path.split("[")[0] for d in by_kind["HorizontalPodAutoscaler"].differences} == {
        "spec.minReplicas",
        "spec.metrics",
    }
    assert [d.path for d in by_kind["HTTPRoute"].differences] == ["apiVersion"]
    assert report.complete


@pytest.mark.parametrize(
    ("metric", "place"),
    [
        ({"type": "Resource", "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "1"}}}, "metrics"),
        ({"type": "External", "external": {"metric": {"name": "q"}, "target": {"type": "Value", "value": "1"}}}, "metrics"),
    ],
)  # fmt: skip
def test_other_metrics_stay_as_they_are(run, metric, place):
    autoscaler = changed(AUTOSCALER, [metric], "spec", "metrics")
    report = run(without(DEPLOYMENT, "spec", "replicas"), SERVICE, autoscaler)
    assert report.complete
    assert place in report.verdicts[0].imported.declaration.predictors[0].graph.plain.autoscaler


@pytest.mark.parametrize(
    ("objects", "path"),
    [
        ([DEPLOYMENT, SERVICE, AUTOSCALER, changed(AUTOSCALER, "second", "metadata", "name")], "kind"),
        ([without(DEPLOYMENT, "spec", "template", "spec", "containers", 0, "image"), SERVICE], "spec.template.spec.containers[0].image"),
        ([changed(DEPLOYMENT, "Price.3", "metadata", "name"), SERVICE], "metadata.name"),
        ([changed(DEPLOYMENT, ["mine"], "metadata", "finalizers"), SERVICE], "metadata.finalizers"),
        ([changed(DEPLOYMENT, {"matchLabels": {"app": "other"}}, "spec", "selector"), SERVICE], "predictors[0].graph.plain.deployment.selector"),
        ([changed(DEPLOYMENT, "3", "spec", "replicas"), SERVICE], "spec.replicas"),
    ],
)  # fmt: skip
def test_what_has_no_place_is_refused_with_its_path(run, objects, path):
    report = run(*objects)
    assert not any(v.taken for v in report.verdicts)
    reasons = [reason.path for v in report.verdicts for reason in v.reasons]
    assert any(found.endswith(path) for found in reasons), reasons


def test_it_is_written_once_and_read_again(run, tmp_path):
    report = run(DEPLOYMENT, SERVICE)
    (path,) = written(report, tmp_path / "models")
    assert load_file(path) == [report.verdicts[0].imported.declaration]


def test_a_second_service_is_kept(run):
    second = changed(changed(SERVICE, "price", "metadata", "name"), "None", "spec", "clusterIP")
    report = run(DEPLOYMENT, SERVICE, second)
    assert [v.outcome for v in report.verdicts] == [Outcome.EQUIVALENT, Outcome.EXACT, Outcome.EXACT]
    (more,) = report.verdicts[0].imported.declaration.predictors[0].graph.plain.more_services
    assert more.spec["clusterIP"] == "None"


def test_without_a_service_nobody_asks_it(run):
    report = run(DEPLOYMENT, AUTOSCALER)
    assert report.verdicts == []
    assert dict(report.others) == {"Deployment": 1, "HorizontalPodAutoscaler": 1}


def test_two_models_in_one_file(run):
    second = changed(
        changed(DEPLOYMENT, "other", "metadata", "name"), {"app": "other"}, "spec", "selector", "matchLabels"
    )
    second["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    service = changed(changed(SERVICE, "other", "metadata", "name"), {"app": "other"}, "spec", "selector")
    report = run(DEPLOYMENT, second, service, SERVICE)
    assert [v.name for v in report.verdicts] == ["price", "price-svc", "other", "other"]
    assert report.complete
