"""Preflight: asked with credentials, listed without, never green on what is not known."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import checks, preflight
from accounts.aws import preflight as on_aws
from accounts.aws.account import STACK_TAG, connect
from accounts.checks import Check, Verdict
from accounts.google import preflight as on_google
from catalog.capacity import Need
from stacks.settings import parse
from tests.accounts.conftest import declared
from tests.accounts.google_written import NUMBER, PROJECT, Refused, WrittenGoogle
from tests.accounts.stacks import EKS, GKE
from tests.accounts.test_aws_bootstrap import answer
from tests.accounts.test_google_bootstrap import declared as google_declared
from tests.accounts.test_google_bootstrap import project
from tests.counts import count

pytestmark = pytest.mark.filterwarnings("ignore:Please install grpcio-status:ImportWarning")


def asked(config: dict, stack: str):
    return preflight.questions(stack, parse({key.removeprefix("slipway:"): value for key, value in config.items()}))


def by_name(found: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in found}


@pytest.fixture(scope="module")
def eks():
    return asked(EKS, "prod-eks")


@pytest.fixture(scope="module")
def gke():
    return asked(GKE, "prod-gke")


@pytest.fixture
def quotas(cloud):
    """Written answers to quotas, by code; moto has none of EC2."""
    limits: dict[str, float] = {}
    client = cloud.client("service-quotas")

    def hear(model, params, **_):
        code = params["body"] if isinstance(params["body"], str) else params["body"].decode()
        found = next((limit for name, limit in limits.items() if name in code), None)
        if found is None:
            return Answer(400), {"Error": {"Code": "NoSuchResourceException", "Message": "written"}}
        return Answer(200), {"Quota": {"Value": found}}

    client.meta.events.register("before-call.service-quotas", hear)
    cloud.client("ssm").meta.events.register("before-call.ssm.GetParameter", lambda **_: RELEASE)
    return limits


class Answer:
    def __init__(self, status: int) -> None:
        self.status_code = status


# Written, too: moto has no images of EKS.
RELEASE = Answer(200), {"Parameter": {"Value": "1.34.2-20261105"}}


def test_the_sums_and_the_gateways_addresses_are_asked_for(eks):
    needed = {need.code: need.needed for need in on_aws.needs(eks)}
    # m7i.xlarge, 4 of 4 vCPUs; g6.xlarge, 4 of 4; spot g6.xlarge or g6.2xlarge, 1 of 8; three zones.
    assert needed == {"L-1216C47A": 16, "L-DB2E81BA": 16, "L-3819A6DF": 8, "L-0263D0A3": 3}


def test_an_account_that_has_enough_is_fine(cloud, quotas, eks):
    quotas |= {"L-1216C47A": 16, "L-DB2E81BA": 16, "L-3819A6DF": 8, "L-0263D0A3": 5}
    found = on_aws.ask(cloud, eks)
    assert {check.verdict for check in found} == {Verdict.FINE}, found
    assert checks.exit_code(found) == 0
    assert {check.subject for check in found} == {"quota", "zones", "name", "image"}


def test_a_quota_that_is_too_small_says_what_to_request(cloud, quotas, eks):
    quotas |= {"L-1216C47A": 16, "L-DB2E81BA": 0, "L-3819A6DF": 8, "L-0263D0A3": 5}
    found = on_aws.ask(cloud, eks)
    (wrong,) = [check for check in found if check.verdict is Verdict.WRONG]
    assert wrong.found == "the limit is 0"
    assert "--quota-code L-DB2E81BA --desired-value 16 --region us-east-1" in wrong.fix
    assert checks.exit_code(found) == 1


def test_what_others_run_counts_and_our_own_does_not(cloud, quotas, eks):
    quotas |= {"L-1216C47A": 18, "L-DB2E81BA": 16, "L-3819A6DF": 8, "L-0263D0A3": 5}
    ec2 = cloud.client("ec2")
    run = {"ImageId": "ami-12c6146b", "InstanceType": "m7i.xlarge", "MinCount": 1, "MaxCount": 1}
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "kubernetes.io/cluster/slipway-prod-eks", "Value": "owned"}]}]
    ec2.run_instances(**run, TagSpecifications=tags)
    assert checks.exit_code(on_aws.ask(cloud, eks)) == 0
    ec2.run_instances(**run)
    (wrong,) = [check for check in on_aws.ask(cloud, eks) if check.verdict is Verdict.WRONG]
    assert wrong.found == "the limit is 18, others use 4"
    assert "--quota-code L-1216C47A --desired-value 20" in wrong.fix


def test_a_limit_or_a_use_that_is_not_known_is_not_green(cloud, quotas, eks):
    quotas |= {"L-1216C47A": 16, "L-DB2E81BA": 16, "L-0263D0A3": 5}
    found = on_aws.ask(cloud, eks)
    (unknown,) = [check for check in found if check.verdict is Verdict.UNKNOWN]
    assert "L-3819A6DF" in unknown.name
    assert checks.exit_code(found) == 3
    quotas["L-3819A6DF"] = 8
    ec2 = cloud.client("ec2")
    ec2.run_instances(ImageId="ami-12c6146b", InstanceType="t2.micro", MinCount=1, MaxCount=1)
    found = on_aws.ask(cloud, eks)
    assert {check.verdict for check in found if check.subject == "quota"} == {Verdict.UNKNOWN}


def test_images_that_nobody_pinned_are_said_with_the_newest_release(cloud, quotas, eks):
    image = "/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/{}/recommended/release_version"
    assert {image.parameter: image.pools for image in eks.images} == {
        image.format("standard"): ["system"],
        image.format("nvidia"): ["gpu", "spot"],
    }
    gpu = by_name(on_aws.ask(cloud, eks))["gpu, spot"]
    assert (gpu.verdict, gpu.fix) == (Verdict.FINE, "to pin it: image: 1.34.2-20261105")
    assert "not pinned" in gpu.found
    pinned = dict(EKS["slipway:cluster"]["pools"]["gpu"], image="1.34.1-20261001")
    cluster = EKS["slipway:cluster"] | {"pools": EKS["slipway:cluster"]["pools"] | {"gpu": pinned}}
    assert ["spot"] in [image.pools for image in asked(EKS | {"slipway:cluster": cluster}, "prod-eks").images]


@pytest.mark.parametrize("code", ["ParameterNotFound", "AccessDeniedException"])
def test_a_release_that_nobody_says_is_not_known(cloud, eks, code):
    refused = Answer(400), {"Error": {"Code": code, "Message": "written"}}
    cloud.client("ssm").meta.events.register("before-call.ssm.GetParameter", lambda **_: refused)
    assert on_aws._release(cloud, eks.images[0]) is None
    found = checks.of_image(eks.images[0], None)
    assert found.verdict is Verdict.UNKNOWN
    assert f"read {eks.images[0].parameter}" in found.fix


def test_zones_are_aws_own_answer(cloud, eks):
    """moto has AWS' real offerings: g5 is not in us-east-1e."""
    offered = on_aws._offered(cloud, {"g5.xlarge"})
    assert "us-east-1a" in offered["g5.xlarge"]
    assert "us-east-1e" not in offered["g5.xlarge"]


