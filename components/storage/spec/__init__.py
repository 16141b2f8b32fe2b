"""What a stack says of its artifact store: plain data, a union on `kind`."""

from typing import Annotated

from pydantic import Field

from components.storage.spec.cloud import AwsS3Store, CloudStore, GcsStore, Registry
from components.storage.spec.given import S3Store

StoreSpec = Annotated[S3Store | AwsS3Store | GcsStore, Field(discriminator="kind")]

__all__ = ["AwsS3Store", "CloudStore", "GcsStore", "Registry", "S3Store", "StoreSpec"]
