"""The graph of GKE stacks: complete in preview and update, typed, and in the orders that failures have taught."""

import pytest
from hypothesis import HealthCheck, given, settings

from accounts.google.project import GoogleProject
from catalog.plain import validated
from components.clusters.gke import cluster, control_plane, network, nodes, pools
from components.google import key
from tests.cloud.typed import wrong
from tests.clusters import gke_order, gke_stacks
from tests.clusters.gke_shapes import shapes
from tests.clusters.stacks import ADAPTER, changed
from tests.counts import count
from tests.mocks.graph import Graph

STACKS = ("dev-gke", "prod-gke")


@pytest.mark.parametrize("stack", STACKS)
def test_a_shipped_stack_is_in_order(stack):
    assert gke_order.wrong(gke_stacks.graph(stack)) == []


@pytest.mark.parametrize("stack", STACKS)
def test_every_input_is_one_that_the_sdk_has(stack):
    found = {
        each.urn: said
        for each in gke_stacks.shipped(stack).resources
        if each.custom and (said := wrong(each.type, each.inputs))
    }
    assert found == {}


def test_preview_and_update_register_the_same():
    made, foreseen = (gke_stacks.shipped("prod-gke", preview=preview) for preview in (False, True))
    assert {each.urn for each in made.resources} == {each.urn for each in foreseen.resources}


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_has_a_provider_of_its_project(stack):
    found = gke_stacks.graph(stack)
    for each in found.resources.values():
        if each.custom and not each.type.startswith("pulumi:providers:"):
            assert each.provider, each.urn
            assert each.inputs.get("project", found.of(gke_order.CLUSTER)[0].inputs["project"]).startswith("example-")
    providers = [each.inputs for each in found.of("pulumi:providers:gcp")]
    assert providers
    for said in providers:
        project = f"example-{stack.partition('-')[0]}-ml"
        assert (said["project"], said["billingProject"], said["userProjectOverride"]) == (project, project, "true")


def test_models_are_the_same_as_on_the_sandbox():
    deployments = gke_stacks.graph("prod-gke").of("kubernetes:apps/v1:Deployment")
    assert sorted(each.name for each in deployments) == [
        "house-price-deployment",
        "iris-deployment",
        "llama-8b-deployment",
    ]
    llama = next(each for each in deployments if each.name.startswith("llama"))
    assert llama.inputs["spec"]["template"]["spec"]["nodeSelector"] == {"slipway.dev/accelerator": "h100"}


def test_keys_are_where_github_actions_may_make_them():
    """The role of `slipway bootstrap` excludes every ring whose name begins like that of the state's keys."""
    declared = GoogleProject(stack="x", pulumi_project="slipway", project="example-prod-ml", region="us-central1")
    for owner in ("slipway-prod-gke", "example-prod-models", "slipway"):
        ring = f"projects/example-prod-ml/locations/us-central1/keyRings/{key.ring_name(owner)}"
        assert not ring.startswith(declared.ring)


def test_a_change_of_the_way_to_the_api_server_replaces_nothing():
    from catalog import replaces

    said = {
        access: gke_stacks.cluster({**gke_stacks.SMALL, "api_access": access, **more}).of(gke_order.CLUSTER)[0].inputs
        for access, more in (("runner", {}), ("tunnel", {}), ("cidrs", {"api_cidrs": ["203.0.113.0/24"]}))
    }
    first = said["runner"]
    for other in (said["tunnel"], said["cidrs"]):
        differing = [path for path in leaves(other) if leaves(other)[path] != leaves(first).get(path)]
        assert differing
        assert {replaces.verdict(gke_order.CLUSTER, path) for path in differing} == {False}
    assert said["cidrs"]["privateClusterConfig"]["enablePrivateEndpoint"] is False
    assert "203.0.113.0/24" in str(said["cidrs"]["masterAuthorizedNetworksConfig"])