def test_names_that_are_taken_are_said(cloud, quotas, eks):
    cloud.client("s3").create_bucket(Bucket="acme-models")
    cloud.client("iam").create_role(RoleName="slipway-prod-eks-apply", AssumeRolePolicyDocument="{}")
    roles = "arn:aws:iam::123456789012:role/x"
    cloud.client("eks").create_cluster(name="slipway-prod-eks", roleArn=roles, resourcesVpcConfig={})
    found = by_name(on_aws.ask(cloud, eks))
    for name in ("bucket acme-models", "role slipway-prod-eks-apply", "cluster slipway-prod-eks"):
        assert found[name].verdict is Verdict.WRONG, name
    assert found["role slipway-prod-eks-preview"].verdict is Verdict.FINE


def test_names_that_the_stack_has_itself_are_fine(cloud, quotas, eks):
    cloud.client("s3").create_bucket(Bucket="acme-models")
    tagging = {"TagSet": [{"Key": STACK_TAG, "Value": "prod-eks"}]}
    cloud.client("s3").put_bucket_tagging(Bucket="acme-models", Tagging=tagging)
    roles = "arn:aws:iam::123456789012:role/x"
    cloud.client("eks").create_cluster(
        name="slipway-prod-eks", roleArn=roles, resourcesVpcConfig={}, tags={STACK_TAG: "prod-eks"}
    )
    found = by_name(on_aws.ask(cloud, eks))
    assert found["bucket acme-models"].verdict is Verdict.FINE
    assert found["cluster slipway-prod-eks"].verdict is Verdict.FINE


