"""Artifacts on Cloud Storage: what `delivery.artifact` does on S3, with generations as version ids.

Source: https://cloud.google.com/storage/docs/request-preconditions and /data-validation (read 2026-11).
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from catalog import google_storage
from catalog.errors import SlipwayError
from delivery.artifact import Artifact, Stored, checked_name, document, prefix, unversioned, versions_in
from delivery.files import MANIFEST, Source, changed, digest, opened, scan
from delivery.upload import Meter, Progress

if TYPE_CHECKING:
    from google.cloud.storage import Blob, Bucket, Client

_SHA256 = "sha256"
_BLOCK = 1 << 20
# Of a resumable upload; held in memory by each file that goes up.
_CHUNK = 8 << 20
_FILES_AT_ONCE = 4
_FIX = "log in as someone who may write it: gcloud auth application-default login"


@dataclass(frozen=True)
class GcsTarget:
    """The bucket artifacts go to.

    Args:
        client: with credentials that may write.
        bucket: a versioned bucket.
        retention: mode (`Unlocked`, `Locked`) and days for which nobody deletes what is pushed; None: not at all.
    """

    client: "Client"
    bucket: str
    retention: tuple[str, int] | None = None


def connect(project: str | None) -> "Client":
    """A client with the credentials that Google's own tools would take.

    Args:
        project: of the bucket.

    Raises:
        SlipwayError: there are no credentials.
    """
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError

    try:
        credentials, found = google.auth.default(scopes=["https://www.googleapis.com/auth/devstorage.read_write"])
    except DefaultCredentialsError as error:
        raise SlipwayError("Google credentials", "", "there are none", _FIX) from error
    return google_storage.client(project or found, credentials)


def push(model: str, path: Path, target: GcsTarget, progress: Progress | None = None) -> Artifact:
    """Puts the files at `path` into the store as an artifact of `model`, unless they are there; as on S3.

    Args:
        model: whose artifact it is.
        path: a directory in the server's layout, or one file.
        target: where to.
        progress: called with (bytes in the store, bytes in all).

    Raises:
        SlipwayError: something at `path` cannot be an artifact; the store cannot be reached, lets nobody with these
            credentials write, has no such bucket or one without versions; or what is under this digest is not what it
            says.
    """
    checked_name(model)
    sources = scan(path)
    with _explained(target.bucket):
        bucket = target.client.get_bucket(target.bucket)
        if not bucket.versioning_enabled:
            raise unversioned(f"gs://{target.bucket}")
        return _push(_Place(bucket, target.retention), model, sources, progress)


@dataclass(frozen=True)
class _Place:
    """A bucket, and for how long what is put there is kept from everybody."""

    bucket: "Bucket"
    retention: tuple[str, int] | None

    def blob(self, key: str, chunk_size: int | None = None) -> "Blob":
        """A new object; it is not there yet."""
        blob = self.bucket.blob(key, chunk_size=chunk_size)
        if self.retention:
            mode, days = self.retention
            blob.retention.mode = mode
            blob.retention.retain_until_time = datetime.now(UTC) + timedelta(days=days)
        return blob


def _push(place: _Place, model: str, sources: Sequence[Source], progress: Progress | None) -> Artifact:
    named = digest(source.file for source in sources)
    home = prefix(model, named)
    known = _known(place.bucket, home, named)
    meter = Meter(sum(source.file.size for source in sources), progress)
    with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
        try:
            versions = list(pool.map(lambda source: _placed(place, home, source, meter), sources))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    files = tuple(Stored(source.file, version) for source, version in zip(sources, versions, strict=True))
    unchanged = known is not None and known[1] == {stored.file.path: stored.version_id for stored in files}
    if not unchanged and not _written(place, home, document(model, named, files), known[0] if known else 0):
        return _push(place, model, sources, progress)  # another push was faster: take what it wrote
    return Artifact(model, named, files, str(place.bucket.name), unchanged)


def _placed(place: _Place, home: str, source: Source, meter: Meter) -> str:
    """The generation under which this very content is in the store; it is put there where it is not."""
    from google.api_core.exceptions import PreconditionFailed

    key = home + source.file.path
    there = place.bucket.get_blob(key)
    if there is not None and (there.size, (there.metadata or {}).get(_SHA256)) == (
        source.file.size, source.file.sha256,
    ):  # fmt: skip
        meter.add(source.file.size)
        return str(there.generation)
    blob = place.blob(key, _CHUNK if source.file.size > _CHUNK else None)
    blob.metadata = {_SHA256: source.file.sha256}
    # Cloud Storage refuses whatever has another checksum than the content that was hashed.
    blob.crc32c = checksum = _checksum(source)
    with opened(source.local) as stream:
        try:
            blob.upload_from_file(
                stream, size=source.file.size, if_generation_match=there.generation if there is not None else 0
            )
        except PreconditionFailed:  # another push was faster
            return _placed(place, home, source, meter)
    if blob.crc32c != checksum:
        blob.delete()
        raise changed(source.local)
    meter.add(source.file.size)
    return str(blob.generation)


def _checksum(source: Source) -> str:
    """CRC32C as Google writes it, of the content that was hashed when the artifact got its digest."""
    import google_crc32c

    sha256, crc32c = hashlib.sha256(), google_crc32c.Checksum()  # type: ignore[no-untyped-call]
    with opened(source.local) as stream:
        while block := stream.read(_BLOCK):
            sha256.update(block)
            crc32c.update(block)  # type: ignore[no-untyped-call]
    if sha256.hexdigest() != source.file.sha256:
        raise changed(source.local)
    return base64.b64encode(crc32c.digest()).decode()  # type: ignore[no-untyped-call]


def _known(bucket: "Bucket", home: str, named: str) -> tuple[int, dict[str, str]] | None:
    """The manifest's generation, and the version id of every file by its path; None where no push has ended yet."""
    blob = bucket.get_blob(home + MANIFEST)
    if blob is None:
        return None
    where = f"gs://{bucket.name}/{home}{MANIFEST}"
    body = bucket.blob(blob.name, generation=blob.generation).download_as_bytes()
    return int(blob.generation), versions_in(body, named, where)


