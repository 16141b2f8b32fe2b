"""Names of AWS actions, by service: what a preview reads, what `up` does, what nobody's program may touch.

Source: AWS Service Authorization Reference (2026-11); a test looks each name up in AWS's own managed policies and in
botocore's list of operations. Actions are named one by one: `Describe*` would grow with every new service feature.
"""

from collections.abc import Mapping

Actions = Mapping[str, tuple[str, ...]]


def flat(actions: Actions) -> list[str]:
    """`service:Action`, sorted."""
    return sorted(f"{service}:{name}" for service, names in actions.items() for name in names)


def _verbs(names: str, *verbs: str) -> tuple[str, ...]:
    return tuple(f"{verb}{name}" for name in names.split() for verb in verbs)


# No data of anybody: no s3:GetObject, no secretsmanager:GetSecretValue, no logs.
READ: Actions = {
    "autoscaling": ("DescribeAutoScalingGroups", "DescribeScalingActivities", "DescribeTags"),
    "ec2": (
        *_verbs(
            "AccountAttributes Addresses AddressesAttribute AvailabilityZones CapacityReservations FlowLogs Images"
            " InstanceTypeOfferings InstanceTypes Instances InternetGateways LaunchTemplateVersions LaunchTemplates"
            " NatGateways NetworkAcls NetworkInterfaces PlacementGroups PrefixLists RouteTables SecurityGroupRules"
            " SecurityGroups Subnets Tags VpcAttribute VpcEndpoints Vpcs",
            "Describe",
        ),
        "GetSubnetCidrReservations",
    ),
    "ecr": (
        "DescribePullThroughCacheRules", "DescribeRepositories", "DescribeRepositoryCreationTemplates",
        "GetLifecyclePolicy", "GetRepositoryPolicy", "ListTagsForResource",
    ),
    "eks": (
        *_verbs("AccessEntry Addon AddonVersions Cluster Nodegroup PodIdentityAssociation Update", "Describe"),
        *_verbs("AccessEntries Addons AssociatedAccessPolicies Clusters Nodegroups", "List"),
        *_verbs("PodIdentityAssociations TagsForResource Updates", "List"),
    ),
    "events": ("DescribeRule", "ListTagsForResource", "ListTargetsByRule"),
    "iam": (
        "GetInstanceProfile", "GetOpenIDConnectProvider", "GetPolicy", "GetPolicyVersion", "GetRole", "GetRolePolicy",
        "ListAttachedRolePolicies", "ListInstanceProfilesForRole", "ListOpenIDConnectProviders", "ListPolicyVersions",
        "ListRolePolicies", "ListRoleTags",
    ),
    "kms": (
        "DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListAliases", "ListResourceTags",
    ),
    "logs": ("DescribeLogGroups", "ListTagsForResource"),
    "s3": (
        "GetBucketAcl", "GetBucketLogging", "GetBucketObjectLockConfiguration", "GetBucketOwnershipControls",
        "GetBucketPolicy", "GetBucketPublicAccessBlock", "GetBucketTagging", "GetBucketVersioning",
        "GetEncryptionConfiguration", "GetLifecycleConfiguration", "ListAllMyBuckets",
    ),
    "secretsmanager": ("DescribeSecret",),
    "servicequotas": ("GetServiceQuota",),
    "sqs": ("GetQueueAttributes", "GetQueueUrl", "ListQueueTags"),
}  # fmt: skip

