"""The artifact store on AWS."""

import pulumi
import pulumi_aws as aws

from components.aws.key import Key, KeyArgs
from components.aws.place import Place
from components.aws.provider import provider
from components.contracts import ArtifactStoreHandle
from components.names import safe_name
from components.storage.aws.bucket import (
    SecureBucket,
    SecureBucketArgs,
    artifact_rules,
    log_delivery,
    log_rules,
)
from components.storage.aws.images import ImageRepositories, ImageRepositoriesArgs
from components.storage.cloud import CloudStoreArgs
from components.storage.spec import AwsS3Store
from components.storage.spec.images import namespace

_BUCKET_NAME = 63


def log_bucket(bucket: str) -> str:
    """The name of the bucket with the access logs of another."""
    return safe_name(f"{bucket}-logs", _BUCKET_NAME)


class AwsS3ArtifactStore(pulumi.ComponentResource):
    """A bucket with its key and its access logs, and repositories for images. Does not push, and lets nobody read."""

    handle: ArtifactStoreHandle

    def __init__(self, name: str, args: CloudStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:storage:AwsS3ArtifactStore", name, None, opts)
        spec, protect = args.spec, args.protect
        assert isinstance(spec, AwsS3Store), "the registry gives each kind its own"  # noqa: S101
        place = Place(account=args.owner, region=args.region, stack=args.stack)
        part = pulumi.ResourceOptions(parent=self, providers=[provider(name, place, self)])
        own = KeyArgs(
            place=place, alias=f"{spec.bucket}-artifacts", description=f"Artifacts in {spec.bucket}", protect=protect
        )
        key = spec.kms_key or Key(name, own, part).arn
        bucket = SecureBucket(
            name,
            SecureBucketArgs(
                place=place,
                bucket=spec.bucket,
                key=key,
                rules=artifact_rules(spec),
                retention=(spec.retention, spec.retention_days) if spec.retention_days else None,
                protect=protect,
            ),
            part,
        )
        if spec.access_logs:
            self._access_logs(name, spec, place, bucket, part, protect=protect)
        names = [f"{namespace(spec.bucket)}/{image}" for image in args.images]
        ImageRepositories(name, ImageRepositoriesArgs(spec=spec.registry, names=names, key=key, protect=protect), part)
        self.handle = ArtifactStoreHandle(
            bucket=spec.bucket,
            endpoint=f"https://s3.{args.region}.{place.suffix}",
            region=args.region,
            key=key,
        )
        self.register_outputs({"bucket": bucket.made.bucket})

    def _access_logs(
        self,
        name: str,
        spec: AwsS3Store,
        place: Place,
        bucket: SecureBucket,
        part: pulumi.ResourceOptions,
        *,
        protect: bool,
    ) -> None:
        """Who read what, in a bucket of its own. S3 writes logs into none that a key of KMS encrypts."""
        target = log_bucket(spec.bucket)
        logs = SecureBucket(
            f"{name}-logs",
            SecureBucketArgs(
                place=place,
                bucket=target,
                key=None,
                rules=log_rules(spec),
                statements=[log_delivery(place, spec.bucket, target)],
                protect=protect,
            ),
            part,
        )
        aws.s3.BucketLogging(
            name,
            bucket=bucket.made.bucket,
            target_bucket=logs.made.bucket,
            target_prefix=f"{spec.bucket}/",
            opts=pulumi.ResourceOptions(parent=bucket, retain_on_delete=True, depends_on=[logs.policy]),
        )