@pytest.mark.parametrize(
    "later",
    [
        {"kubernetes": "1.35"}, {"release_channel": "rapid"}, {"logs_days": 400}, {"admins": ["user:a@example.com"]},
        {"network": {"zones": ["us-central1-a", "us-central1-b", "us-central1-c"]}}, {"network": {"max_pods": 64}},
        {"pools": {"l4": {"autoscaler": "node_auto_provisioning"}}}, {"pools": {"l4": {"image": "1.34.1-gke.1829001"}}},
        {"network": {"egress": "none"}}, {"caches": {}},
    ],
    ids=str,
)  # fmt: skip
def test_what_may_change_later_never_makes_the_cluster_anew(later):
    from catalog import replaces

    was, now = (
        recording.of(gke_order.CLUSTER)[0]
        for recording in (gke_stacks.small(), gke_stacks.cluster(changed(gke_stacks.SMALL, **later)))
    )
    before, after = leaves(was.inputs), leaves(now.inputs)
    paths = [p for p in {*before, *after} if before.get(p) != after.get(p) and p[0] not in now.ignored]
    assert [p for p in paths if replaces.verdict(gke_order.CLUSTER, p) is not False] == []


def leaves(value, path=()):
    if isinstance(value, dict):
        return {k: v for key, inner in value.items() for k, v in leaves(inner, (*path, key)).items()}
    if isinstance(value, list):
        return {k: v for at, inner in enumerate(value) for k, v in leaves(inner, (*path, at)).items()}
    return {path: value}


def test_a_registry_and_its_account():
    caches = {"nvcr.io": {"credential": "projects/1/secrets/ngc/versions/1", "username": "$oauthtoken"}}
    found = gke_stacks.cluster({**gke_stacks.SMALL, "caches": caches}).of(gke_order.REPOSITORY)
    (said,) = [each.inputs["remoteRepositoryConfig"] for each in found]
    assert said["dockerRepository"]["customRepository"]["uri"] == "https://nvcr.io"
    account = said["upstreamCredentials"]["usernamePasswordCredentials"]
    assert account == {"username": "$oauthtoken", "passwordSecretVersion": "projects/1/secrets/ngc/versions/1"}


def test_a_key_that_is_there_is_used_and_not_made():
    own = "projects/other/locations/us-central1/keyRings/r/cryptoKeys/k"
    found = gke_stacks.cluster({**gke_stacks.SMALL, "kms_key": own})
    assert not found.of("gcp:kms/cryptoKey:CryptoKey")
    assert found.of(gke_order.CLUSTER)[0].inputs["databaseEncryption"]["keyName"] == own
    assert {each.inputs["cryptoKeyId"] for each in found.of(gke_order.KEY_GRANT)} == {own}


def _hasty(monkeypatch):
    """Nodes wait for nothing but the cluster."""
    made = nodes.GkeNodes.__init__

    def init(self, name, args, opts=None):
        import dataclasses

        made(self, name, dataclasses.replace(args, after=()), opts)

    monkeypatch.setattr(nodes.GkeNodes, "__init__", init)


def _impatient(monkeypatch):
    inside = cluster.GkeCluster._inside
    monkeypatch.setattr(
        cluster.GkeCluster, "_inside", lambda self, config, ready, *more: inside(self, config, [], *more)
    )


def _powerless(monkeypatch):
    made = nodes.NodeAccount.__init__

    def init(self, *args, **kwargs):
        made(self, *args, **kwargs)
        self.settled = ()

    monkeypatch.setattr(nodes.NodeAccount, "__init__", init)


def _keyless(monkeypatch):
    made = key.Key.__init__

    def init(self, *args, **kwargs):
        made(self, *args, **kwargs)
        self.settled = ()

    monkeypatch.setattr(key.Key, "__init__", init)


def _unnamed(monkeypatch):
    made = cluster.kubernetes.Provider

    def provider(name, *, cluster_identifier, **said):
        return made(name, **said)

    monkeypatch.setattr(cluster.kubernetes, "Provider", provider)


