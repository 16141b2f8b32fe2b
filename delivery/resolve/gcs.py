"""What lies on Google Cloud Storage: artifacts of a stack's store, and files of others."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from catalog import google_storage
from delivery.resolve import denied, listing_digest, missing, today, unreachable
from delivery.resolve.store import newest
from stacks.locks import LockEntry

_FIX = "log in as someone who may read it: gcloud auth application-default login"
_SECONDS = 10


def client(project: str | None = None) -> Any:
    """A client with the credentials that Google's own tools would take; without any it asks as nobody.

    It speaks to the server that `STORAGE_EMULATOR_HOST` names where that is set, as Google's client does.
    """
    import google.auth
    from google.auth.credentials import AnonymousCredentials
    from google.auth.exceptions import DefaultCredentialsError

    try:
        credentials, found = google.auth.default(scopes=["https://www.googleapis.com/auth/devstorage.read_only"])
    except DefaultCredentialsError:
        return google_storage.client(project or "none", AnonymousCredentials())  # type: ignore[no-untyped-call]
    return google_storage.client(project or found, credentials)


def artifact(name: str, gcs: Any, bucket: str) -> LockEntry:
    """The newest artifact of a stack's store.

    Raises:
        SlipwayError: the store cannot be reached or read, or has none.
    """
    with _said(f"artifact:{name}", bucket):
        found = [(blob.name, blob.updated) for blob in _objects(gcs, bucket, f"models/{name}/")]
        return newest(name, found, lambda key: _read(gcs, bucket, key), f"gs://{bucket}")


def files(uri: str, gcs: Any) -> LockEntry:
    """The files at `gs://BUCKET/NAME`, one or all below it; what holds for S3 holds here.

    Raises:
        SlipwayError: the bucket cannot be reached or read, or has no such files.
    """
    place = urlsplit(uri)
    bucket, name = place.netloc, place.path.strip("/")
    with _said(uri, bucket):
        rows = [
            (blob.name.removeprefix(name).lstrip("/"), int(blob.size), str(blob.crc32c))
            for blob in _objects(gcs, bucket, name)
            if blob.name == name or blob.name.startswith(f"{name}/" if name else "")
        ]
    if not rows:
        raise missing(uri, "there is no object", "correct the URI, or put the files there")
    return LockEntry(
        reference=uri, immutable=uri, digest=listing_digest(rows), date=today(), bytes=sum(row[1] for row in rows)
    )


class Bucket:
    """A bucket whose objects are read one by one; errors as in `files`.

    Args:
        gcs: a client.
        name: of the bucket.
    """

    def __init__(self, gcs: Any, name: str) -> None:
        self._gcs = gcs
        self._name = name
        self.uri = f"gs://{name}"

    def has(self, key: str) -> bool:
        """Whether there is an object."""
        with _said(f"{self.uri}/{key}", self._name):
            return bool(self._gcs.bucket(self._name).blob(key).exists(timeout=_SECONDS))

    def fetch(self, key: str, version: str | None, target: Path) -> None:
        """Downloads a version of an object, the newest by default."""
        with _said(f"{self.uri}/{key}", self._name):
            blob = self._gcs.bucket(self._name).blob(key, generation=int(version) if version else None)
            blob.download_to_filename(str(target), timeout=_SECONDS)


def _objects(gcs: Any, bucket: str, prefix: str) -> Iterator[Any]:
    from google.cloud.storage.retry import DEFAULT_RETRY

    yield from gcs.list_blobs(bucket, prefix=prefix, timeout=_SECONDS, retry=DEFAULT_RETRY.with_timeout(_SECONDS))


def _read(gcs: Any, bucket: str, key: str) -> bytes:
    content: bytes = gcs.bucket(bucket).blob(key).download_as_bytes(timeout=_SECONDS)
    return content


@contextmanager
def _said(reference: str, bucket: str) -> Iterator[None]:
    """What Google's errors mean to a person."""
    from google.api_core import exceptions as api
    from google.auth.exceptions import GoogleAuthError
    from requests.exceptions import RequestException

    where = f"gs://{bucket}"
    try:
        yield
    except (api.Unauthorized, api.Forbidden, GoogleAuthError) as error:
        raise denied(reference, where, _FIX) from error
    except api.NotFound as error:
        raise missing(reference, f"{where} is not there", "bring the stack up, or correct the name") from error
    except (api.GoogleAPIError, RequestException) as error:
        raise unreachable(reference, where, error) from error
