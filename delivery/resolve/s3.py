"""What lies on S3, or on a server that speaks it: artifacts of a stack's store, and files of others."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound

from delivery.resolve import denied, listing_digest, missing, today, unreachable
from delivery.resolve.store import newest
from providers.slipway_s3.store import DENIED, MISSING_BUCKET, MISSING_KEY, WRONG_KEYS, code_of, proxies_for
from stacks.locks import LockEntry

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectTypeDef

_BLOCK = 1 << 20
_FIX = "give credentials that may read it: AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


def client(region: str | None = None, endpoint: str | None = None) -> "S3Client":
    """A client with the credentials that AWS' own tools would take; without any it asks as nobody, for public buckets.

    Raises:
        SlipwayError: the profile that is named is not there.
    """
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    where = endpoint or "Amazon S3"
    try:
        session = boto3.Session(region_name=region)
        nobody = session.get_credentials() is None
    except (ProfileNotFound, BotoCoreError) as error:
        raise denied(where, f"a client of {where} ({error})", _FIX) from error
    config = Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"total_max_attempts": 2, "mode": "standard"},
        signature_version=UNSIGNED if nobody else "s3v4",
        proxies=proxies_for(endpoint or ""),
        s3={"addressing_style": "path" if endpoint else "auto"},
    )
    return session.client("s3", endpoint_url=endpoint, config=config)


def artifact(name: str, s3: "S3Client", bucket: str) -> LockEntry:
    """The newest artifact of a stack's store.

    Raises:
        SlipwayError: the store cannot be reached or read, or has none.
    """
    with _said(f"artifact:{name}", s3, bucket):
        found = [(row["Key"], row["LastModified"]) for row in _objects(s3, bucket, f"models/{name}/")]
        return newest(name, found, lambda key: s3.get_object(Bucket=bucket, Key=key)["Body"].read(), f"s3://{bucket}")


def files(uri: str, s3: "S3Client") -> LockEntry:
    """The files at `s3://BUCKET/KEY`, one or all below it.

    An engine fetches what lies there when it starts: the digest is of the listing, and tells whether it has changed.

    Raises:
        SlipwayError: the bucket cannot be reached or read, or has no such files.
    """
    place = urlsplit(uri)
    bucket, key = place.netloc, place.path.strip("/")
    with _said(uri, s3, bucket):
        rows = [
            (row["Key"].removeprefix(key).lstrip("/"), row["Size"], row["ETag"].strip('"'))
            for row in _objects(s3, bucket, key)
            if row["Key"] == key or row["Key"].startswith(f"{key}/" if key else "")
        ]
    if not rows:
        raise missing(uri, "there is no file", "correct the URI, or put the files there")
    return LockEntry(
        reference=uri, immutable=uri, digest=listing_digest(rows), date=today(), bytes=sum(row[1] for row in rows)
    )


class Bucket:
    """A bucket whose objects are read one by one; errors as in `files`.

    Args:
        s3: a client.
        name: of the bucket.
    """

    def __init__(self, s3: "S3Client", name: str) -> None:
        self._s3 = s3
        self._name = name
        self.uri = f"s3://{name}"

    def has(self, key: str) -> bool:
        """Whether there is an object."""
        with _said(f"{self.uri}/{key}", self._s3, self._name):
            try:
                self._s3.head_object(Bucket=self._name, Key=key)
            except ClientError as error:
                if code_of(error) in MISSING_KEY:
                    return False
                raise
            return True

    def fetch(self, key: str, version: str | None, target: Path) -> None:
        """Downloads a version of an object, the newest by default."""
        with _said(f"{self.uri}/{key}", self._s3, self._name):
            if version:
                answer = self._s3.get_object(Bucket=self._name, Key=key, VersionId=version)
            else:
                answer = self._s3.get_object(Bucket=self._name, Key=key)
            with target.open("wb") as file:
                for block in answer["Body"].iter_chunks(_BLOCK):
                    file.write(block)


def _objects(s3: "S3Client", bucket: str, prefix: str) -> "Iterator[ObjectTypeDef]":
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Contents", [])


@contextmanager
def _said(reference: str, s3: "S3Client", bucket: str) -> Iterator[None]:
    """What S3's errors mean to a person."""
    where = f"{s3.meta.endpoint_url}, bucket {bucket},"
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code in DENIED | WRONG_KEYS:
            raise denied(reference, where.rstrip(","), _FIX) from error
        if code in MISSING_BUCKET | MISSING_KEY:
            raise missing(reference, f"{where} is not there", "bring the stack up, or correct the name") from error
        raise unreachable(reference, where.rstrip(","), error) from error
    except NoCredentialsError as error:
        raise denied(reference, where.rstrip(","), _FIX) from error
    except BotoCoreError as error:
        raise unreachable(reference, where.rstrip(","), error) from error
