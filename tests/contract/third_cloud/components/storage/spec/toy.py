"""A toy store."""

from typing import ClassVar, Literal

from catalog.machines import Cloud
from components.storage.spec.cloud import CloudStore


class ToyStore(CloudStore):
    """A bucket of the toy cloud."""

    cloud: ClassVar[Cloud] = Cloud.TOY
    scheme: ClassVar[str] = "s3"
    owner_key: ClassVar[str] = "tenant"
    place_key: ClassVar[str] = "region"

    kind: Literal["toy-blob"]
    bucket: str
    tenant: str | None = None
    region: str | None = None

    def endpoint_at(self, place: str) -> str:
        """The same everywhere."""
        return "https://blob.toy.example"

    def images_at(self, owner: str, place: str) -> str:
        """The address of the registry for images."""
        return f"{owner}.{place}.images.toy.example/{self.bucket}"
