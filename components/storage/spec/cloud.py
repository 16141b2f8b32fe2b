"""Artifact stores of the clouds: a bucket, and beside it the registry for images."""

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from catalog.machines import Cloud
from catalog.plain import Plain, Refusal, Refusals
from components.storage.spec import images

Days = Annotated[int, Field(ge=1, le=3650)]
Wrong = Iterator[tuple[str, Refusal]]

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html (read 2026-11). A dot would be allowed,
# but breaks TLS: the certificate covers one label before the host.
_S3_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_S3_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
# https://cloud.google.com/storage/docs/buckets#naming (read 2026-11). A dot would want a verified domain.
_GOOGLE = re.compile(r"^goog|g[o0]{2}gle")
_NAME = re.compile(r"^[a-z0-9]([a-z0-9-]{1,61})[a-z0-9]$")
# S3 moves nothing younger to these classes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
_INFREQUENT_DAYS = 30


def _s3_name(value: str) -> str:
    _plain_name(value)
    if value.startswith(_S3_STARTS) or value.endswith(_S3_ENDS):
        raise Refusal(value, "AWS keeps names that begin or end like this to itself", "choose another name")
    return value


def _gcs_name(value: str) -> str:
    _plain_name(value)
    if _GOOGLE.search(value):
        raise Refusal(value, "Google keeps names with its own name in them to itself", "choose another name")
    return value


def _plain_name(value: str) -> None:
    if not _NAME.match(value):
        raise Refusal("", "no bucket name", "give 3 to 63 small letters, digits and hyphens; no hyphen at the ends")


class Registry(Plain):
    """The registry for images; its tags never change their meaning.

    Attributes:
        keep: so many images of each repository are kept, the newest.
        untagged_days: after so many days an image without a tag goes.
        scan: images are looked through for known weaknesses.
    """

    keep: Annotated[int, Field(ge=2, le=1000)] = 50
    untagged_days: Days = 14
    scan: bool = True


class CloudStore(Plain):
    """What is the same for both clouds' stores: versions, keys, logs.

    Attributes:
        noncurrent_days: after so many days a version that is no longer current goes.
        archive_days: after so many days such a version moves to `archive_class`; never by default.
        abort_upload_days: after so many days what an unfinished upload left goes.
        retention_days: for so many days nobody deletes or overwrites a version; not at all by default.
        retention: `governance` can be lifted by whoever has that right, `compliance` by nobody, ever.
        kms_key: an existing key that encrypts the bucket; by default the stack makes one.
        access_logs: who read what is kept, for `log_days`.
        registry: for images.
    """

    cloud: ClassVar[Cloud]
    scheme: ClassVar[str]
    """Of its URIs."""
    owner_key: ClassVar[str]
    """The key that says whose the bucket is."""
    place_key: ClassVar[str]
    """The key that says where it is."""

    noncurrent_days: Days = 90
    archive_days: Days | None = None
    abort_upload_days: Annotated[int, Field(ge=1, le=30)] = 7
    retention_days: Days | None = None
    retention: Literal["governance", "compliance"] = "governance"
    kms_key: str | None = None
    access_logs: bool = True
    log_days: Days = 90
    registry: Registry = Registry()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if wrong := [*self._wrong(), *self._wrong_here()]:
            raise Refusals(wrong)
        return self

    @property
    def owner(self) -> str | None:
        """Whose the bucket is; the cluster's by default."""
        return getattr(self, self.owner_key) or None

    @property
    def place(self) -> str | None:
        """Where it is; the cluster's region by default."""
        return getattr(self, self.place_key) or None

    def endpoint_at(self, place: str) -> str:
        """The URL of the server, as pods see it.

        Args:
            place: region.
        """
        raise NotImplementedError

    def images_at(self, owner: str, place: str) -> str:
        """The address of the registry for images.

        Args:
            owner: account or project.
            place: region.
        """
        raise NotImplementedError

    def _wrong(self) -> Wrong:
        if self.archive_days is not None and self.archive_days >= self.noncurrent_days:
            why = f"the version is gone after {self.noncurrent_days} days (noncurrent_days)"
            yield "archive_days", Refusal(str(self.archive_days), why, "give less")
        if self.retention_days is None and "retention" in self.model_fields_set:
            yield "retention", Refusal(self.retention, "nothing is retained here", "give retention_days, or remove it")

    def _wrong_here(self) -> Wrong:
        """What the cloud itself refuses."""
        yield from ()


class AwsS3Store(CloudStore):
    """A bucket on AWS S3, and repositories on ECR.

    Attributes:
        region: of an EKS cluster's stack its region by default.
        account: of an EKS cluster's stack its account by default.
    """

    cloud: ClassVar[Cloud] = Cloud.AWS
    scheme: ClassVar[str] = "s3"
    owner_key: ClassVar[str] = "account"
    place_key: ClassVar[str] = "region"

    kind: Literal["aws-s3"]
    bucket: Annotated[str, AfterValidator(_s3_name)]
    region: str | None = None
    account: Annotated[str | None, Field(pattern=r"^\d{12}$")] = None
    archive_class: Literal["STANDARD_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"] = "GLACIER_IR"

    def endpoint_at(self, place: str) -> str:
        """The region's."""
        return f"https://s3.{place}.{images.aws_domain(place)}"

    def images_at(self, owner: str, place: str) -> str:
        """The address in ECR."""
        return images.ecr(owner, place, self.bucket)

    def _wrong_here(self) -> Wrong:
        """What S3 refuses."""
        if self.archive_class == "STANDARD_IA" and (self.archive_days or _INFREQUENT_DAYS) < _INFREQUENT_DAYS:
            why = f"S3 moves nothing to STANDARD_IA before {_INFREQUENT_DAYS} days"
            yield "archive_days", Refusal(str(self.archive_days), why, "give more, or another archive_class")


class GcsStore(CloudStore):
    """A bucket on Google Cloud Storage, and repositories on Artifact Registry.

    Attributes:
        location: a region; of a GKE cluster's stack its region by default.
        project: of a GKE cluster's stack its project by default.
        soft_delete_days: for so long what was deleted can be had back; 0 or from 7 to 90.
    """

    cloud: ClassVar[Cloud] = Cloud.GCP
    scheme: ClassVar[str] = "gs"
    owner_key: ClassVar[str] = "project"
    place_key: ClassVar[str] = "location"

    kind: Literal["gcs"]
    bucket: Annotated[str, AfterValidator(_gcs_name)]
    location: str | None = None
    project: Annotated[str | None, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")] = None
    archive_class: Literal["NEARLINE", "COLDLINE", "ARCHIVE"] = "COLDLINE"
    soft_delete_days: Annotated[int, Field(ge=0, le=90)] = 7

    def endpoint_at(self, place: str) -> str:
        """The same everywhere."""
        return "https://storage.googleapis.com"

    def images_at(self, owner: str, place: str) -> str:
        """The address in Artifact Registry."""
        return images.artifact_registry(owner, place, self.bucket)

    def _wrong_here(self) -> Wrong:
        """What Cloud Storage refuses."""
        if 0 < self.soft_delete_days < 7:
            days = str(self.soft_delete_days)
            yield "soft_delete_days", Refusal(days, "Cloud Storage takes 0 or at least 7", "give 0 or 7 to 90")
