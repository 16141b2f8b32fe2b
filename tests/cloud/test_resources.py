"""What the stand-in clouds do with one resource, without engine and process."""

import json

import pytest

from catalog.errors import SlipwayError
from providers.server import Engine
from providers.wire import UNKNOWN, Secret
from sandbox.providers.cloud.clouds import CLOUDS
from sandbox.providers.cloud.resources import DEFAULTS, Resources, function
from sandbox.providers.collecting import Collecting
from sandbox.providers.sdk.reader import Sdk

SDKS = {name: Sdk(cloud.package) for name, cloud in CLOUDS.items()}
SETTINGS = {
    "aws": {"region": "eu-west-1", "allowedAccountIds": ["111122223333"], "defaultTags": {"tags": {"stack": "test"}}},
    "gcp": {"project": "acme-dev", "region": "europe-west4"},
}


class Log(Engine):
    def __init__(self) -> None:
        super().__init__("")
        self.lines = []

    def _log(self, severity, message, urn, *, ephemeral=False):
        self.lines.append(message)


def place(name, settings=None, **environment):
    return CLOUDS[name].place(settings or SETTINGS[name], environment)


def resources(name, **environment):
    log = Log()
    return Resources(CLOUDS[name], SDKS[name], place(name, **environment), log, Collecting(log, environment))


def urn(token, name="it"):
    return f"urn:pulumi:test::slipway::slipway:clusters:EksCluster${token}::{name}"


VPC, BUCKET, ROLE = urn("aws:ec2/vpc:Vpc"), urn("aws:s3/bucket:Bucket"), urn("aws:iam/role:Role")
CLUSTER, GKE = urn("aws:eks/cluster:Cluster"), urn("gcp:container/cluster:Cluster")
EKS = {"name": "main", "roleArn": "arn", "vpcConfig": {"subnetIds": ["a"]}}


def test_a_resource_without_a_name_is_given_one_and_keeps_it():
    made = resources("aws")
    inputs, failures = made.check(ROLE, {"assumeRolePolicy": "{}"}, {}, b"seed")
    assert failures == []
    assert inputs["name"].startswith("it-")
    assert inputs[DEFAULTS] == ["name"]
    again, _ = made.check(ROLE, {"assumeRolePolicy": "{}"}, inputs, b"other seed")
    assert again == inputs
    named, _ = made.check(ROLE, {"assumeRolePolicy": "{}", "name": "mine"}, inputs, b"")
    assert (named["name"], DEFAULTS in named) == ("mine", False)
    assert made.check(BUCKET, {}, {}, b"s")[0]["bucket"].startswith("it-")
    assert "name" not in made.check(VPC, {"cidrBlock": "10.0.0.0/16"}, {}, b"")[0], "a vpc has none"


def test_check_refuses_what_the_sdk_does_not_have_with_its_path():
    _, failures = resources("aws").check(VPC, {"cidrBlok": "10.0.0.0/16", "tags": {"a": 1}}, {}, b"")
    assert [path for path, _ in failures] == ["cidrBlok", "tags.a"]
    _, failures = resources("aws").check(urn("aws:ec2/vcp:Vcp"), {}, {}, b"")
    assert failures == [("", "the SDK has no resource type aws:ec2/vcp:Vcp")]


def test_collected_refusals_are_logged_at_their_resources_and_never_made():
    made = resources("aws", SLIPWAY_PREVIEW_ERRORS="collect")
    wrong = {"cidrBlock": 10, "tags": "none"}
    inputs, failures = made.check(VPC, wrong, {}, b"")
    assert failures == []
    assert [line.partition(":")[0] for line in made._engine.lines] == ["cidrBlock", "tags"]
    assert made.foresee(VPC, inputs) == made.update(VPC, inputs, {}, inputs, preview=True) == wrong
    with pytest.raises(SlipwayError, match="its inputs were refused"):
        made.create(VPC, inputs)
    with pytest.raises(SlipwayError, match="its inputs were refused"):
        made.update(VPC, inputs, {}, {})
    assert made.create(BUCKET, {"bucket": "b"})[0] == "b", "the others are"


def test_a_preview_knows_the_inputs_and_what_a_kubeconfig_needs_and_no_more():
    foreseen = resources("aws").foresee(CLUSTER, {**EKS, "vpcConfig": {"subnetIds": [UNKNOWN]}})
    assert foreseen["vpcConfig"]["subnetIds"] == [UNKNOWN]
    assert foreseen["vpcConfig"]["clusterSecurityGroupId"] is UNKNOWN
    assert foreseen["arn"] is foreseen["identities"] is UNKNOWN
    _, made = resources("aws").create(CLUSTER, EKS)
    assert foreseen["endpoint"] == made["endpoint"]
    assert foreseen["certificateAuthority"] == made["certificateAuthority"]
    assert "outpostConfig" not in foreseen, "nobody asked for it"


def test_what_replaces_a_cluster_has_another_address_that_a_preview_does_not_know():
    made = resources("aws")
    _, first = made.create(CLUSTER, EKS)
    assert made.diff(CLUSTER, EKS, {**EKS, "roleArn": "other"}).replaces == {("roleArn",)}
    assert made.foresee(CLUSTER, EKS)["endpoint"] is UNKNOWN
    assert made.create(CLUSTER, EKS)[1]["endpoint"] != first["endpoint"]


