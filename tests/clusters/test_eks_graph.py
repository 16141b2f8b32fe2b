"""The graph of EKS stacks: complete in preview and update, typed, and in the orders that failures have taught."""

import pytest
from hypothesis import HealthCheck, given, settings

from accounts.aws.account import AwsAccount
from catalog.plain import validated
from components.aws import role
from components.clusters.eks import addons, autoscaler, cluster, pools
from stacks import cloud
from tests.cloud.typed import wrong
from tests.clusters import eks_order, eks_stacks
from tests.clusters.eks_shapes import shapes
from tests.clusters.stacks import ADAPTER
from tests.counts import count
from tests.mocks.graph import Graph

STACKS = ("dev-eks", "prod-eks")


@pytest.mark.parametrize("stack", STACKS)
def test_a_shipped_stack_is_in_order(stack):
    assert eks_order.wrong(eks_stacks.graph(stack)) == []


@pytest.mark.parametrize("stack", STACKS)
def test_every_input_is_one_that_the_sdk_has(stack):
    found = {
        each.urn: said
        for each in eks_stacks.shipped(stack).resources
        if each.custom and (said := wrong(each.type, each.inputs))
    }
    assert found == {}


def test_preview_and_update_register_the_same():
    made, foreseen = (eks_stacks.shipped("prod-eks", preview=preview) for preview in (False, True))
    assert {each.urn for each in made.resources} == {each.urn for each in foreseen.resources}


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_has_a_provider_that_knows_its_account(stack):
    found = eks_stacks.graph(stack)
    for each in found.resources.values():
        if each.custom and not each.type.startswith("pulumi:providers:"):
            assert each.provider, each.urn
    accounts = {each.inputs["allowedAccountIds"] for each in found.of("pulumi:providers:aws")}
    assert accounts == {'["111122223333"]'}


def test_models_are_the_same_as_on_the_sandbox():
    deployments = eks_stacks.graph("prod-eks").of("kubernetes:apps/v1:Deployment")
    assert sorted(each.name for each in deployments) == [
        "cluster-autoscaler-deployment",
        "house-price-deployment",
        "iris-deployment",
        "llama-8b-deployment",
    ]
    llama = next(each for each in deployments if each.name.startswith("llama"))
    assert llama.inputs["spec"]["template"]["spec"]["nodeSelector"] == {"slipway.dev/accelerator": "h100"}


def _powerless(monkeypatch):
    made = role.Role.__init__

    def init(self, *args, **kwargs):
        made(self, *args, **kwargs)
        self.settled = ()

    monkeypatch.setattr(role.Role, "__init__", init)


def _late(monkeypatch):
    before, after = addons.before_nodes, addons.after_nodes
    monkeypatch.setattr(addons, "after_nodes", lambda spec: (*before(spec), *after(spec)))
    monkeypatch.setattr(addons, "before_nodes", lambda spec: ())


def _impatient(monkeypatch):
    inside = cluster.EksCluster._inside
    monkeypatch.setattr(
        cluster.EksCluster, "_inside", lambda self, control_plane, ready: inside(self, control_plane, [])
    )


def _tainted(monkeypatch):
    monkeypatch.setattr(pools, "taints", lambda pool: [{"key": "nvidia.com/gpu", "effect": "NO_SCHEDULE"}])


def _unscaled(monkeypatch):
    monkeypatch.setattr(cluster.EksCluster, "_scaled", lambda *_: None)


def _untold(monkeypatch):
    monkeypatch.setattr(autoscaler, "template_tags", lambda *_: {})


@pytest.mark.parametrize(
    ("taken_out", "numbers"),
    [
        (_late, {"5"}),
        (_powerless, {"10", "scaling"}),
        (_impatient, {"1", "7", "scaling"}),
        (_tainted, {"6"}),
        (_unscaled, {"scaling"}),
        (_untold, {"scaling"}),
    ],
    ids=[
        "add-ons with the nodes",
        "roles without waiting",
        "objects at once",
        "all tainted",
        "no autoscaler",
        "no tags",
    ],
)
def test_without_the_prevention_the_order_is_wrong(monkeypatch, taken_out, numbers):
    taken_out(monkeypatch)
    found = eks_order.wrong(Graph(eks_stacks.cluster(eks_stacks.SMALL)))
    assert {line.partition(":")[0] for line in found} == numbers


def test_with_a_boundary_no_role_is_without_it():
    account = AwsAccount(stack="test", project="slipway", account_id="123456789012", region="us-east-1", cluster="ml")
    assert cloud.boundary("test") == account.boundary
    seen = eks_stacks.cluster(eks_stacks.SMALL, boundary=cloud.boundary("test"))
    roles = [each.inputs for each in seen.of(eks_order.ROLE)]
    assert len(roles) >= 5
    assert {each["permissionsBoundary"] for each in roles} == {
        f"arn:aws:iam::123456789012:policy/slipway/{account.boundary}"
    }
    assert all(each["name"].startswith("ml-") for each in roles), "the apply role may make no others"


def test_any_cluster_is_complete_and_in_order_or_refused(figure):
    made = []

    @given(said=shapes())
    @settings(max_examples=count(test=3, prove=100, soak=500), deadline=None, suppress_health_check=list(HealthCheck))
    def generate(said):
        made.append(complete(said))

    generate()
    figure(f"{len(made)} EKS shapes: {sum(made)} complete and in order, {made.count(False)} refused")


def complete(said) -> bool:
    """Whether such a cluster can be made; then its graph is complete and in order."""
    spec, errors = validated(ADAPTER, said, "cluster")
    if errors:
        assert spec is None
        assert all(error.path.startswith("cluster") and error.why and error.fix for error in errors)
        return False
    found = Graph(eks_stacks.cluster(said))
    assert eks_order.wrong(found) == []
    groups = found.of(eks_order.GROUP)
    pools_made = {each.inputs["labels"]["slipway.dev/pool"] for each in groups}
    assert pools_made == (set(spec.all_pools) if spec.mode == "standard" else set())
    for name, pool in spec.all_pools.items() if spec.mode == "standard" else ():
        sizes = [each.inputs["scalingConfig"] for each in groups if each.inputs["labels"]["slipway.dev/pool"] == name]
        assert sum(size["maxSize"] for size in sizes) == pool.maximum
        assert sum(size["minSize"] for size in sizes) == pool.minimum
    for each in found.resources.values():
        assert not each.custom or not wrong(each.type, each.inputs), each.urn
    return True
