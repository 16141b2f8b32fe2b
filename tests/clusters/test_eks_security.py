"""The security baseline of AWS, read off the graph of `prod-eks`: every id is met, or listed with the reason."""

import base64
import copy
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.clusters import eks_security, eks_stacks
from tests.mocks.graph import Graph
from tests.mocks.recorder import Recording

PAGE = (Path(__file__).parents[2] / "docs/security.md").read_text()
HOW = {"met", "image", "cluster", "open"}
# How many recommendations each chapter of the benchmark has.
CIS = {
    "2.1": 2, "3.1": 4, "3.2": 9, "4.1": 12, "4.2": 5, "4.3": 2, "4.4": 2, "4.5": 2, "5.1": 4, "5.2": 1, "5.3": 1, "5.4": 5,
    "5.5": 1,
}  # fmt: skip
# CIS EKS 1.8.0, checkov, AWS Foundational Security Best Practices, and our own for readers.
IDS = {
    *(f"CIS-{chapter}.{number}" for chapter, count in CIS.items() for number in range(1, count + 1)),
    *(f"CKV_AWS_{each}" for each in (37, 38, 39, 58, 100, 339, 53, 54, 55, 56, 21, 19, 145, 18, 300, 144)),
    "CKV2_AWS_61", "CKV2_AWS_65", "CKV2_AWS_62",
    *(f"S3.{each}" for each in (1, 2, 3, 5, 8, 9, 13, 14, 17)), *(f"EKS.{each}" for each in (1, 2, 3, 8)),
    "ECR.1", "ECR.2", "ECR.3", "EC2.6", "EC2.8", "EC2.18", "KMS.4", "IAM.1", "IAM.21",
    "S3-LOCK", "S3-KEEP", "S3-PRINCIPALS", "S3-VPCE", "S3-FORCE", "S3-DATA-EVENTS",
    *(f"READER-{each}" for each in ("ROLE", "PREFIX", "LIST", "KEY", "SUBJECT", "NODES", "CNI")),
}  # fmt: skip


def rows(page):
    """What the page says of each id: how, and why."""
    found = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[2] in HOW:
            for each in spread(cells[0]):
                found[each] = (cells[2], cells[3])
    return found


def spread(cell):
    """The ids of `CIS-3.1.1 to CIS-3.1.4`."""
    first, _, last = cell.partition(" to ")
    if not last:
        return [first]
    start, end = (re.fullmatch(r"(.*?)(\d+)", each) for each in (first, last))
    return [f"{start[1]}{number}" for number in range(int(start[2]), int(end[2]) + 1)]


ROWS = rows(PAGE.partition("## Google")[0])


def test_every_id_is_on_the_page_and_no_other():
    assert ROWS.keys() == IDS


def test_what_is_not_met_has_a_reason():
    assert [each for each, (how, why) in ROWS.items() if how == "open" and len(why) < 10] == []


def test_what_is_met_is_checked():
    checked = {each for each, (how, _) in ROWS.items() if how in ("met", "image", "cluster")}
    assert checked == eks_security.CHECKS.keys()


@pytest.mark.parametrize("stack", ["prod-eks", "dev-eks"])
def test_the_graph_meets_it(stack):
    assert eks_security.unmet(eks_stacks.graph(stack)) == {}


def broken(type_, **changes):
    """The graph of `prod-eks` with other inputs of every resource of a type; None takes one away."""

    def changed(inputs):
        said = {**copy.deepcopy(inputs), **changes}
        return {key: value for key, value in said.items() if value is not None}

    shipped = eks_stacks.shipped("prod-eks").resources
    resources = [replace(e, inputs=changed(e.inputs)) if e.type == type_ else e for e in shipped]
    return Graph(Recording(resources=resources))


@pytest.mark.parametrize(
    ("type_", "changes", "ids"),
    [
        ("aws:eks/cluster:Cluster", {"enabledClusterLogTypes": ["api"]}, {"CIS-2.1.1", "CKV_AWS_37", "EKS.8"}),
        ("aws:eks/cluster:Cluster", {"encryptionConfig": None}, {"CIS-5.3.1", "CKV_AWS_58", "EKS.3"}),
        ("aws:eks/cluster:Cluster", {"vpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]}},
         {"CIS-5.4.1", "CIS-5.4.2", "CKV_AWS_38", "CKV_AWS_39", "EKS.1"}),
        ("aws:eks/cluster:Cluster", {"accessConfig": {"authenticationMode": "CONFIG_MAP"}}, {"CIS-4.1.1", "CIS-4.1.7", "CIS-5.5.1"}),
        ("aws:ec2/subnet:Subnet", {"mapPublicIpOnLaunch": True}, {"CIS-5.4.3"}),
        ("aws:ec2/flowLog:FlowLog", {"trafficType": "REJECT"}, {"EC2.6"}),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"metadataOptions": {"httpTokens": "optional"}}, {"EC2.8"}),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"userData": base64.b64encode(b"readOnlyPort").decode()},
         {f"CIS-3.1.{n}" for n in range(1, 5)} | {f"CIS-3.2.{n}" for n in range(1, 10)}),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"keyName": "mine"}, {"CKV_AWS_100"}),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {"cidrIpv4": "0.0.0.0/0"}, {"EC2.18"}),
        ("aws:kms/key:Key", {"enableKeyRotation": False}, {"KMS.4"}),
        ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", {"blockPublicPolicy": False},
         {"CKV_AWS_54", "S3.1", "S3.2", "S3.3", "S3.8"}),
        ("aws:s3/bucketVersioning:BucketVersioning", {"versioningConfiguration": {"status": "Suspended"}}, {"CKV_AWS_21", "S3.14"}),
        ("aws:s3/bucketPolicy:BucketPolicy", {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]})},
         {"S3.5", "S3-PRINCIPALS"}),
        ("aws:s3/bucket:Bucket", {"forceDestroy": True}, {"S3-FORCE"}),
        ("aws:ecr/repository:Repository", {"imageTagMutability": "MUTABLE"}, {"ECR.2"}),
        ("aws:iam/rolePolicy:RolePolicy", {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]})},
         {"IAM.21", "READER-PREFIX", "READER-LIST", "READER-KEY", "READER-NODES", "CIS-5.1.3"}),
        ("aws:iam/role:Role", {"assumeRolePolicy": json.dumps({"Statement": [{"Condition": {"StringLike": {"x": "*"}}}]})}, {"READER-SUBJECT"}),
        ("kubernetes:core/v1:Namespace", {"metadata": {"name": "default", "labels": {}}},
         {f"CIS-4.2.{n}" for n in range(1, 6)} | {"CIS-4.5.2", "CIS-4.3.2"}),
        ("kubernetes:rbac.authorization.k8s.io/v1:Role", {"rules": [{"apiGroups": ["*"], "resources": ["secrets"], "verbs": ["get"]}]},
         {"CIS-4.1.2", "CIS-4.1.3"}),
    ],
)  # fmt: skip
def test_what_is_taken_away_is_found(type_, changes, ids):
    assert eks_security.unmet(broken(type_, **changes)).keys() == ids