TAKEN_OUT = {
    "objects at once": (_impatient, {"2"}),
    "short delete timeouts": (lambda m: m.setattr(network, "_DELETE_TIMEOUT", "5m"), {"2"}),
    "nodes that wait for nothing": (_hasty, {"5"}),
    "nodes before their rights": (_powerless, {"5"}),
    "all tainted": (lambda m: m.setattr(pools, "taints", lambda pool: [{"key": "a", "effect": "NoSchedule"}]), {"6"}),
    "no identifier": (_unnamed, {"9"}),
    "keys without waiting": (_keyless, {"10"}),
    "the first pool is compared": (lambda m: m.setattr(control_plane, "IGNORED", ()), {"12"}),
    "a closed port": (lambda m: m.setattr(network.webhook_rule, "__defaults__", ((443, 10250),)), {"25"}),
}


@pytest.mark.parametrize("case", TAKEN_OUT)
def test_without_the_prevention_the_order_is_wrong(monkeypatch, case):
    take_out, numbers = TAKEN_OUT[case]
    take_out(monkeypatch)
    found = gke_order.wrong(Graph(gke_stacks.cluster(gke_stacks.SMALL)))
    assert {line.partition(":")[0] for line in found} == numbers, found


def test_any_cluster_is_complete_and_in_order_or_refused(figure):
    made = []

    @given(said=shapes())
    @settings(max_examples=count(test=5, prove=100, soak=500), deadline=None, suppress_health_check=list(HealthCheck))
    def generate(said):
        made.append(complete(said))

    generate()
    figure(f"{len(made)} GKE shapes: {sum(made)} complete and in order, {made.count(False)} refused")


def complete(said) -> bool:
    """Whether such a cluster can be made; then its graph is complete and in order."""
    spec, errors = validated(ADAPTER, said, "cluster")
    if errors:
        assert spec is None
        assert all(error.path.startswith("cluster") and error.why and error.fix for error in errors)
        return False
    found = Graph(gke_stacks.cluster(said))
    assert gke_order.wrong(found) == []
    by_gke = spec.provisioned
    made = {name: pool for name, pool in spec.all_pools.items() if name not in by_gke}
    groups = found.of(gke_order.POOL)
    assert {label(each) for each in groups} == set(made)
    for name, pool in made.items():
        sizes = [bounds(each) for each in groups if label(each) == name]
        assert sum(least for least, _ in sizes) == pool.minimum
        assert sum(most for _, most in sizes) == pool.maximum
    classes = found.of("kubernetes:cloud.google.com/v1:ComputeClass")
    assert {each.inputs["metadata"]["name"] for each in classes} == set(by_gke)
    names = [each.inputs["name"] for each in groups]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 40 and name[0].isalpha() for name in names)
    for each in found.resources.values():
        assert not each.custom or not wrong(each.type, each.inputs), each.urn
    return True


def label(pool) -> str:
    return pool.inputs["nodeConfig"]["labels"]["slipway.dev/pool"]


def bounds(pool) -> tuple[int, int]:
    """The fewest and the most nodes, over all zones of the part."""
    if scaled := pool.inputs.get("autoscaling"):
        return scaled["totalMinNodeCount"], scaled["totalMaxNodeCount"]
    assert len(pool.inputs["nodeLocations"]) == 1, "GKE makes so many in every zone"
    return pool.inputs["nodeCount"], pool.inputs["nodeCount"]


def test_regional_or_zonal_is_said_with_all_nodes():
    from tests.clusters.stacks import read

    assert pools.words(read(gke_stacks.SMALL)) == (
        "regional in us-central1: 2 to 6 nodes in all, over us-central1-a, us-central1-b (system 2 to 4, l4 0 to 2)"
    )
    zonal = changed(gke_stacks.SMALL, zone="us-central1-a", pools={"l4": {"max_nodes": 2, "min_nodes": 2}})
    assert pools.words(read(zonal)).startswith("zonal in us-central1-a: 4 to 6 nodes in all")
    (made,) = gke_stacks.cluster(zonal).of(gke_order.CLUSTER)
    assert (made.inputs["location"], made.inputs["nodeLocations"]) == ("us-central1-a", ["us-central1-b"])