def test_ids_and_arns_are_of_the_credentials_account():
    id_, made = resources("aws").create(VPC, {"cidrBlock": "10.0.0.0/16"})
    assert made["arn"] == f"arn:aws:ec2:eu-west-1:111122223333:vpc/{id_}"
    assert id_.startswith("vpc-")
    assert made["ownerId"] == "111122223333"
    _, gke = resources("gcp").create(GKE, {"name": "main", "location": "europe-west4-a"})
    assert gke["selfLink"].endswith("/projects/acme-dev/locations/europe-west4-a/clusters/main")
    assert gke["project"] == "acme-dev"


def test_what_a_program_has_not_said_is_not_invented():
    _, made = resources("aws").create(BUCKET, {"bucket": "b"})
    assert made["arn"] == "arn:aws:s3:::b"
    assert not {"website", "replicationConfiguration", "lifecycleRules", "acl"} & made.keys()


def test_tags_and_labels_of_the_provider_are_merged():
    _, made = resources("aws").create(VPC, {"tags": {"Name": "net", "stack": "own"}})
    assert made["tagsAll"] == {"stack": "own", "Name": "net"}
    assert resources("aws").foresee(VPC, {"tags": UNKNOWN})["tagsAll"] is UNKNOWN
    _, bucket = resources("gcp").create(
        urn("gcp:storage/bucket:Bucket"), {"name": "b", "labels": {"a": "b"}, "location": "EU"}
    )
    assert bucket["effectiveLabels"] == {"a": "b", "goog-pulumi-provisioned": "true"}


def test_a_secret_stays_one_in_all_that_is_made_of_it():
    _, made = resources("aws").create(BUCKET, {"bucket": Secret("b")})
    assert made["bucket"] == Secret("b")
    assert made["arn"] == Secret("arn:aws:s3:::b")


def test_a_change_in_place_keeps_what_the_cloud_decided():
    made = resources("aws")
    _, state = made.create(CLUSTER, {**EKS, "enabledClusterLogTypes": ["api"]})
    news = {**EKS, "vpcConfig": {"subnetIds": ["b"]}, "version": "1.34"}
    outputs = made.update(CLUSTER, news, {**EKS, "enabledClusterLogTypes": ["api"]}, state)
    assert outputs["vpcConfig"] == {**state["vpcConfig"], "subnetIds": ["b"]}
    assert (outputs["arn"], outputs["version"]) == (state["arn"], "1.34")
    assert "enabledClusterLogTypes" not in outputs


def test_the_old_goes_first_where_the_name_stays():
    made = resources("aws")
    kept = made.diff(ROLE, {"name": "r", "path": "/a/"}, {"name": "r", "path": "/b/"})
    assert (kept.replaces, kept.delete_first) == ({("path",)}, True)
    drawn = {"name": "r-1", DEFAULTS: ["name"]}
    assert not made.diff(ROLE, drawn | {"path": "/a/"}, drawn | {"path": "/b/"}).delete_first
    assert not made.diff(ROLE, {"name": "r"}, {"name": "s"}).delete_first


def test_what_no_table_says_is_counted_and_said():
    made = resources("aws")
    function_ = urn("aws:lambda/function:Function")
    for count in (1, 2):
        found = made.diff(function_, {"runtime": "a"}, {"runtime": "b"})
        assert (len(found.changes), found.replaces) == (1, frozenset())
        assert f"({count} so far)" in made._engine.lines[-1]
    assert "not known whether a change of runtime makes a new aws:lambda/function:Function" in made._engine.lines[0]
    made.diff(VPC, {"tags": {}}, {"tags": {"a": "b"}})
    assert len(made._engine.lines) == 2


@pytest.mark.parametrize(
    "state", [{"deletionProtection": True}, {"deletionPolicy": "PREVENT"}, {"deletionProtectionEnabled": True}]
)
def test_what_is_protected_in_the_state_is_not_deleted(state):
    with pytest.raises(SlipwayError, match="refuses to delete it"):
        resources("gcp").delete(GKE, state)
    resources("gcp").delete(GKE, dict.fromkeys(state))


def test_a_cluster_of_google_is_protected_unless_it_says_otherwise():
    made = resources("gcp")
    with pytest.raises(SlipwayError, match="deletionProtection"):
        made.delete(GKE, made.create(GKE, {"name": "main", "location": "europe-west4"})[1])
    made.delete(GKE, made.create(GKE, {"name": "main", "location": "europe-west4", "deletionProtection": False})[1])


