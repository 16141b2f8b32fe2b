"""A key of the stack's own."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.place import Place
from components.aws.policies import Statement, document

# The longest that KMS waits before it destroys a key.
_DELETION_DAYS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyArgs:
    """What a key is for.

    Attributes:
        alias: its name in the account, without `alias/`.
        use: further statements of its policy: who else may do what with it.
        protect: it cannot be destroyed.
    """

    place: Place
    alias: str
    description: str
    use: Sequence[Statement] = ()
    protect: bool


class Key(pulumi.ComponentResource):
    """A symmetric key that is rotated every year and stays when the stack goes: without it, data is lost.

    Attributes:
        arn: of the key.
    """

    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: KeyArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        after: Sequence[pulumi.Resource] = (),
    ) -> None:
        super().__init__("slipway:aws:Key", name, None, opts)
        key = aws.kms.Key(
            name,
            description=args.description,
            policy=document(_account(args.place), *args.use),
            enable_key_rotation=True,
            deletion_window_in_days=_DELETION_DAYS,
            # KMS refuses a policy that names a role which is not there.
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.protect, retain_on_delete=True, depends_on=list(after)
            ),
        )
        aws.kms.Alias(
            name, name=f"alias/{args.alias}", target_key_id=key.key_id, opts=pulumi.ResourceOptions(parent=self)
        )
        self.arn = key.arn
        self.register_outputs({"arn": key.arn})


def _account(place: Place) -> Statement:
    """Lets IAM of the account decide who uses the key; without this nobody could ever change it again."""
    return {
        "Sid": "Account",
        "Effect": "Allow",
        "Principal": {"AWS": place.iam("root")},
        "Action": "kms:*",
        "Resource": "*",
    }


def logs_use(place: Place, groups: Sequence[str]) -> Statement:
    """Lets CloudWatch encrypt these log groups, and no others.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html (read 2026-11).
    """
    arns = [place.arn("logs", f"log-group:{group}") for group in groups]
    return {
        "Sid": "Logs",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{place.region}.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        "Resource": "*",
        "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arns}},
    }


def role_use(role_arn: str) -> Statement:
    """Lets the cluster's own role encrypt the cluster's secrets."""
    return {
        "Sid": "ClusterSecrets",
        "Effect": "Allow",
        "Principal": {"AWS": role_arn},
        "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"],
        "Resource": "*",
    }