def test_a_bucket_of_another_account_is_taken(cloud, quotas, eks):
    answer(cloud.client("s3"), "HeadBucket", 403)
    found = by_name(on_aws.ask(cloud, eks))["bucket acme-models"]
    assert (found.verdict, "another account" in found.found) == (Verdict.WRONG, True)


def test_it_only_reads(cloud, quotas, eks):
    asked_for = []
    for service in ("ec2", "eks", "iam", "s3", "service-quotas"):
        cloud.client(service).meta.events.register("before-call", lambda model, **_: asked_for.append(model.name))
    on_aws.ask(cloud, eks)
    assert asked_for
    assert all(name.startswith(("Get", "List", "Describe", "Head")) for name in asked_for)


def test_without_credentials_it_lists_what_to_request_and_is_unverified(no_credentials, eks):
    found = preflight.of_account(declared(), eks)
    assert (found.asked, checks.exit_code(found.checks)) == (False, 3)
    assert {check.verdict for check in found.checks} == {Verdict.UNKNOWN}
    assert any("--quota-code L-DB2E81BA --desired-value 16" in check.fix for check in found.checks)


class Compute(WrittenGoogle):
    """Quotas and offerings, too."""

    def __init__(self) -> None:
        super().__init__()
        self.limits = {
            "N2_CPUS": (24, 0), "CPUS_ALL_REGIONS": (100, 0), "GPUS_ALL_REGIONS": (4, 0), "NVIDIA_L4_GPUS": (3, 0),
            "NVIDIA_T4_GPUS": (1, 0), "CPUS": (24, 0),
        }  # fmt: skip
        self.missing: set[str] = set()
        self.clusters: dict[str, dict] = {}

    def _compute(self, method, path, body, query):
        parts = path.split("/")
        if len(parts) in (4, 6):
            metrics = {"CPUS_ALL_REGIONS", "GPUS_ALL_REGIONS"}
            own = {name: pair for name, pair in self.limits.items() if (name in metrics) == (len(parts) == 4)}
            return {"quotas": [{"metric": n, "limit": limit, "usage": used} for n, (limit, used) in own.items()]}
        if f"{parts[5]}/{parts[7]}" in self.missing:
            raise Refused(404, "no such type there")
        return {"name": parts[7]}

    def _container(self, method, path, body, query):
        if path.rpartition("/")[2] not in self.clusters:
            raise Refused(404, "no such cluster")
        return self.clusters[path.rpartition("/")[2]]


def google_checks(google: WrittenGoogle, gke) -> dict[str, Check]:
    found = on_google.ask(project(google), gke)
    assert google.writes == []
    return by_name(found)


def test_a_google_project_that_has_enough_says_what_it_does_not_know(gke):
    found = google_checks(Compute(), gke)
    unknown = {check.name for check in found.values() if check.verdict is not Verdict.FINE}
    assert all("code not known" in name for name in unknown), found
    assert {"system", "gpu", "t4", "cluster slipway-prod-gke", "bucket acme-models"} <= set(found)