# Only in the stack's own region.
REGIONAL: Actions = {
    "autoscaling": ("CreateOrUpdateTags", "DeleteTags"),
    "ec2": (
        *_verbs("FlowLogs InternetGateway LaunchTemplate NatGateway PlacementGroup Route", "Create", "Delete"),
        *_verbs("RouteTable SecurityGroup Subnet SubnetCidrReservation Tags Vpc", "Create", "Delete"),
        *_verbs("SecurityGroupEgress SecurityGroupIngress", "Authorize", "Revoke"),
        *_verbs("InternetGateway", "Attach", "Detach"),
        *_verbs("Address RouteTable", "Associate", "Disassociate"),
        *_verbs("LaunchTemplate SecurityGroupRules SubnetAttribute VpcAttribute VpcEndpoint", "Modify"),
        "AllocateAddress", "CreateLaunchTemplateVersion", "CreateVpcEndpoint", "DeleteVpcEndpoints", "ReleaseAddress",
        "ReplaceRoute", "RunInstances",
    ),
    "ecr": (
        *_verbs("LifecyclePolicy PullThroughCacheRule Repository RepositoryPolicy", "Delete"),
        *_verbs("RepositoryCreationTemplate", "Create", "Delete", "Update"),
        "CreatePullThroughCacheRule", "CreateRepository", "PutImageScanningConfiguration", "PutImageTagMutability",
        "PutLifecyclePolicy", "SetRepositoryPolicy", "TagResource", "UntagResource",
    ),
    "eks": (
        *_verbs("AccessEntry Addon Cluster Nodegroup PodIdentityAssociation", "Create", "Delete"),
        *_verbs("AccessEntry Addon ClusterConfig ClusterVersion NodegroupConfig NodegroupVersion", "Update"),
        "AssociateAccessPolicy", "AssociateEncryptionConfig", "DisassociateAccessPolicy", "TagResource",
        "UntagResource", "UpdatePodIdentityAssociation",
    ),
    "events": ("DeleteRule", "PutRule", "PutTargets", "RemoveTargets", "TagResource", "UntagResource"),
    "kms": (
        "CreateAlias", "CreateGrant", "CreateKey", "DeleteAlias", "EnableKeyRotation", "PutKeyPolicy",
        "ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateAlias", "UpdateKeyDescription",
    ),
    "logs": (
        "AssociateKmsKey", "CreateLogGroup", "DeleteLogGroup", "DeleteRetentionPolicy", "DisassociateKmsKey",
        "PutRetentionPolicy", "TagResource", "UntagResource",
    ),
    "sqs": ("CreateQueue", "DeleteQueue", "SetQueueAttributes", "TagQueue", "UntagQueue"),
}  # fmt: skip

# What gives a role its power: only with the stack's boundary on the role. IAM knows this condition for these alone.
ROLES: Actions = {
    "iam": (
        "AttachRolePolicy", "CreateRole", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary",
        "PutRolePolicy",
    ),
}  # fmt: skip

ROLE_UPKEEP: Actions = {
    "iam": (
        "AddRoleToInstanceProfile", "CreateInstanceProfile", "DeleteInstanceProfile", "DeleteRole",
        "RemoveRoleFromInstanceProfile", "TagInstanceProfile", "TagRole", "UntagInstanceProfile", "UntagRole",
        "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription",
    ),
}  # fmt: skip

PASSED_TO = (
    "ec2.amazonaws.com", "eks.amazonaws.com", "pods.eks.amazonaws.com", "vpc-flow-logs.amazonaws.com",
)  # fmt: skip

SERVICE_LINKED = (
    "autoscaling.amazonaws.com", "eks-nodegroup.amazonaws.com", "eks.amazonaws.com",
    "pullthroughcache.ecr.amazonaws.com", "spot.amazonaws.com",
)  # fmt: skip

CLUSTER_ISSUER: Actions = {
    "iam": ("CreateOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "TagOpenIDConnectProvider"),
}

BUCKETS: Actions = {
    "s3": (
        "CreateBucket", "DeleteBucket", "DeleteBucketPolicy", "PutBucketLogging", "PutBucketObjectLockConfiguration",
        "PutBucketOwnershipControls", "PutBucketPolicy", "PutBucketPublicAccessBlock", "PutBucketTagging",
        "PutBucketVersioning", "PutEncryptionConfiguration", "PutLifecycleConfiguration",
    ),
}  # fmt: skip

# Denied to the apply role on the state bucket, its key, the roles under /slipway/ and GitHub's provider.
FOUNDATION = (
    "iam:*", "kms:CreateGrant", "kms:DeleteAlias", "kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion",
    "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "s3:DeleteBucket", "s3:DeleteBucketPolicy",
    "s3:DeleteObjectVersion", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
)  # fmt: skip

# Outside of the boundary of every role that a stack makes.
IDENTITY = (
    "account:*", "billing:*", "iam:*", "identitystore:*", "organizations:*", "sso:*", "sso-directory:*",
    "sts:AssumeRole",
)  # fmt: skip

# What Karpenter does for its nodes.
INSTANCE_PROFILES: Actions = {
    "iam": (
        "AddRoleToInstanceProfile", "CreateInstanceProfile", "DeleteInstanceProfile", "GetInstanceProfile",
        "RemoveRoleFromInstanceProfile", "TagInstanceProfile",
    ),
}  # fmt: skip
