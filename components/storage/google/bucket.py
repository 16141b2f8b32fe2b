"""A bucket on Cloud Storage that nobody reaches by accident.

Sources (read 2026-11), all below https://cloud.google.com/storage/docs: best-practices, /uniform-bucket-level-access,
/public-access-prevention, /lifecycle, /object-lock, /access-logs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.google.key import Key
from components.google.place import Place
from components.storage.spec import GcsStore

_DAY = 24 * 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivateBucketArgs:
    """A bucket.

    Attributes:
        bucket: its name.
        key: that encrypts it.
        rules: of its lifecycle.
        settings: further ones of its own.
        writer: member that puts objects into it, besides those whose role in the project lets them.
        protect: it cannot be destroyed.
    """

    place: Place
    bucket: str
    key: Key
    rules: Sequence[Any]
    settings: Mapping[str, Any] = field(default_factory=dict)
    writer: str | None = None
    protect: bool


class PrivateBucket(pulumi.ComponentResource):
    """A versioned, encrypted, private bucket. It stays when the stack goes.

    Attributes:
        made: the bucket.
        name: its name, once its writer can write.
    """

    made: gcp.storage.Bucket
    name: pulumi.Output[str]

    def __init__(self, name: str, args: PrivateBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:storage:PrivateBucket", name, None, opts)
        self.made = gcp.storage.Bucket(
            name,
            name=args.bucket,
            project=args.place.project,
            location=args.place.region.upper(),
            labels=args.place.labels,
            force_destroy=False,
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            versioning={"enabled": True},
            encryption={"default_kms_key_name": args.key.path},
            lifecycle_rules=list(args.rules),
            **args.settings,
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.protect, retain_on_delete=True, depends_on=list(args.key.settled)
            ),
        )
        self.name = self.made.name
        if args.writer:
            self.name = gcp.storage.BucketIAMMember(
                name,
                bucket=self.made.name,
                role="roles/storage.objectCreator",
                member=args.writer,
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
            ).bucket
        self.register_outputs({"bucket": args.bucket})


def artifact_rules(spec: GcsStore) -> list[dict[str, Any]]:
    """The lifecycle of artifacts: current versions stay for ever."""

    def after(days: int) -> dict[str, Any]:
        return {"days_since_noncurrent_time": days, "with_state": "ARCHIVED"}

    rules = [{"action": {"type": "Delete"}, "condition": after(spec.noncurrent_days)}]
    if spec.archive_days is not None:
        archive = {"type": "SetStorageClass", "storage_class": spec.archive_class}
        rules.insert(0, {"action": archive, "condition": after(spec.archive_days)})
    return [*rules, unfinished(spec.abort_upload_days)]


def log_rules(spec: GcsStore) -> list[dict[str, Any]]:
    """The lifecycle of logs."""
    gone = {"type": "Delete"}
    return [
        {"action": gone, "condition": {"age": spec.log_days, "with_state": "LIVE"}},
        {"action": gone, "condition": {"days_since_noncurrent_time": 1, "with_state": "ARCHIVED"}},
        unfinished(spec.abort_upload_days),
    ]


def unfinished(days: int) -> dict[str, Any]:
    """What an upload left that never ended."""
    return {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": days}}


def artifact_settings(spec: GcsStore, logs: pulumi.Input[str] | None) -> dict[str, Any]:
    """What else the bucket of the artifacts says.

    Args:
        spec: of the store.
        logs: name of the bucket with its access logs; None without them.
    """
    said: dict[str, Any] = {"soft_delete_policy": {"retention_duration_seconds": spec.soft_delete_days * _DAY}}
    if logs is not None:
        said["logging"] = {"log_bucket": logs, "log_object_prefix": spec.bucket}
    if spec.retention_days:
        # A bucket's own retention policy excludes versions; each push says it of what it puts there.
        said["enable_object_retention"] = True
    return said
