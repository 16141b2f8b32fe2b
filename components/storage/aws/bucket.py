"""A bucket on S3 that nobody reaches by accident.

Sources (read 2026-11): https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html,
/object-lock.html, /enable-server-access-logging.html.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.aws.place import Place
from components.aws.policies import Statement, document
from components.storage.spec import AwsS3Store

_MODES = {"governance": "GOVERNANCE", "compliance": "COMPLIANCE"}


@dataclass(frozen=True, kw_only=True, slots=True)
class SecureBucketArgs:
    """A bucket.

    Attributes:
        bucket: its name.
        key: ARN of the key that encrypts it; S3's own where it is None.
        rules: of its lifecycle.
        statements: of its policy, beside the ones that every bucket has.
        retention: mode and days for which nobody deletes a version.
        protect: it cannot be destroyed.
    """

    place: Place
    bucket: str
    key: pulumi.Input[str] | None
    rules: Sequence[Any]
    statements: Sequence[Statement] = ()
    retention: tuple[str, int] | None = None
    protect: bool


class SecureBucket(pulumi.ComponentResource):
    """A versioned, encrypted, private bucket. It stays, with all that guards it, when the stack goes.

    Attributes:
        made: the bucket.
        policy: who may do what with it.
    """

    made: aws.s3.Bucket
    policy: aws.s3.BucketPolicy

    def __init__(self, name: str, args: SecureBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:storage:SecureBucket", name, None, opts)
        # A bucket that stays without its policy and its block would be worse than none.
        kept = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        self.made = bucket = aws.s3.Bucket(
            name,
            bucket=args.bucket,
            force_destroy=False,
            object_lock_enabled=True if args.retention else None,
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True, protect=args.protect),
        )
        block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=kept,
        )
        aws.s3.BucketOwnershipControls(
            name, bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"}, opts=kept
        )
        versioning = aws.s3.BucketVersioning(
            name, bucket=bucket.bucket, versioning_configuration={"status": "Enabled"}, opts=kept
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name, bucket=bucket.bucket, rules=[encryption(args.key)], opts=kept
        )
        after = pulumi.ResourceOptions(parent=self, retain_on_delete=True, depends_on=[versioning])
        aws.s3.BucketLifecycleConfiguration(name, bucket=bucket.bucket, rules=list(args.rules), opts=after)
        if args.retention:
            mode, days = args.retention
            rule: Any = {"default_retention": {"mode": _MODES[mode], "days": days}}
            aws.s3.BucketObjectLockConfiguration(name, bucket=bucket.bucket, rule=rule, opts=after)
        self.policy = aws.s3.BucketPolicy(
            name,
            bucket=bucket.bucket,
            policy=document(*refused(args.place.bucket(args.bucket)), *args.statements),
            # S3 refuses two changes of a bucket's access at once.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True, depends_on=[block]),
        )
        self.register_outputs({"bucket": args.bucket})


def encryption(key: pulumi.Input[str] | None) -> Any:
    """How what is put into a bucket is encrypted; with a bucket key, KMS is asked seldom."""
    if key is None:
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    by_default = {"sse_algorithm": "aws:kms", "kms_master_key_id": key}
    return {"apply_server_side_encryption_by_default": by_default, "bucket_key_enabled": True}


def refused(arn: str) -> list[Statement]:
    """What nobody may, whoever it is: anything in the clear, or by an old TLS."""

    def deny(sid: str, where: dict[str, dict[str, str]]) -> Statement:
        both = [arn, f"{arn}/*"]
        return {
            "Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": both, "Condition": where,
        }  # fmt: skip

    return [
        deny("TlsOnly", {"Bool": {"aws:SecureTransport": "false"}}),
        deny("Tls12", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    ]


def artifact_rules(spec: AwsS3Store) -> list[dict[str, Any]]:
    """The lifecycle of artifacts: current versions stay for ever."""
    old: dict[str, Any] = {
        "id": "old-versions",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrent_version_expiration": {"noncurrent_days": spec.noncurrent_days},
        "expiration": {"expired_object_delete_marker": True},
    }
    if spec.archive_days is not None:
        transition = {"noncurrent_days": spec.archive_days, "storage_class": spec.archive_class}
        old["noncurrent_version_transitions"] = [transition]
    return [old, unfinished(spec.abort_upload_days)]


def log_rules(spec: AwsS3Store) -> list[dict[str, Any]]:
    """The lifecycle of logs."""
    gone = {
        "id": "old-logs",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "expiration": {"days": spec.log_days},
        "noncurrent_version_expiration": {"noncurrent_days": 1},
    }
    return [gone, unfinished(spec.abort_upload_days)]


def unfinished(days: int) -> dict[str, Any]:
    """What an upload left that never ended."""
    return {
        "id": "unfinished-uploads",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "abort_incomplete_multipart_upload": {"days_after_initiation": days},
    }


def log_delivery(place: Place, source: str, target: str) -> Statement:
    """Lets S3 write the access logs of one bucket into another, for nobody but this account.

    Args:
        place: of both.
        source: name of the bucket that is read.
        target: name of the bucket of the logs.
    """
    return {
        "Sid": "AccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{place.bucket(target)}/{source}/*",
        "Condition": {
            "ArnEquals": {"aws:SourceArn": place.bucket(source)},
            "StringEquals": {"aws:SourceAccount": place.account},
        },
    }
