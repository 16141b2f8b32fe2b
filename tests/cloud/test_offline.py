"""The Kubernetes stand-in for a cluster that does not exist: what it checks, and what it says it has not."""

import copy

import pytest

from catalog.errors import SlipwayError
from providers.wire import UNKNOWN, Secret
from sandbox.providers import stand_in
from sandbox.providers.kubernetes import objects
from sandbox.providers.kubernetes.offline import OfflineResources, is_offline
from tests.cloud.programs import DEPLOYMENT
from tests.cloud.test_resources import Log

URN = "urn:pulumi:test::slipway::kubernetes:apps/v1:Deployment::web"


@pytest.fixture
def cluster():
    return OfflineResources("default", frozenset({"ConfigMap"}), Log(), {})


def said(cluster):
    return cluster._engine.lines


def found(cluster, inputs):
    return dict(cluster.check(URN, inputs, {}, "auto")[1])


def object_of(api_version, kind, **parts):
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "it"}, **parts}


def test_a_fitting_object_passes_with_numbers_for_quantities(cluster):
    assert found(cluster, DEPLOYMENT) == {}
    assert said(cluster) == []


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (("metadata", "lables"), {}, "has no property 'lables'; did you mean labels?"),
        (("spec", "replicas"), "1", "should be a whole number, and is a string"),
        (("spec", "template", "spec", "containers", 0, "imagePullPolcy"), "Always", "did you mean imagePullPolicy"),
        (("spec", "template", "spec", "containers", 0, "image"), 5, "should be a string, and is a number"),
        (
            ("spec", "template", "spec", "containers", 0, "resources", "limits"),
            ["cpu"],
            "should be an object, and is a list",
        ),
        (("spec", "selector"), None, "needs selector: it is missing"),
    ],
)
def test_what_the_sdk_does_not_have_is_refused_at_any_depth(cluster, path, value, why):
    wrong = copy.deepcopy(DEPLOYMENT)
    at = wrong
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    (failure,) = found(cluster, wrong).items()
    assert why in failure[1]
    assert failure[1].startswith(failure[0])


def test_kinds_that_a_group_does_not_have_are_refused(cluster):
    assert "has no Deploymnt in apps/v1" in found(cluster, object_of("apps/v1", "Deploymnt"))["kind"]
    assert "has no ConfigMap in v2" in found(cluster, object_of("v2", "ConfigMap"))["kind"]


def test_what_is_not_known_yet_is_not_wrong(cluster):
    inputs = object_of("v1", "ConfigMap", data=UNKNOWN)
    assert found(cluster, inputs) == {}
    service = object_of("serving.kserve.io/v1beta1", "InferenceService", spec={"predictor": {"model": UNKNOWN}})
    assert found(cluster, service) == {}


def test_a_status_is_the_clusters_own(cluster):
    assert found(cluster, object_of("v1", "Node", status={"anything": 1})) == {}


def test_definitions_may_use_the_extensions_of_their_schemas(cluster):
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "$ref": "a"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "widgets", "kind": "Widget"}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    definition = object_of("apiextensions.k8s.io/v1", "CustomResourceDefinition", spec=spec)
    assert found(cluster, definition) == {}
    schema["x-kubernetes-nothing"] = True
    assert len(found(cluster, definition)) == 1


