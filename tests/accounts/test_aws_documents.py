"""The documents: exact subjects, named actions, no way from a model's role to the account."""

import json
import re
from pathlib import Path

import botocore.session
import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from accounts.aws import actions, documents
from accounts.aws.account import AwsAccount, Cloud
from accounts.spec import CiSpec
from tests.accounts.conftest import declared

ROOT = Path(__file__).resolve().parents[2]
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: characters without blanks.
INLINE_LIMIT, MANAGED_LIMIT, TRUST_LIMIT = 10_240, 6_144, 2_048


@pytest.fixture(scope="module")
def offline() -> Cloud:
    account = declared("production-europe-west", cluster="slipway-production-europe-west", region="ap-southeast-1")
    return Cloud(None, account, "aws", "arn:aws:iam::123456789012:user/someone")


def statements(document) -> dict:
    return {each["Sid"]: each for each in document["Statement"]}


@pytest.mark.parametrize(
    ("purpose", "subject"), [("preview", "repo:acme/ml:pull_request"), ("apply", "repo:acme/ml:environment:production")]
)
def test_a_role_trusts_exactly_one_subject(offline, purpose, subject):
    document = documents.trust(offline, documents.subject(offline.account, purpose))
    (statement,) = document["Statement"]
    issuer = "token.actions.githubusercontent.com"
    assert statement["Condition"] == {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": subject}}
    assert statement["Principal"] == {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{issuer}"}
    assert "*" not in json.dumps(document)


def test_immutable_subjects_name_the_numbers():
    ci = CiSpec(repository="acme/ml", environment="production", owner_id="12", repository_id="34")
    assert ci.preview_subject == "repo:acme@12/ml@34:pull_request"
    assert ci.apply_subject == "repo:acme@12/ml@34:environment:production"


def test_every_action_exists():
    """In one of AWS's own managed policies, or as an operation that botocore knows under the service's prefix."""
    named = {
        action
        for group in (actions.READ, actions.REGIONAL, actions.ROLES, actions.ROLE_UPKEEP, actions.CLUSTER_ISSUER,
                      actions.BUCKETS, actions.INSTANCE_PROFILES)
        for action in actions.flat(group)
    }  # fmt: skip
    named |= {action for action in (*actions.FOUNDATION, *actions.IDENTITY) if not action.endswith("*")}
    session = botocore.session.get_session()
    unknown = set()
    for action in named:
        service, _, name = action.partition(":")
        model = {"servicequotas": "service-quotas"}.get(service, service)
        if (
            f'"{action}"' not in aws_managed_policies_data
            and name not in session.get_service_model(model).operation_names
        ):
            unknown.add(action)
    assert len(named) > 200
    assert unknown == set()


def test_a_preview_only_reads(offline):
    """Names of actions alone say it: Get, List, Describe; and one key opens, never seals."""
    granted = {
        action
        for document in documents.role_policies(offline, "preview", KEY).values()
        for statement in document["Statement"]
        for action in statement["Action"]
    }
    assert not any("*" in action for action in granted)
    other = {a for a in granted if not a.partition(":")[2].startswith(("Get", "List", "Describe"))}
    assert other == {"kms:Decrypt"}
    assert not granted & {"secretsmanager:GetSecretValue", "logs:GetLogEvents", "ssm:GetParameter"}


def test_a_preview_reads_no_object_but_its_own_state(offline):
    everywhere = statements(documents.role_policies(offline, "preview", KEY)["read"])["Read"]
    assert "s3:GetObject" not in everywhere["Action"]
    assert "kms:Decrypt" not in everywhere["Action"]
    state = statements(documents.role_policies(offline, "preview", KEY)["state"])
    assert all("production-europe-west" in r or r.endswith("meta.yaml") for r in state["Read"]["Resource"])
    assert state["OpenSecrets"]["Condition"] == {
        "StringEquals": {"kms:EncryptionContext:stack": ["production-europe-west"]}
    }
    assert "Write" not in state


def test_outputs_of_another_stack_are_read_and_not_written():
    cloud = Cloud(None, declared("models", reads=("clusters",)), "aws", "")
    state = statements(documents.state_access(cloud, KEY, write=True))
    assert any(r.endswith("stacks/slipway/clusters.json") for r in state["Read"]["Resource"])
    assert not any("clusters" in r for r in state["Write"]["Resource"] + state["Replace"]["Resource"])
    assert state["MakeSecrets"]["Condition"] == {"StringEquals": {"kms:EncryptionContext:stack": ["models"]}}


def test_apply_makes_roles_within_the_boundary_alone(offline):
    apply = statements(documents.apply_access(offline, KEY))
    boundary = "arn:aws:iam::123456789012:policy/slipway/slipway-production-europe-west-workload"
    assert apply["Roles"]["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    assert {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"} <= set(apply["Roles"]["Action"])
    unbounded = [each for sid, each in apply.items() if sid != "Roles" and each["Effect"] == "Allow"]
    assert not any(a in each["Action"] for each in unbounded for a in apply["Roles"]["Action"])
    assert "iam:DeleteRolePermissionsBoundary" not in json.dumps(apply)
    assert all(r.startswith("arn:") for each in (apply["Roles"], apply["PassRole"]) for r in each["Resource"])
    assert apply["Region"]["Condition"] == {"StringEquals": {"aws:RequestedRegion": "ap-southeast-1"}}


def test_apply_may_not_touch_what_it_stands_on(offline):
    foundation = statements(documents.apply_access(offline, KEY))["Foundation"]
    assert foundation["Effect"] == "Deny"
    assert {KEY, offline.bucket_arn, offline.iam_arn("role/slipway/*"), offline.iam_arn("policy/slipway/*")} <= set(
        foundation["Resource"]
    )
    assert f"{offline.bucket_arn}/*" in foundation["Resource"]
    assert any(arn.endswith(":alias/slipway-state") for arn in foundation["Resource"])
    assert {
        "iam:*",
        "kms:UpdateAlias",
        "kms:ScheduleKeyDeletion",
        "s3:PutBucketPolicy",
        "s3:DeleteObjectVersion",
    } <= set(foundation["Action"])


def test_the_boundary_keeps_identity_and_state_out(offline):
    boundary = statements(documents.boundary(offline, KEY))
    assert {"iam:*", "sts:AssumeRole", "organizations:*"} <= set(boundary["Work"]["NotAction"])
    assert boundary["State"]["Effect"] == "Deny"
    assert {offline.bucket_arn, f"{offline.bucket_arn}/*", KEY} == set(boundary["State"]["Resource"])
    assert boundary["NodeRoles"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def test_the_documents_fit_into_iam(offline):
    """With long names, too."""
    for purpose in ("preview", "apply"):
        inline = documents.role_policies(offline, purpose, KEY).values()
        assert sum(len(documents.text(each)) for each in inline) <= INLINE_LIMIT
    for document in (documents.apply_access(offline, KEY), documents.boundary(offline, KEY)):
        assert len(documents.text(document)) <= MANAGED_LIMIT
    assert len(documents.text(documents.trust(offline, "repo:" + "x" * 255))) <= TRUST_LIMIT


def test_one_form_of_what_means_the_same():
    one = {"Statement": [{"Sid": "A", "Action": "s3:*", "Resource": ["b", "a"]}]}
    assert documents.same_form(one) == documents.same_form(
        {"Statement": [{"Sid": "A", "Action": ["s3:*"], "Resource": ["a", "b"]}]}
    )
    assert documents.same_form(one) != documents.same_form(
        {"Statement": [{"Sid": "A", "Action": "s3:*", "Resource": ["a"]}]}
    )


def test_names_fit(offline):
    longest = AwsAccount(stack="s", project="slipway", account_id="1" * 12, region="ap-southeast-1", cluster="c")
    assert len(longest.bucket) <= 63


# What the apply role needs for each type of the components; the classes' other calls are beside it in `actions.py`.
CREATES = {
    "autoscaling.Tag": "autoscaling:CreateOrUpdateTags",
    "cloudwatch.LogGroup": "logs:CreateLogGroup", "ec2.DefaultSecurityGroup": "ec2:RevokeSecurityGroupIngress",
    "ec2.Eip": "ec2:AllocateAddress", "ec2.FlowLog": "ec2:CreateFlowLogs",
    "ec2.InternetGateway": "ec2:CreateInternetGateway", "ec2.LaunchTemplate": "ec2:CreateLaunchTemplate",
    "ec2.NatGateway": "ec2:CreateNatGateway", "ec2.PlacementGroup": "ec2:CreatePlacementGroup",
    "ec2.Route": "ec2:CreateRoute", "ec2.RouteTable": "ec2:CreateRouteTable",
    "ec2.RouteTableAssociation": "ec2:AssociateRouteTable", "ec2.SecurityGroup": "ec2:CreateSecurityGroup",
    "ec2.Subnet": "ec2:CreateSubnet", "ec2.SubnetCidrReservation": "ec2:CreateSubnetCidrReservation",
    "ec2.Vpc": "ec2:CreateVpc", "ec2.VpcEndpoint": "ec2:CreateVpcEndpoint",
    "ecr.LifecyclePolicy": "ecr:PutLifecyclePolicy", "ecr.PullThroughCacheRule": "ecr:CreatePullThroughCacheRule",
    "ecr.Repository": "ecr:CreateRepository",
    "ecr.RepositoryCreationTemplate": "ecr:CreateRepositoryCreationTemplate",
    "ecr.RepositoryPolicy": "ecr:SetRepositoryPolicy", "eks.AccessEntry": "eks:CreateAccessEntry",
    "eks.AccessPolicyAssociation": "eks:AssociateAccessPolicy", "eks.Addon": "eks:CreateAddon",
    "eks.Cluster": "eks:CreateCluster", "eks.NodeGroup": "eks:CreateNodegroup",
    "eks.PodIdentityAssociation": "eks:CreatePodIdentityAssociation", "iam.InstanceProfile": "iam:CreateInstanceProfile",
    "iam.OpenIdConnectProvider": "iam:CreateOpenIDConnectProvider", "iam.Role": "iam:CreateRole",
    "iam.RolePolicy": "iam:PutRolePolicy", "iam.RolePolicyAttachment": "iam:AttachRolePolicy",
    "kms.Alias": "kms:CreateAlias", "kms.Key": "kms:CreateKey", "s3.Bucket": "s3:CreateBucket",
    "s3.BucketLifecycleConfiguration": "s3:PutLifecycleConfiguration", "s3.BucketLogging": "s3:PutBucketLogging",
    "s3.BucketObjectLockConfiguration": "s3:PutBucketObjectLockConfiguration",
    "s3.BucketOwnershipControls": "s3:PutBucketOwnershipControls", "s3.BucketPolicy": "s3:PutBucketPolicy",
    "s3.BucketPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3.BucketServerSideEncryptionConfiguration": "s3:PutEncryptionConfiguration",
    "s3.BucketVersioning": "s3:PutBucketVersioning", "sqs.Queue": "sqs:CreateQueue",
    "vpc.SecurityGroupEgressRule": "ec2:AuthorizeSecurityGroupEgress",
    "vpc.SecurityGroupIngressRule": "ec2:AuthorizeSecurityGroupIngress",
}  # fmt: skip


def test_apply_may_make_whatever_the_components_make(offline):
    """A new type in a component fails here until the apply role may make it."""
    texts = (path.read_text() for path in (ROOT / "components").rglob("*.py"))
    made = {found for text in texts for found in re.findall(r"\baws\.((?!get)[a-z0-9]+\.[A-Z]\w+)\(", text)}
    made = {name for name in made if not name.endswith("Args")}
    assert len(made) > 30
    allowed = {
        action
        for each in documents.apply_access(offline, KEY)["Statement"]
        if each["Effect"] == "Allow"
        for action in each["Action"]
    }
    assert {name for name in made if CREATES.get(name) not in allowed} == set()