def _written(place: _Place, home: str, body: bytes, instead_of: int) -> bool:
    """Writes the manifest; False when another push has written one meanwhile.

    Args:
        place: of the store.
        home: prefix of the artifact.
        body: of the manifest.
        instead_of: its generation until now; 0: there was none.
    """
    from google.api_core.exceptions import PreconditionFailed

    try:
        place.blob(home + MANIFEST).upload_from_string(
            body, content_type="application/json", if_generation_match=instead_of
        )
    except PreconditionFailed:
        return False
    return True


@contextmanager
def _explained(bucket: str) -> Iterator[None]:
    """Raises what Google's client raises inside as one clear error."""
    from google.api_core.exceptions import Forbidden, GoogleAPICallError, NotFound, Unauthorized
    from google.auth.exceptions import GoogleAuthError
    from requests.exceptions import RequestException

    where = f"gs://{bucket}"
    try:
        yield
    except NotFound as error:
        raise SlipwayError(where, "", "there is no such bucket", "bring the stack up: it makes its bucket") from error
    except (Forbidden, Unauthorized) as error:
        raise SlipwayError(where, "", "these credentials may not write there", _FIX) from error
    except GoogleAPICallError as error:
        raise SlipwayError(where, str(error.code), f"Google refused it: {error.message}", "see the message") from error
    except GoogleAuthError as error:
        raise SlipwayError("Google credentials", "", f"they do not work: {error}", _FIX) from error
    except RequestException as error:
        raise SlipwayError(where, "", f"Google cannot be reached: {error}", "run it again when it can be") from error