def test_kinds_of_the_engines_are_checked_by_their_field_tables(cluster):
    spec = {"predictor": {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": "s3://a/b"}}}
    service = object_of("serving.kserve.io/v1beta1", "InferenceService", spec=spec)
    assert found(cluster, service) == {}
    spec["predictor"]["modle"] = {}
    assert list(found(cluster, service)) == ["spec.predictor.modle"]
    assert said(cluster) == []


def test_other_kinds_are_taken_said_and_counted(cluster):
    for count in (1, 2):
        assert found(cluster, object_of("example.com/v1", "Widget", spec={"any": "thing"})) == {}
        assert said(cluster)[-1] == (
            f"not checked: no API server, and no field table of example.com/v1 Widget: it ({count} so far)"
        )


def test_objects_are_in_a_namespace_where_their_kind_has_one(cluster):
    def namespace(inputs):
        return objects.identify(cluster.check(URN, inputs, {}, "auto")[0]).namespace

    assert namespace(object_of("v1", "ConfigMap")) == "default"
    assert namespace(object_of("rbac.authorization.k8s.io/v1", "ClusterRole")) == ""
    assert namespace(DEPLOYMENT) == "risk"
    assert namespace(object_of("example.com/v1", "Widget")) == "", "nobody can tell"


def test_it_is_ready_at_once_and_that_is_said_not_to_be_checked(cluster):
    id_, outputs = cluster.create(URN, DEPLOYMENT, 0)
    assert (id_, outputs["metadata"]["name"]) == ("risk/web", "web")
    assert outputs["metadata"]["uid"]
    assert said(cluster) == ["not checked: no API server: whether Deployment risk/web becomes ready"]
    cluster.create(URN, object_of("v1", "ConfigMap"), 0)
    assert len(said(cluster)) == 1, "a ConfigMap is always ready"


def test_a_change_keeps_the_object(cluster):
    _, state = cluster.create(URN, DEPLOYMENT, 0)
    assert cluster.foresee(URN, DEPLOYMENT, state)["metadata"]["uid"] == state["metadata"]["uid"]
    assert cluster.foresee(URN, DEPLOYMENT)["metadata"]["uid"] is UNKNOWN
    assert cluster.update(URN, DEPLOYMENT, state, 0)["metadata"]["uid"] == state["metadata"]["uid"]


def test_a_change_replaces_as_far_as_it_is_written_down(cluster):
    other = copy.deepcopy(DEPLOYMENT)
    other["spec"]["selector"]["matchLabels"]["app"] = "other"
    assert cluster.diff(URN, DEPLOYMENT, other, {}).replaces == {("spec", "selector", "matchLabels", "app")}
    other = copy.deepcopy(DEPLOYMENT)
    other["spec"]["replicas"] = 2
    assert not cluster.diff(URN, DEPLOYMENT, other, {}).replaces
    assert said(cluster) == []
    widget = object_of("example.com/v1", "Widget", spec={"a": 1})
    assert not cluster.diff(URN, widget, {**widget, "spec": {"a": 2}}, {}).replaces
    assert said(cluster) == ["not checked: no API server: whether Widget it can be changed in place (spec.a)"]


def test_secrets_stay_secret(cluster):
    _, outputs = cluster.create(URN, object_of("v1", "Secret", stringData={"key": Secret("hunter22")}), 0)
    assert "hunter22" not in str(outputs)


def test_nothing_can_be_imported_and_nothing_drifts(cluster):
    assert cluster.read(URN, objects.identify(DEPLOYMENT), {}) is None
    id_, _, inputs = cluster.read(URN, objects.identify(DEPLOYMENT), DEPLOYMENT)
    assert (id_, inputs) == ("risk/web", DEPLOYMENT)


def test_only_the_clusters_of_stand_in_clouds_are_offline():
    assert not is_offline("https://10.0.0.1:6443", {})
    assert not is_offline("https://abc.gr7.eu-west-1.eks.amazonaws.com", {})
    host = stand_in.cluster_host("abc", "eu-west-1", "111122223333", "eks")
    assert is_offline(f"https://{host}", {})
    assert is_offline(f"https://{host}", {"SLIPWAY_STANDIN_AWS_ACCOUNT": "111122223333"})
    with pytest.raises(SlipwayError, match="the credentials are for 999900001111"):
        is_offline(f"https://{host}", {"SLIPWAY_STANDIN_AWS_ACCOUNT": "999900001111"})
    google = stand_in.cluster_host("abc", "europe-west4", "acme-dev", "gke")
    assert is_offline(f"https://{google}", {"SLIPWAY_STANDIN_GOOGLE_PROJECT": "acme-prod,acme-dev"})
    with pytest.raises(SlipwayError, match="another's"):
        is_offline(f"https://{google}", {"SLIPWAY_STANDIN_GOOGLE_PROJECT": "acme-prod"})


def test_collected_refusals_are_logged_and_never_made():
    cluster = OfflineResources("default", frozenset(), Log(), {"SLIPWAY_PREVIEW_ERRORS": "collect"})
    assert found(cluster, DEPLOYMENT | {"spec": {"template": {}}}) == {}
    assert said(cluster) == ["spec.selector: DeploymentSpec needs selector: it is missing"]
    with pytest.raises(SlipwayError, match="its inputs were refused"):
        cluster.create(URN, DEPLOYMENT, 0)
