"""What a program uses of `slipway-s3`: typed resources."""

import re
from collections.abc import Mapping

import pulumi

from providers import slipway_s3 as package


def _versioned(opts: pulumi.ResourceOptions | None, *secret: str) -> pulumi.ResourceOptions:
    """The engine looks for the plugin of exactly this version."""
    own = pulumi.ResourceOptions(version=package.VERSION, additional_secret_outputs=list(secret) or None)
    return pulumi.ResourceOptions.merge(opts, own)


class _Resource(pulumi.CustomResource):
    """A resource whose properties have Python's names here and the wire's names there."""

    def translate_input_property(self, prop: str) -> str:
        """`access_key` is `accessKey` on the wire."""
        first, *others = prop.split("_")
        return first + "".join(word.capitalize() for word in others)

    def translate_output_property(self, prop: str) -> str:
        """`accessKey` is `access_key` here."""
        return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", prop)


class Provider(pulumi.ProviderResource):
    """An S3-compatible server.

    Args:
        endpoint: its URL; None for AWS's own in `region`.
        admin_endpoint: URL of versitygw's user administration; None where readers' keys are given.
        access_key: of an account that may make buckets and policies.
        secret_key: a secret.
    """

    def __init__(  # noqa: PLR0913  one parameter a property, as Pulumi's SDKs have them
        self,
        name: str,
        *,
        access_key: pulumi.Input[str],
        secret_key: pulumi.Input[str],
        region: pulumi.Input[str],
        endpoint: pulumi.Input[str] | None = None,
        admin_endpoint: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "endpoint": endpoint,
            "adminEndpoint": admin_endpoint,
            "region": region,
            "accessKey": access_key,
            "secretKey": secret_key,
        }
        super().__init__(package.NAME, name, properties, _versioned(opts))


class Bucket(_Resource):
    """A bucket, its versioning and its tags.

    Args:
        bucket: its name.
        versioning: whether it keeps versions.
        tags: the one named `slipway.dev/stack` says whose it is.
        force_destroy: delete what is in it with it.
    """

    bucket: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        bucket: pulumi.Input[str],
        versioning: bool = True,
        tags: Mapping[str, str] | None = None,
        force_destroy: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "bucket": bucket,
            "versioning": versioning,
            "tags": dict(tags or {}),
            "force_destroy": force_destroy,
            "endpoint": None,
            "arn": None,
        }
        super().__init__(package.BUCKET, name, properties, _versioned(opts))


class Reader(_Resource):
    """A user that may read the objects below one prefix of a bucket, and nothing else.

    Args:
        bucket: the bucket's name.
        prefix: without a slash at the ends.
        access_key: the user's name, which is its access key.
        secret_key: only where the provider has no `admin_endpoint`: the key that was made elsewhere.
        principal: how the bucket's policy names the user, where that is not its key (on AWS: the user's ARN).
    """

    access_key: pulumi.Output[str]
    secret_key: pulumi.Output[str]

    def __init__(  # noqa: PLR0913  one parameter a property, as Pulumi's SDKs have them
        self,
        name: str,
        *,
        bucket: pulumi.Input[str],
        prefix: str,
        access_key: pulumi.Input[str],
        secret_key: pulumi.Input[str] | None = None,
        principal: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "bucket": bucket,
            "prefix": prefix,
            "access_key": access_key,
            "secret_key": secret_key,
            "principal": principal,
        }
        super().__init__(package.READER, name, properties, _versioned(opts, "secret_key"))
