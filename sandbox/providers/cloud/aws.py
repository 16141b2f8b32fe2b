"""Amazon Web Services: whose account it is, and what resources are called there.

Forms of ARNs: https://docs.aws.amazon.com/service-authorization/latest/reference/ (read 2026-11).
"""

import base64
from collections.abc import Mapping
from typing import Any

from catalog.errors import SlipwayError
from providers.wire import UNKNOWN, Secret
from sandbox.providers.cloud import aws_functions
from sandbox.providers.cloud.cloud import Cloud, Document, Place
from sandbox.providers.cloud.made import Made
from sandbox.providers.stand_in import AWS_ACCOUNT, cluster_host

_NO_ACCOUNT = "000000000000"
_PARTITIONS = {"cn-": ("aws-cn", "amazonaws.com.cn"), "us-gov-": ("aws-us-gov", "amazonaws.com")}
_NO_CERTIFICATE = base64.b64encode(b"stand-in: no certificate\n").decode()


def place(settings: Document, environment: Mapping[str, str]) -> Place:
    """Account, partition and region of a provider.

    Raises:
        SlipwayError: when the credentials are for an account that the settings do not allow, or there is no region.
    """
    region = settings.get("region")
    if not region:
        raise SlipwayError("region", "", "the provider has no region", "give the provider's region")
    allowed, forbidden = settings.get("allowedAccountIds") or [], settings.get("forbiddenAccountIds") or []
    account = environment.get(AWS_ACCOUNT) or _assumed(settings) or (allowed[0] if allowed else _NO_ACCOUNT)
    if (allowed and account not in allowed) or account in forbidden:
        raise SlipwayError(
            "allowedAccountIds", ", ".join(allowed),
            f"the credentials are for account {account}, which is not allowed here",
            "use the credentials of an allowed account, or correct the list",
        )  # fmt: skip
    partition, suffix = next((_PARTITIONS[p] for p in _PARTITIONS if region.startswith(p)), ("aws", "amazonaws.com"))
    tags = (settings.get("defaultTags") or {}).get("tags") or {}
    place = {"account": account, "partition": partition, "suffix": suffix, "region": region}
    return {**place, "path": "/", "tags_default": tags}


def _assumed(settings: Document) -> str:
    """The account of the role that the provider takes on last; empty when it takes on none."""
    roles = [role.get("roleArn") or "" for role in settings.get("assumeRoles") or []]
    parts = roles[-1].split(":") if roles else []
    return parts[4] if len(parts) > 4 else ""


def _merged(place: Place, inputs: Document) -> Document:
    tags = inputs.get("tags")
    if isinstance(tags, Secret) or tags is UNKNOWN:
        return {"tagsAll": tags}
    return {"tagsAll": {**place["tags_default"], **(tags or {})}}


def _words(place: Place) -> str:
    return f"account {place['account']}, {place['region']}"


def _arn(service: str, resource: str, *, region: str = "{region}", account: str = "{account}") -> str:
    return f"arn:{{partition}}:{service}:{region}:{account}:{resource}"


def _ec2(kind: str, prefix: str, **more: str) -> Made:
    return Made(f"{prefix}-{{hex}}", {"arn": _arn("ec2", f"{kind}/{{id}}"), **more})


_BUCKET_PARTS = [
    f"aws:s3/bucket{part}:Bucket{part}"
    for part in (
        "AccelerateConfiguration", "IntelligentTieringConfiguration", "LifecycleConfiguration", "Logging",
        "ObjectLockConfiguration", "OwnershipControls", "Policy", "PublicAccessBlock", "ReplicationConfig",
        "ServerSideEncryptionConfiguration", "Versioning",
    )
]  # fmt: skip

_CLUSTER = Made(
    "{name}",
    {
        "arn": _arn("eks", "cluster/{name}"),
        "identities.0.oidcs.0.issuer": "https://oidc.eks.{region}.{suffix}/id/{slug}",
        "vpcConfig.clusterSecurityGroupId": "sg-{hex}",
        "vpcConfig.vpcId": "vpc-{hex}",
        "status": "ACTIVE",
    },
    early={
        "endpoint": "https://" + cluster_host("{slug}", "{region}", "{account}", "eks"),
        "certificateAuthority.data": _NO_CERTIFICATE,
    },
)

_OBJECT = Made("{bucket}/{key}", {"arn": _arn("s3", "{bucket}/{key}", region="", account="")})

