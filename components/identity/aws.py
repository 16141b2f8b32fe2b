"""A model's role on AWS.

Sources (read 2026-11): https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html and
/associate-service-account-role.html; the condition on KMS,
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service.
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.aws.place import ROLE_NAME_LIMIT, Place
from components.aws.policies import allow, document, pod_trust, service_account_trust
from components.aws.role import Role, RoleArgs
from components.contracts import CloudHandle, ReaderHandle
from components.identity.reader import ModelReaderArgs, prefixes
from components.names import joined_name

_ROLE = "eks.amazonaws.com/role-arn"


class AwsModelReader(pulumi.ComponentResource):
    """A role that one service account of one cluster can take, and that reads one model's artifacts."""

    handle: ReaderHandle

    def __init__(self, name: str, args: ModelReaderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:identity:AwsModelReader", name, None, opts)
        cloud = args.cloud
        place = Place(account=cloud.owner, region=cloud.region, stack=cloud.stack, boundary=cloud.boundary)
        child = pulumi.ResourceOptions(parent=self)
        inline: dict[str, pulumi.Input[str]] = {"artifacts": document(*reading(place, args.bucket, args.artifacts))}
        if args.key is not None:
            inline["key"] = pulumi.Output.from_input(args.key).apply(lambda arn: document(opening(place, arn)))
        role = Role(
            f"{name}-reader",
            RoleArgs(
                place=place,
                role=joined_name(cloud.cluster, "reader", args.namespace, args.service_account, limit=ROLE_NAME_LIMIT),
                trust=trust(place, args),
                inline=inline,
            ),
            child,
        )
        if cloud.identity == "irsa":
            self.handle = ReaderHandle(kind="identity", annotations={_ROLE: role.arn}, made=role.settled)
        else:
            self.handle = ReaderHandle(kind="identity", made=[*role.settled, self._associated(name, args, role)])
        self.register_outputs({"role": role.arn})

    def _associated(self, name: str, args: ModelReaderArgs, role: Role) -> pulumi.Resource:
        """The role comes with the service account; pods that start before have nothing."""
        return aws.eks.PodIdentityAssociation(
            f"{name}-reader",
            cluster_name=args.cloud.cluster,
            namespace=args.namespace,
            service_account=args.service_account,
            role_arn=role.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.cloud.made, *role.settled]),
        )


def trust(place: Place, args: ModelReaderArgs) -> pulumi.Input[str]:
    """Who may take the role: the model's service account, exactly."""
    cloud, account = args.cloud, args.service_account
    if cloud.issuer is None:
        return pod_trust(place.account, cluster_arn(place, cloud), args.namespace, account)
    subject = f"system:serviceaccount:{args.namespace}:{account}"
    return pulumi.Output.all(*cloud.issuer).apply(
        lambda given: service_account_trust(given[1], given[0].removeprefix("https://"), subject)
    )


def cluster_arn(place: Place, cloud: CloudHandle) -> str:
    """The cluster's ARN, known before it is made."""
    return place.arn("eks", f"cluster/{cloud.cluster}")


def reading(place: Place, bucket: str, artifacts: Sequence[str]) -> list[dict[str, object]]:
    """What a role may read: its artifacts, every version of them, and which there are.

    Args:
        place: of the account.
        bucket: of the store.
        artifacts: names of the artifacts.
    """
    arn, own = place.bucket(bucket), [f"{prefix}*" for prefix in prefixes(artifacts)]
    return [
        allow("Read", ["s3:GetObject", "s3:GetObjectVersion"], [f"{arn}/{each}" for each in own]),
        allow("List", ["s3:ListBucket"], [arn], {"StringLike": {"s3:prefix": own}}),
    ]


def opening(place: Place, key: str) -> dict[str, object]:
    """What a role may decrypt: with the one key of the bucket, and only what S3 gives it.

    Args:
        place: of the bucket.
        key: its ARN.
    """
    through = {"StringEquals": {"kms:ViaService": f"s3.{place.region}.{place.suffix}"}}
    return allow("Open", ["kms:Decrypt"], [key], through)