def test_google_quotas_count_what_is_used(gke):
    google = Compute()
    google.limits["NVIDIA_L4_GPUS"] = (3, 1)
    (wrong,) = [check for check in google_checks(google, gke).values() if check.verdict is Verdict.WRONG]
    assert "NVIDIA_L4_GPUS" in wrong.name
    assert wrong.found == "the limit is 3, others use 1"
    del google.limits["NVIDIA_L4_GPUS"]
    unknown = [check for check in google_checks(google, gke).values() if "NVIDIA_L4_GPUS" in check.name]
    assert [check.verdict for check in unknown] == [Verdict.UNKNOWN]


def test_google_zones_without_the_machine_or_its_accelerator_are_seen(gke):
    google = Compute()
    zones = [f"us-central1-{letter}" for letter in "abcf"]
    google.missing = {f"{zone}/nvidia-tesla-t4" for zone in zones}
    assert google_checks(google, gke)["t4"].verdict is Verdict.WRONG
    google.missing = {f"{zone}/g2-standard-4" for zone in zones}
    found = google_checks(google, gke)
    assert (found["gpu"].verdict, found["t4"].verdict) == (Verdict.WRONG, Verdict.FINE)


def test_google_names(gke):
    google = Compute()
    google.buckets["acme-models"] = {"projectNumber": "999"}
    google.clusters["slipway-prod-gke"] = {"resourceLabels": {"slipway-stack": "prod-gke"}}
    found = google_checks(google, gke)
    assert found["bucket acme-models"].found == "taken in another project"
    assert found["cluster slipway-prod-gke"].verdict is Verdict.FINE
    google.buckets["acme-models"] = {"projectNumber": NUMBER, "labels": {"slipway-stack": "prod-gke"}}
    google.clusters["slipway-prod-gke"] = {}
    found = google_checks(google, gke)
    assert found["bucket acme-models"].verdict is Verdict.FINE
    assert found["cluster slipway-prod-gke"].verdict is Verdict.WRONG


def test_google_without_credentials(monkeypatch, gke):
    from google.auth.exceptions import DefaultCredentialsError

    def none(scopes):
        raise DefaultCredentialsError("no")

    monkeypatch.setattr("google.auth.default", none)
    found = preflight.of_account(google_declared(), gke)
    assert (found.asked, checks.exit_code(found.checks)) == (False, 3)
    assert any("NVIDIA_L4_GPUS" in check.fix and PROJECT in check.fix for check in found.checks)


def test_nothing_looked_at_is_not_fine():
    assert checks.exit_code([]) == 3


@pytest.mark.parametrize("verdicts", list(itertools.product(Verdict, repeat=2)))
def test_wrong_outweighs_unknown_outweighs_fine(verdicts):
    found = [Check(subject="x", name="x", verdict=verdict) for verdict in verdicts]
    expected = 1 if Verdict.WRONG in verdicts else 3 if Verdict.UNKNOWN in verdicts else 0
    assert checks.exit_code(found) == expected


@settings(max_examples=count(test=50, prove=500, soak=5000), deadline=None)
@given(
    needed=st.integers(0, 1000),
    limit=st.none() | st.floats(0, 2000),
    used=st.none() | st.floats(0, 2000),
)
def test_a_quota_is_only_green_when_it_holds(needed, limit, used):
    need = Need(code="L-1", what="x", region="r", unit="vCPU", needed=needed, pools=("p",))
    verdict = checks.of_quota(need, limit, used, "request").verdict
    holds = limit is not None and used is not None and limit - used >= needed
    assert (verdict is Verdict.FINE) == holds
    if verdict is Verdict.WRONG:
        assert limit is not None
        assert limit - (used or 0) < needed


def test_credentials_of_another_account_are_refused_here_too(aws, eks):
    from catalog.errors import SlipwayError

    with pytest.raises(SlipwayError, match="belong to account"):
        preflight.of_account(declared(account_id="210987654321"), eks)
    assert connect(declared())
