"""A model's identity on AWS: it reads its own artifacts, and nothing else."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from components.contracts import CloudHandle
from components.identity.aws import AwsModelReader
from components.identity.reader import ModelReaderArgs
from tests.cloud.typed import wrong
from tests.mocks.recorder import record

KEY = "arn:aws:kms:us-east-1:111122223333:key/1"


def recorded(
    identity="pod_identity", *, boundary=None, key=KEY, preview=True, namespace="science", service_account="iris"
):
    """What an identity registers."""
    handles = []

    def program():
        provider = aws.Provider("aws", region="us-east-1", allowed_account_ids=["111122223333"])
        opts = pulumi.ResourceOptions(provider=provider)
        cluster = aws.eks.Cluster(
            "ml", name="ml", role_arn="arn:aws:iam::111122223333:role/x", vpc_config={"subnet_ids": []}, opts=opts
        )
        issuer = ("https://oidc.eks/id/1", "arn:aws:iam::111122223333:oidc-provider/oidc.eks/id/1")
        cloud = CloudHandle(
            kind="eks",
            cluster="ml",
            owner="111122223333",
            region="us-east-1",
            stack="prod",
            boundary=boundary,
            identity=identity,
            issuer=issuer if identity == "irsa" else None,
            made=cluster,
            provider=provider,
        )
        args = ModelReaderArgs(
            cloud=cloud,
            namespace=namespace,
            service_account=service_account,
            bucket="acme-models",
            artifacts=["iris", "iris-old"],
            key=key,
        )
        handles.append(AwsModelReader("iris", args, pulumi.ResourceOptions(providers=[provider])).handle)

    seen = record(program, preview=preview)
    return seen, handles[0]


def statements(seen, name):
    return json.loads(seen.one("aws:iam/rolePolicy:RolePolicy", name).inputs["policy"])["Statement"]


@pytest.mark.parametrize("preview", [True, False])
def test_a_role_reads_its_artifacts_and_opens_them_with_one_key(preview):
    seen, handle = recorded(preview=preview)
    assert statements(seen, "iris-reader-artifacts") == [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectVersion"],
            "Resource": ["arn:aws:s3:::acme-models/models/iris/*", "arn:aws:s3:::acme-models/models/iris-old/*"],
        },
        {
            "Sid": "List",
            "Effect": "Allow",
            "Action": ["s3:ListBucket"],
            "Resource": ["arn:aws:s3:::acme-models"],
            "Condition": {"StringLike": {"s3:prefix": ["models/iris/*", "models/iris-old/*"]}},
        },
    ]
    assert statements(seen, "iris-reader-key") == [
        {
            "Sid": "Open",
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": [KEY],
            "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
        }
    ]
    for each in seen.resources:
        assert not each.custom or not wrong(each.type, each.inputs), each.urn
    assert handle.kind == "identity"
    assert not handle.secret_env


def test_one_service_account_of_one_cluster_takes_it():
    seen, handle = recorded()
    (trust,) = json.loads(seen.one("aws:iam/role:Role", "iris-reader").inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert trust["Condition"]["ArnEquals"] == {"aws:SourceArn": "arn:aws:eks:us-east-1:111122223333:cluster/ml"}
    assert "*" not in json.dumps(trust)
    association = seen.one("aws:eks/podIdentityAssociation:PodIdentityAssociation", "iris-reader")
    assert {key: association.inputs[key] for key in ("clusterName", "namespace", "serviceAccount")} == {
        "clusterName": "ml", "namespace": "science", "serviceAccount": "iris",
    }  # fmt: skip
    assert handle.annotations == {}
    assert len(handle.made) == 4, "the role, two policies, the association"


def test_with_irsa_the_service_account_is_annotated_and_nothing_is_associated():
    seen, handle = recorded("irsa", preview=False)
    assert set(handle.annotations) == {"eks.amazonaws.com/role-arn"}
    assert seen.of("aws:eks/podIdentityAssociation:PodIdentityAssociation") == []
    (trust,) = json.loads(seen.one("aws:iam/role:Role", "iris-reader").inputs["assumeRolePolicy"])["Statement"]
    assert trust["Condition"]["StringEquals"] == {
        "oidc.eks/id/1:aud": "sts.amazonaws.com",
        "oidc.eks/id/1:sub": "system:serviceaccount:science:iris",
    }


def test_the_stacks_boundary_limits_it_and_its_name_fits():
    seen, _ = recorded(boundary="slipway-prod-workload", service_account="a" * 60)
    role = seen.one("aws:iam/role:Role", "iris-reader").inputs
    assert role["permissionsBoundary"] == "arn:aws:iam::111122223333:policy/slipway/slipway-prod-workload"
    assert role["name"].startswith("ml-reader-science-aaa")
    assert len(role["name"]) == 64
    assert "permissionsBoundary" not in recorded()[0].one("aws:iam/role:Role", "iris-reader").inputs


def test_without_a_key_nothing_is_opened():
    seen, _ = recorded(key=None)
    assert [each.name for each in seen.of("aws:iam/rolePolicy:RolePolicy")] == ["iris-reader-artifacts"]


def test_two_models_never_have_one_role():
    (first, second) = (
        recorded(namespace=namespace, service_account=account)[0].one("aws:iam/role:Role", "iris-reader").inputs["name"]
        for namespace, account in (("risk", "eu-iris"), ("risk-eu", "iris"))
    )
    assert first != second
    assert {name.rpartition("-")[0] for name in (first, second)} == {"ml-reader-risk-eu-iris"}