_MADE: Mapping[str, Made] = {
    "aws:ec2/vpc:Vpc": _ec2(
        "vpc", "vpc",
        defaultSecurityGroupId="sg-{hex}", mainRouteTableId="rtb-{hex}", defaultRouteTableId="rtb-{hex}",
        defaultNetworkAclId="acl-{hex}",
    ),
    "aws:ec2/subnet:Subnet": _ec2("subnet", "subnet"),
    "aws:ec2/securityGroup:SecurityGroup": _ec2("security-group", "sg"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _ec2("security-group", "sg"),
    "aws:ec2/eip:Eip": _ec2("elastic-ip", "eipalloc", allocationId="eipalloc-{hex}", publicIp="192.0.2.1"),
    "aws:ec2/natGateway:NatGateway": Made("nat-{hex}", {"publicIp": "192.0.2.1", "privateIp": "192.0.2.2"}),
    "aws:ec2/internetGateway:InternetGateway": _ec2("internet-gateway", "igw"),
    "aws:ec2/routeTable:RouteTable": _ec2("route-table", "rtb"),
    "aws:ec2/route:Route": Made("r-{routeTableId}{hex}", {"state": "active", "origin": "CreateRoute"}),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Made("rtbassoc-{hex}"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2("vpc-endpoint", "vpce", state="available", prefixListId="pl-{hex}"),
    "aws:ec2/launchTemplate:LaunchTemplate": Made(
        "lt-{hex}", {"arn": _arn("ec2", "launch-template/{id}"), "latestVersion": 1, "defaultVersion": 1}
    ),
    "aws:ec2/flowLog:FlowLog": _ec2("vpc-flow-log", "fl"),
    "aws:ec2/placementGroup:PlacementGroup": Made("{name}", {"arn": _arn("ec2", "placement-group/{name}")}),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _ec2(
        "security-group-rule", "sgr", securityGroupRuleId="sgr-{hex}"
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _ec2(
        "security-group-rule", "sgr", securityGroupRuleId="sgr-{hex}"
    ),
    "aws:eks/cluster:Cluster": _CLUSTER,
    "aws:eks/nodeGroup:NodeGroup": Made(
        "{clusterName}:{nodeGroupName}",
        {
            "arn": _arn("eks", "nodegroup/{clusterName}/{nodeGroupName}/{uuid}"),
            "resources.0.autoscalingGroups.0.name": "eks-{nodeGroupName}-{uuid}",
            "status": "ACTIVE",
        },
    ),
    "aws:eks/addon:Addon": Made(
        "{clusterName}:{addonName}", {"arn": _arn("eks", "addon/{clusterName}/{addonName}/{uuid}")}
    ),
    "aws:eks/accessEntry:AccessEntry": Made(
        "{clusterName}:{principalArn}", {"accessEntryArn": _arn("eks", "access-entry/{clusterName}/{uuid}")}
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": Made("{clusterName}#{principalArn}#{policyArn}"),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Made(
        "a-{hex}",
        {"associationId": "{id}", "associationArn": _arn("eks", "podidentityassociation/{clusterName}/{id}")},
    ),
    "aws:autoscaling/tag:Tag": Made("{autoscalingGroupName},{logical}"),
    "aws:iam/role:Role": Made("{name}", {"arn": _arn("iam", "role{path}{name}", region=""), "uniqueId": "AROA{hex}"}),
    "aws:iam/policy:Policy": Made(
        _arn("iam", "policy{path}{name}", region=""), {"arn": "{id}", "policyId": "ANPA{hex}", "attachmentCount": 0}
    ),
    "aws:iam/rolePolicy:RolePolicy": Made("{role}:{name}"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Made("{role}/{policyArn}"),
    "aws:iam/instanceProfile:InstanceProfile": Made(
        "{name}", {"arn": _arn("iam", "instance-profile{path}{name}", region=""), "uniqueId": "AIPA{hex}"}
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Made(
        _arn("iam", "oidc-provider/{host}", region=""), {"arn": "{id}"}
    ),
    "aws:s3/bucket:Bucket": Made(
        "{bucket}",
        {
            "arn": _arn("s3", "{bucket}", region="", account=""),
            "bucketDomainName": "{bucket}.s3.{suffix}",
            "bucketRegionalDomainName": "{bucket}.s3.{region}.{suffix}",
            "bucketRegion": "{region}",
        },
    ),
    "aws:s3/bucketObject:BucketObject": _OBJECT,
    "aws:s3/bucketObjectv2:BucketObjectv2": _OBJECT,
    **dict.fromkeys(_BUCKET_PARTS, Made("{bucket}")),
    "aws:kms/key:Key": Made("{uuid}", {"keyId": "{id}", "arn": _arn("kms", "key/{id}")}),
    "aws:kms/alias:Alias": Made("{name}", {"arn": _arn("kms", "{name}")}),
    "aws:ecr/repository:Repository": Made(
        "{name}",
        {"arn": _arn("ecr", "repository/{name}"), "repositoryUrl": "{account}.dkr.ecr.{region}.{suffix}/{name}"},
    ),
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": Made("{ecrRepositoryPrefix}"),
    "aws:cloudwatch/logGroup:LogGroup": Made("{name}", {"arn": _arn("logs", "log-group:{name}")}),
    "aws:cloudwatch/eventRule:EventRule": Made("{name}", {"arn": _arn("events", "rule/{name}")}),
    "aws:cloudwatch/eventTarget:EventTarget": Made("{rule}-{targetId}"),
    "aws:sqs/queue:Queue": Made(
        "https://sqs.{region}.{suffix}/{account}/{name}", {"url": "{id}", "arn": _arn("sqs", "{name}")}
    ),
    "aws:secretsmanager/secret:Secret": Made(_arn("secretsmanager", "secret:{name}"), {"arn": "{id}"}),
}  # fmt: skip

_BY_PROPERTY: Mapping[str, Any] = {
    "ownerId": "{account}",
    "registryId": "{account}",
    "arn": _arn("stand-in", "{logical}/{hex}"),
    "name": "{logical}-{hex}",
    "createdAt": "{now}",
    "createDate": "{now}",
    "modifiedAt": "{now}",
    "associatedAt": "{now}",
    "availabilityZone": "{region}a",
    "cidrBlock": "192.0.2.0/24",
    "policy": "{{}}",
}

CLOUD = Cloud(
    name="aws",
    package="pulumi_aws",
    place=place,
    words=_words,
    made=_MADE,
    by_property=_BY_PROPERTY,
    merged=_merged,
    named={"aws:s3/bucket:Bucket": "bucket", "aws:eks/nodeGroup:NodeGroup": "nodeGroupName"},
    functions=aws_functions.FUNCTIONS,
)
