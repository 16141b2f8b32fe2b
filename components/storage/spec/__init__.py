"""What a stack says of its artifact store: plain data, a union on `kind`."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from catalog.plain import Plain
from components.storage.spec.cloud import AwsS3Store, CloudStore, GcsStore, Registry
from components.storage.spec.given import S3Store

StoreSpec = Annotated[S3Store | AwsS3Store | GcsStore, Field(discriminator="kind")]

# By what `kind` says.
KINDS: Mapping[str, type[Plain]] = {"s3": S3Store, "aws-s3": AwsS3Store, "gcs": GcsStore}

__all__ = ["KINDS", "AwsS3Store", "CloudStore", "GcsStore", "Registry", "S3Store", "StoreSpec"]
