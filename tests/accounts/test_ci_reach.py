"""What bootstrap's roles demand of everything that a stack makes, held against the stack's whole graph."""

import json
from fnmatch import fnmatchcase
from functools import cache

import pytest

from accounts import declared
from accounts.aws import actions, documents
from accounts.aws.account import STACK_TAG, Cloud
from accounts.google import grants
from accounts.spec import CiSpec
from stacks import platform
from stacks.settings import from_file, stack_file
from tests.clusters import gke_stacks
from tests.mocks.recorder import record

CI = CiSpec(repository="acme/ml", environment="production")
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
LABEL = {"slipway-stack": "prod-gke"}


def with_ci(stack, **cluster):
    """The settings of a shipped stack that GitHub Actions may deploy."""
    settings = from_file(stack_file(stack))
    return settings.model_copy(update={"ci": CI, "cluster": settings.cluster.model_copy(update=cluster)})


@cache
def graph(stack):
    """What the stack registers; on Google nothing of it depends on who deploys it."""
    if stack == "prod-gke":
        return gke_stacks.shipped(stack)
    return record(lambda: platform.build(with_ci(stack), stack, "slipway"), preview=True, stack=stack)


@cache
def aws(stack="prod-eks"):
    """The account of a stack, and the statements of its apply role."""
    cloud = Cloud(None, declared.account(stack, with_ci(stack)), "aws", "")
    return cloud, {each["Sid"]: each for each in documents.apply_access(cloud, KEY)["Statement"]}


def matches(arn, patterns):
    return any(fnmatchcase(arn, pattern) for pattern in patterns)


def outside(cloud, apply, resources):
    """What the apply role could not make, or could not give to a service, in words."""
    for each in resources:
        said = each.inputs
        if each.type == "aws:iam/role:Role":
            if not matches(cloud.iam_arn(f"role/{said['name']}"), apply["Roles"]["Resource"]):
                yield f"{each.name}: a role of this name"
            if (
                said.get("permissionsBoundary")
                != apply["Roles"]["Condition"]["StringEquals"]["iam:PermissionsBoundary"]
            ):
                yield f"{each.name}: without the boundary"
            trusted = {s["Principal"].get("Service") for s in json.loads(said["assumeRolePolicy"])["Statement"]}
            if not trusted <= set(actions.PASSED_TO):
                yield f"{each.name}: passed to {trusted}"
        if each.type == "aws:s3/bucket:Bucket" and not matches(
            f"arn:aws:s3:::{said['bucket']}", apply["Buckets"]["Resource"]
        ):
            yield f"{each.name}: a bucket of this name"
        if each.type == "aws:kms/alias:Alias" and f":{said['name']}" in "".join(apply["Foundation"]["Resource"]):
            yield f"{each.name}: the alias of the state's key"
        if each.type == "pulumi:providers:aws":
            region = apply["Region"]["Condition"]["StringEquals"]["aws:RequestedRegion"]
            if said["region"] != region:
                yield f"{each.name}: works in {said['region']}"


def test_apply_may_make_all_of_a_stack():
    cloud, apply = aws()
    made = graph("prod-eks").resources
    roles = [each.name for each in made if each.type == "aws:iam/role:Role"]
    assert {"cluster-control-plane", "cluster-nodes", "iris-reader"} <= set(roles), "of the cluster and of models"
    assert list(outside(cloud, apply, made)) == []


@pytest.mark.parametrize(
    ("type_", "key", "other", "words"),
    [
        ("aws:iam/role:Role", "name", "reader", "a role of this name"),
        ("aws:iam/role:Role", "permissionsBoundary", None, "without the boundary"),
        ("aws:s3/bucket:Bucket", "bucket", "somebodys", "a bucket of this name"),
        ("aws:kms/alias:Alias", "name", "alias/slipway-state", "the alias of the state's key"),
        ("pulumi:providers:aws", "region", "eu-west-1", "works in eu-west-1"),
    ],
)
def test_it_may_not_make_others(type_, key, other, words):
    cloud, apply = aws()
    (first, *_) = graph("prod-eks").of(type_)
    before = first.inputs[key]
    first.inputs[key] = other
    try:
        assert [said.partition(": ")[2] for said in outside(cloud, apply, [first])] == [words]
    finally:
        first.inputs[key] = before


def test_the_boundary_of_a_stack_with_ci_is_the_one_that_bootstrap_makes_and_none_without():
    boundaries = {each.inputs["permissionsBoundary"] for each in graph("prod-eks").of("aws:iam/role:Role")}
    cloud, _ = aws()
    assert boundaries == {cloud.iam_arn(f"policy/slipway/{cloud.account.boundary}")}
    assert from_file(stack_file("prod-eks")).ci is None


def test_names_of_roles_begin_as_apply_demands_however_long_the_clusters_is():
    from components.aws.place import ROLE_NAME_LIMIT
    from components.names import safe_name

    cluster = "a" * 40
    assert safe_name(f"{cluster}-reader-science-{'m' * 60}", ROLE_NAME_LIMIT).startswith(f"{cluster}-")


def test_everything_on_aws_bears_the_stacks_tag():
    """The provider tags what the engine makes; machines and their disks are made by EKS, as the template says."""
    found = graph("prod-eks")
    providers = found.of("pulumi:providers:aws")
    assert providers
    for each in providers:
        assert json.loads(each.inputs["defaultTags"]) == {"tags": {STACK_TAG: "prod-eks"}}
    ours = {f"{each.urn}::" for each in providers}
    assert all(e.provider.startswith(tuple(ours)) for e in found.resources if e.custom and e.type.startswith("aws:"))
    templates = found.of("aws:ec2/launchTemplate:LaunchTemplate")
    tagged = [each["tags"].get(STACK_TAG) for t in templates for each in t.inputs["tagSpecifications"]]
    assert set(tagged) == {"prod-eks"}
    assert len(tagged) == 2 * len(templates) > 0


def test_everything_on_google_bears_the_stacks_label():
    found = graph("prod-gke")
    providers = found.of("pulumi:providers:gcp")
    assert providers
    for each in providers:
        assert json.loads(each.inputs["defaultLabels"]) == LABEL
    (cluster,) = found.of("gcp:container/cluster:Cluster")
    assert cluster.inputs["resourceLabels"] == LABEL, "the provider labels no cluster"
    pools = found.of("gcp:container/nodePool:NodePool")
    assert [each.inputs["nodeConfig"]["resourceLabels"] for each in pools] == [LABEL] * len(pools)
    assert pools


def test_apply_may_grant_what_a_stack_grants_on_google():
    project = declared.account("prod-gke", with_ci("prod-gke"))
    (harmless,) = [each for each in grants.in_project(project, "apply") if each.title == "harmless-roles"]
    given = {each.inputs["role"] for each in graph("prod-gke").of("gcp:projects/iAMMember:IAMMember")}
    assert given
    assert all(f'"{role}"' in harmless.expression for role in given)
    assert '"roles/owner"' not in harmless.expression
    for each in graph("prod-gke").of("gcp:storage/bucket:Bucket"):
        assert not each.inputs["name"].startswith(project.bucket)
    for each in graph("prod-gke").of("gcp:kms/keyRing:KeyRing"):
        assert not each.inputs["name"].startswith(project.ring.rpartition("/")[2])