@pytest.mark.parametrize(
    ("settings", "account", "allowed"),
    [
        ({"allowedAccountIds": ["111122223333"]}, "111122223333", True),
        ({"allowedAccountIds": ["111122223333"]}, "999900001111", False),
        ({"allowedAccountIds": ["111122223333", "999900001111"]}, "999900001111", True),
        ({"forbiddenAccountIds": ["999900001111"]}, "999900001111", False),
        ({"forbiddenAccountIds": ["999900001111"]}, "111122223333", True),
        ({}, "999900001111", True),
    ],
)
def test_the_account_must_be_allowed(settings, account, allowed):
    settings = {"region": "eu-west-1", **settings}
    if allowed:
        assert place("aws", settings, SLIPWAY_STANDIN_AWS_ACCOUNT=account)["account"] == account
    else:
        with pytest.raises(SlipwayError, match="not allowed here"):
            place("aws", settings, SLIPWAY_STANDIN_AWS_ACCOUNT=account)


def test_an_assumed_role_is_of_its_own_account():
    settings = {"region": "cn-north-1", "assumeRoles": [{"roleArn": "arn:aws-cn:iam::222233334444:role/deploy"}]}
    assert place("aws", settings)["account"] == "222233334444"
    assert place("aws", settings)["partition"] == "aws-cn"
    with pytest.raises(SlipwayError, match="222233334444, which is not allowed"):
        place("aws", {**settings, "allowedAccountIds": ["111122223333"]})


def test_the_project_must_be_reached_by_the_provider_and_by_each_resource():
    with pytest.raises(SlipwayError, match="not for this project, but for acme-prod"):
        place("gcp", SLIPWAY_STANDIN_GOOGLE_PROJECT="acme-prod")
    made = resources("gcp", SLIPWAY_STANDIN_GOOGLE_PROJECT="acme-dev,acme-net")
    network = urn("gcp:compute/network:Network")
    assert made.check(network, {"project": "acme-net"}, {}, b"")[1] == []
    assert made.check(network, {"project": "acme-prod"}, {}, b"")[1] == [
        ("project", "the credentials are not for project acme-prod")
    ]


@pytest.mark.parametrize(("name", "settings"), [("aws", {}), ("gcp", {"region": "europe-west4"})])
def test_without_a_region_or_a_project_there_is_no_provider(name, settings):
    with pytest.raises(SlipwayError, match="the provider has no"):
        CLOUDS[name].place(settings, {})


def call(token, **arguments):
    name = token.split(":")[0]
    return function(CLOUDS[name], SDKS[name], place(name), token, arguments)


def test_functions_are_answered_from_the_settings():
    assert call("aws:index/getCallerIdentity:getCallerIdentity")["accountId"] == "111122223333"
    assert call("aws:index/getPartition:getPartition")["partition"] == "aws"
    assert call("aws:index/getRegion:getRegion")["name"] == "eu-west-1"
    zones = call("aws:index/getAvailabilityZones:getAvailabilityZones", state="available", excludeNames=["eu-west-1a"])
    assert zones["names"] == ["eu-west-1b", "eu-west-1c"]
    assert call("gcp:organizations/getProject:getProject")["projectId"] == "acme-dev"
    assert call("gcp:organizations/getClientConfig:getClientConfig")["project"] == "acme-dev"
    policy = call("gcp:organizations/getIAMPolicy:getIAMPolicy", bindings=[{"role": "r", "members": ["b", "a"]}])
    assert json.loads(policy["policyData"]) == {"bindings": [{"role": "r", "members": ["a", "b"]}]}


def test_a_policy_document_is_written_as_iam_reads_it():
    trust = {
        "actions": ["sts:AssumeRole", "sts:TagSession"],
        "principals": [{"type": "Service", "identifiers": ["pods.eks.amazonaws.com"]}],
        "conditions": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["111122223333"]}],
    }
    deny = {
        "sid": "TlsOnly",
        "effect": "Deny",
        "actions": ["s3:*"],
        "principals": [{"type": "*", "identifiers": ["*"]}],
    }
    document = json.loads(call("aws:iam/getPolicyDocument:getPolicyDocument", statements=[trust, deny])["json"])
    assert document == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["sts:TagSession", "sts:AssumeRole"],
                "Principal": {"Service": "pods.eks.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
            },
            {"Sid": "TlsOnly", "Effect": "Deny", "Action": "s3:*", "Principal": "*"},
        ],
    }


@pytest.mark.parametrize(
    ("token", "arguments", "said"),
    [
        ("aws:ec2/getAmi:getAmi", {}, "it asks the cloud"),
        ("aws:index/getAvailabilityZones:getAvailabilityZones", {"region": "eu-west-9"}, "no such region"),
        (
            "aws:iam/getPolicyDocument:getPolicyDocument",
            {"statements": [{"action": ["s3:*"]}]},
            "has no property 'action'",
        ),
        ("aws:iam/getPolicyDocument:getPolicyDocument", {"sourcePolicyDocuments": ["{}"]}, "does not merge policies"),
        (
            "aws:index/getAvailabilityZones:getAvailabilityZones",
            {"filters": [{"name": "n", "values": []}]},
            "can filter zones",
        ),
        ("gcp:organizations/getProject:getProject", {"projectId": "other"}, "only the cloud knows other projects"),
        ("gcp:container/getEngineVersions:getEngineVersions", {}, "it asks the cloud"),
    ],
)
def test_what_only_a_cloud_can_answer_is_refused_by_name(token, arguments, said):
    with pytest.raises(SlipwayError, match=said):
        call(token, **arguments)
