"""The artifact store on an S3-compatible server: one versioned bucket, one reader a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.contracts import ArtifactStoreHandle, ReaderHandle
from components.labels import MARKER
from providers.slipway_s3.resources import Bucket, Provider, Reader


@dataclass(frozen=True, kw_only=True, slots=True)
class ReaderKey:
    """A user of the store that was made elsewhere.

    Attributes:
        secret_key: it stays a secret.
        principal: how a bucket policy names the user, where that is not its access key (on AWS: its ARN).
    """

    access_key: str
    secret_key: str = field(repr=False)
    principal: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class S3ArtifactStoreArgs:
    """Where the server is and who reads.

    Attributes:
        endpoint: URL as this machine sees it.
        admin_endpoint: URL of the user administration; None where readers' keys are given.
        in_cluster_endpoint: URL as pods see it.
        access_key: of an account that may make buckets and policies.
        readers: artifact name by model name.
        reader_keys: by model name, where the server's users cannot be made from here.
        protect: the bucket can neither be destroyed nor lost with the stack.
    """

    bucket: str
    region: str
    endpoint: str
    admin_endpoint: str | None
    in_cluster_endpoint: str
    access_key: pulumi.Input[str]
    secret_key: pulumi.Input[str]
    marker: str
    readers: Mapping[str, str]
    reader_keys: Mapping[str, ReaderKey]
    protect: bool


class S3ArtifactStore(pulumi.ComponentResource):
    """A bucket and its readers. Does not push artifacts and does not make the server."""

    handle: ArtifactStoreHandle

    def __init__(self, name: str, args: S3ArtifactStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:storage:S3ArtifactStore", name, None, opts)
        provider = Provider(
            name,
            endpoint=args.endpoint,
            admin_endpoint=args.admin_endpoint,
            region=args.region,
            access_key=pulumi.Output.secret(args.access_key),
            secret_key=pulumi.Output.secret(args.secret_key),
            opts=pulumi.ResourceOptions(parent=self),
        )
        bucket = Bucket(
            name,
            bucket=args.bucket,
            versioning=True,
            tags={MARKER: args.marker},
            force_destroy=not args.protect,
            opts=pulumi.ResourceOptions(
                parent=self, provider=provider, protect=args.protect, retain_on_delete=args.protect
            ),
        )
        readers = {}
        for model, artifact in sorted(args.readers.items()):
            given = args.reader_keys.get(model)
            reader = Reader(
                f"{name}-{model}",
                bucket=bucket.bucket,
                prefix=f"models/{artifact}",
                access_key=given.access_key if given else f"{args.bucket}-{model}",
                secret_key=pulumi.Output.secret(given.secret_key) if given else None,
                principal=given.principal if given else None,
                opts=pulumi.ResourceOptions(parent=self, provider=provider),
            )
            readers[model] = ReaderHandle(
                secret_env={"AWS_ACCESS_KEY_ID": reader.access_key, "AWS_SECRET_ACCESS_KEY": reader.secret_key}
            )
        self.handle = ArtifactStoreHandle(
            bucket=args.bucket, endpoint=args.in_cluster_endpoint, region=args.region, readers=readers
        )
        self.register_outputs({"bucket": bucket.bucket})
