"""A model as a component: what waits for what, for how long, and what it says of itself, on every engine."""

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.contracts import ClusterHandle, ReaderHandle, TeamHandle
from components.kubernetes_object import KubernetesObject
from components.serving.deployment import ModelDeployment, ModelDeploymentArgs
from components.serving.engines.context import BuildContext, EngineFacts
from components.serving.spec import (
    Container,
    Format,
    Image,
    ModelServer,
    Predictor,
    Protocol,
    Resources,
    Transport,
    Uri,
)
from components.serving.spec import (
    ModelDeployment as Declared,
)
from tests.mocks.recorder import record
from tests.serving.plain.shapes import SHAPES, context

NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "t"}}


def registered(model, known, readers=()):
    """What one model registers in a cluster with its team, and its handle."""
    handles = []

    def program():
        provider = kubernetes.Provider("cluster")
        cluster = ClusterHandle(
            name="cluster",
            marker="slipway/test",
            provider=provider,
            pools=(),
            gateway=("gateway", "slipway-system"),
            gateway_cidrs=known.gateway_cidrs,
            store_cidrs=known.store_cidrs,
        )
        made = KubernetesObject("t", NAMESPACE, "slipway/test", pulumi.ResourceOptions(provider=provider))
        team = TeamHandle(namespace="t", made=made, guards=[])
        keys = {name: ReaderHandle(secret_env={"AWS_ACCESS_KEY_ID": name}) for name in readers}
        args = ModelDeploymentArgs(model=model, context=known, cluster=cluster, team=team, readers=keys)
        options = pulumi.ResourceOptions(providers=[provider])
        handles.append(ModelDeployment(model.name, args, options).handle)

    return record(program, preview=True), handles[0]


def before(seen, resource):
    """Kinds and names of what a resource waits for."""
    by_urn = {r.urn: r for r in seen.resources}
    return {(by_urn[urn].type.rpartition(":")[2], by_urn[urn].name) for urn in resource.dependencies}


def engine_context(engine, **fields):
    known = {"namespace": "t", "engine": engine, "nodes": {}, "facts": EngineFacts(keda=True)}
    return BuildContext(**known | fields)


def served(**fields):
    node = ModelServer(format=Format.SKLEARN, artifact=Uri(uri="gs://models/iris"), **fields)
    return Declared(name="iris", team="t", predictors=(Predictor(graph=node),), protocol=Protocol.V2)


def test_requests_are_shared_when_every_predictor_can_answer():
    shape = SHAPES["canary"]
    readers = ("iris-reader", "iris-next-reader", "iris-third-reader", "another-reader")
    seen, _ = registered(shape, context(shape), readers)
    route = seen.one("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "iris-route")
    deployments = {("Deployment", f"iris-deployment{suffix}") for suffix in ("", "-canary", "-shadow")}
    assert deployments <= before(seen, route)
    first = seen.one("kubernetes:apps/v1:Deployment", "iris-deployment")
    assert not deployments & before(seen, first)
    needed = {"NetworkPolicy", "Secret", "Service", "ServiceAccount"}
    assert needed <= {kind for kind, _ in before(seen, first)}


def test_only_secrets_that_a_pod_uses_are_made():
    shape = SHAPES["canary"]
    seen, _ = registered(shape, context(shape), ("iris-reader", "another-reader"))
    assert [r.name for r in seen.of("kubernetes:core/v1:Secret")] == ["iris-reader"]


def test_an_autoscaler_comes_after_what_it_scales():
    shape = SHAPES["scaled"]
    seen, _ = registered(shape, context(shape))
    scaler = seen.one("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "m-autoscaler")
    assert ("Deployment", "m-deployment") in before(seen, scaler)
    budget = seen.one("kubernetes:policy/v1:PodDisruptionBudget", "m-budget")
    assert budget in seen.resources[: seen.resources.index(scaler)]


def test_one_predictor_is_known_to_the_gateway_at_once():
    shape = SHAPES["watched"]
    seen, _ = registered(shape, context(shape), ("iris-reader",))
    route = seen.one("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "iris-route")
    assert {kind for kind, _ in before(seen, route)} == {"Namespace"}


@pytest.mark.parametrize(
    ("engine", "type_", "condition"),
    [
        ("seldon1", "machinelearning.seldon.io/v1:SeldonDeployment", "jsonpath={.status.state}=Available"),
        ("seldon2", "mlops.seldon.io/v1alpha1:Model", "condition=ModelReady"),
        ("kserve", "serving.kserve.io/v1beta1:InferenceService", "condition=Ready"),
    ],
)
def test_an_engines_own_kind_says_when_it_is_ready(engine, type_, condition):
    seen, _ = registered(served(), engine_context(engine, deadline_seconds=1200))
    (found,) = seen.of(f"kubernetes:{type_}")
    assert found.inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == condition
    assert found.create_timeout == "1230s"


def test_a_pipeline_comes_after_its_models():
    graph = served().predictors[0].graph
    chain = Predictor(graph=graph.model_copy(update={"name": "first", "children": (graph,)}))
    seen, _ = registered(served().model_copy(update={"predictors": (chain,)}), engine_context("seldon2"))
    (pipeline,) = seen.of("kubernetes:mlops.seldon.io/v1alpha1:Pipeline")
    assert [kind for kind, _ in before(seen, pipeline)].count("Model") == 2


@pytest.mark.parametrize(
    ("engine", "rest", "pods"),
    [
        ("plain", "http://iris.t.svc.cluster.local", {"slipway.dev/model": "iris"}),
        ("seldon1", "http://iris-default.t.svc.cluster.local:8000", {"seldon-deployment-id": "iris"}),
        ("kserve", "http://iris-predictor.t.svc.cluster.local", {"serving.kserve.io/inferenceservice": "iris"}),
        ("seldon2", None, {}),
    ],
)
def test_a_model_says_where_it_is_and_which_pods_are_its(engine, rest, pods):
    model = served()
    if engine == "plain":
        graph = Container(image=Image(reference="a:1"), resources=Resources(cpu="1"))
        model = Declared(name="iris", team="t", predictors=(Predictor(graph=graph),))
    _, handle = registered(model, engine_context(engine))
    assert (handle.rest_url, dict(handle.metrics), handle.path) == (rest, pods, "/t/iris")
    assert handle.artifact_digest is None


def test_what_is_offered_over_grpc_and_which_artifact():
    shape = SHAPES["watched"].model_copy(update={"transport": Transport.GRPC, "protocol": Protocol.V2})
    known = context(shape)
    _, handle = registered(shape, known, ("iris-reader",))
    assert handle.grpc_url == "iris.t.svc.cluster.local:9000"
    assert handle.artifact_digest == known.nodes["default/iris"].artifact.digest
