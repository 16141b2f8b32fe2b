"""What an AWS account says before the first `up`: quotas and what others use, zones, names, images; only reads."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from accounts import checks
from accounts.aws.account import STACK_TAG, AwsAccount, Cloud, code_of, explained
from accounts.checks import Check, Questions, Unpinned
from catalog import quota_codes
from catalog.capacity import Need
from catalog.machines import Cloud as Clouds
from catalog.machines import machines

# EC2-VPC Elastic IPs: `aws service-quotas list-service-quotas --service-code ec2`.
_ADDRESSES = "L-0263D0A3"


def needs(questions: Questions) -> list[Need]:
    """The quotas of the pools, and of the gateways' addresses."""
    if not questions.addresses:
        return list(questions.needs)
    gateways = Need(
        code=_ADDRESSES, what="EC2-VPC Elastic IPs", region=questions.region, unit="addresses",
        needed=questions.addresses, pools=("NAT gateways",),
    )  # fmt: skip
    return [*questions.needs, gateways]


def request(account: AwsAccount, need: Need, used: int = 0) -> str:
    """How a quota is requested by hand, with room for what others use."""
    if need.code is None:
        return f"look for {need.what} in Service Quotas, EC2, {account.region}"
    return (
        f"aws service-quotas request-service-quota-increase --service-code ec2 --quota-code {need.code}"
        f" --desired-value {need.needed + used} --region {account.region}"
    )


def ask(cloud: Cloud, questions: Questions) -> list[Check]:
    """All questions, answered by the account.

    Raises:
        SlipwayError: AWS refused to answer.
    """
    used = _used(cloud, questions.cluster)
    quotas = []
    for need in needs(questions):
        others = None if used is None else used[need.code or ""]
        fix = request(cloud.account, need, others or 0)
        quotas.append(checks.of_quota(need, _limit(cloud, need), others, fix))
    offered = _offered(cloud, {machine.name for each in questions.placements for machine in each.machines})
    zones = [checks.of_placement(placement, offered) for placement in questions.placements]
    images = [checks.of_image(image, _release(cloud, image)) for image in questions.images]
    return [*quotas, *zones, *_names(cloud, questions), *images]


def _limit(cloud: Cloud, need: Need) -> float | None:
    if need.code is None:
        return None
    client = cloud.client("service-quotas")
    with explained("servicequotas:GetServiceQuota", need.what):
        for ask_for in (client.get_service_quota, client.get_aws_default_service_quota):
            try:
                return float(ask_for(ServiceCode="ec2", QuotaCode=need.code)["Quota"]["Value"])
            except client.exceptions.NoSuchResourceException:
                continue
    return None


def _used(cloud: Cloud, cluster: str) -> Mapping[str, int] | None:
    """By quota, what runs in the region beside this cluster's own nodes; None where a machine type is not known."""
    ec2, used, known = cloud.client("ec2"), Counter[str](), machines(Clouds.AWS)
    states = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    with explained("ec2:DescribeInstances", cloud.account.region):
        pages = ec2.get_paginator("describe_instances").paginate(Filters=states)
        reservations = [reservation for page in pages for reservation in page["Reservations"]]
        used[_ADDRESSES] = len(ec2.describe_addresses()["Addresses"])
    for instance in (each for reservation in reservations for each in reservation["Instances"]):
        if _is_of(instance, cluster):
            continue
        if instance["InstanceType"] not in known:
            return None  # what the catalogue lacks may count by any of the quotas
        spot = instance.get("InstanceLifecycle") == "spot"
        for quota, taken in quota_codes.taken(known[instance["InstanceType"]], spot=spot):
            used[quota.code or ""] += taken
    return used


def _is_of(instance: Mapping[str, Any], cluster: str) -> bool:
    return any(tag["Key"] == f"kubernetes.io/cluster/{cluster}" for tag in instance.get("Tags", []))


def _offered(cloud: Cloud, types: set[str]) -> dict[str, set[str]]:
    if not types:
        return {}
    filters = [{"Name": "instance-type", "Values": sorted(types)}]
    offered: dict[str, set[str]] = defaultdict(set)
    with explained("ec2:DescribeInstanceTypeOfferings", cloud.account.region):
        pages = cloud.client("ec2").get_paginator("describe_instance_type_offerings")
        for page in pages.paginate(LocationType="availability-zone", Filters=filters):
            for offer in page["InstanceTypeOfferings"]:
                offered[offer["InstanceType"]].add(offer["Location"])
    return offered


def _release(cloud: Cloud, image: Unpinned) -> str | None:
    """The newest release; None where AWS has none of this name, or does not say it to these credentials."""
    ssm = cloud.client("ssm")
    try:
        return str(ssm.get_parameter(Name=image.parameter)["Parameter"]["Value"])
    except ssm.exceptions.ClientError as error:
        if code_of(error) not in ("ParameterNotFound", "AccessDeniedException"):
            raise
        return None


def _names(cloud: Cloud, questions: Questions) -> list[Check]:
    buckets = [_bucket(cloud, name) for name in questions.buckets]
    return [_cluster(cloud, questions.cluster), *buckets, *_roles(cloud)]


def _cluster(cloud: Cloud, name: str) -> Check:
    eks = cloud.client("eks")
    with explained("eks:DescribeCluster", name):
        try:
            tags = eks.describe_cluster(name=name)["cluster"].get("tags", {})
        except eks.exceptions.ResourceNotFoundException:
            return checks.of_name(f"cluster {name}", taken=False, ours=False)
    return checks.of_name(f"cluster {name}", taken=True, ours=tags.get(STACK_TAG) == cloud.account.stack)


def _bucket(cloud: Cloud, name: str) -> Check:
    s3, what = cloud.client("s3"), f"bucket {name}"
    with explained("s3:ListBucket", what):
        try:
            s3.head_bucket(Bucket=name)
        except s3.exceptions.ClientError as error:
            code = code_of(error)
            if code in ("404", "NoSuchBucket"):
                return checks.of_name(what, taken=False, ours=False)
            if code == "403":
                return checks.of_name(what, taken=True, ours=False, by="by another account, or closed to you")
            if code != "301":
                raise
        try:
            tags = s3.get_bucket_tagging(Bucket=name)["TagSet"]
        except s3.exceptions.ClientError as error:
            if code_of(error) != "NoSuchTagSet":
                raise
            tags = []
    return checks.of_name(what, taken=True, ours={"Key": STACK_TAG, "Value": cloud.account.stack} in tags)


def _roles(cloud: Cloud) -> list[Check]:
    """Roles that bootstrap makes; without `ci` there are none."""
    iam, found = cloud.client("iam"), []
    for purpose in ("preview", "apply") if cloud.account.ci else ():
        name = cloud.account.role(purpose)
        with explained("iam:GetRole", name):
            try:
                role = iam.get_role(RoleName=name)["Role"]
            except iam.exceptions.NoSuchEntityException:
                role = None
        tags = {tag["Key"]: tag["Value"] for tag in (role or {}).get("Tags", [])}
        ours = tags.get(STACK_TAG) == cloud.account.stack
        found.append(checks.of_name(f"role {name}", taken=role is not None, ours=ours))
    return found
