"""Artifacts: the files of a trained model under a prefix named by their digest, written once.

    models/<model>/<digest>/<path>            the files, in the layout the server expects
    models/<model>/<digest>/artifact.json     what they are; written last, so where it is, all is

A push can be broken off anywhere and started again: what is in the store already is found by its content.
"""

import json
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from catalog.errors import SlipwayError
from delivery.files import MANIFEST, File, Source, digest, scan
from delivery.upload import Meter, Progress, Uploader
from providers.slipway_s3 import store as s3
from providers.slipway_s3.store import Store

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FORMAT = 1
"""The version of `artifact.json`."""

_MODEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_FILES_AT_ONCE = 8


@dataclass(frozen=True)
class StoreTarget:
    """The bucket artifacts go to.

    Args:
        store: the server, with a key that may write.
        bucket: a versioned bucket.
    """

    store: Store
    bucket: str


@dataclass(frozen=True)
class Stored:
    """One file in the store."""

    file: File
    version_id: str


@dataclass(frozen=True)
class Artifact:
    """A whole artifact in the store; what `slipway artifact push` locks.

    Args:
        model: its name.
        digest: of its files, `sha256:` and 64 hex digits.
        files: sorted by path, each with the version id it is fetched by.
        bucket: where it is.
        already_there: whether this push changed nothing.
    """

    model: str
    digest: str
    files: tuple[Stored, ...]
    bucket: str
    already_there: bool

    @property
    def prefix(self) -> str:
        """The prefix of all its keys, ending in `/`; the immutable reference of the lock."""
        return prefix(self.model, self.digest)

    @property
    def reference(self) -> str:
        """What is mutable of it, as the lock names it: the model's own prefix."""
        return f"models/{self.model}/"

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(stored.file.size for stored in self.files)


def prefix(model: str, digest: str) -> str:
    """Where the artifact with `digest` of `model` is, ending in `/`."""
    return f"models/{model}/{digest}/"


def push(model: str, path: Path, target: StoreTarget, progress: Progress | None = None) -> Artifact:
    """Puts the files at `path` into the store as an artifact of `model`, unless they are there.

    Holds at most 20 MiB of them in memory, up to 50 GiB a file.

    Args:
        model: whose artifact it is.
        path: a directory in the server's layout, or one file.
        target: where to.
        progress: called with (bytes in the store, bytes in all).

    Raises:
        SlipwayError: something at `path` cannot be an artifact; the store cannot be reached, lets this key not write,
            has no such bucket or one without versions; or what is under this digest is not what it says.
    """
    checked_name(model)
    sources = scan(path)
    client = s3.connect(target.store)
    try:
        _require_versions(client, target)
        return _push(client, model, sources, target, progress)
    except (ClientError, BotoCoreError) as error:
        what = f"write s3://{target.bucket}/models/{model}/"
        raise s3.explain(error, target.store, what, target.bucket) from error


def document(model: str, digest: str, files: Sequence[Stored]) -> bytes:
    """The bytes of `artifact.json`."""
    rows = [{**asdict(stored.file), "version_id": stored.version_id} for stored in files]
    return (json.dumps({"format": FORMAT, "model": model, "digest": digest, "files": rows}, indent=1) + "\n").encode()


def versions_in(body: bytes, named: str, where: str) -> dict[str, str]:
    """The version id of every file by its path, as an `artifact.json` says.

    Args:
        body: the document.
        named: the digest of its prefix.
        where: it lies.

    Raises:
        SlipwayError: no push has written this.
    """
    why = "it is not readable"
    try:
        rows: list[dict[str, Any]] = json.loads(body)["files"]
        found = digest(File(row["path"], row["size"], row["sha256"]) for row in rows)
        versions = {str(row["path"]): str(row["version_id"]) for row in rows}
        if found == named and len(versions) == len(rows):
            return versions
        why = "the files it names do not have the digest of its prefix"
    except (ValueError, KeyError, TypeError):
        pass
    raise SlipwayError(where, "", f"{why}; no push of Slipway wrote this", "find out who did, delete it, push again")


def checked_name(model: str) -> None:
    """Refuses what is no name of a model.

    Raises:
        SlipwayError: it is none.
    """
    if not _MODEL.fullmatch(model):
        raise SlipwayError("MODEL", model, "it is no model name", "use at most 63 of a-z, 0-9 and `-`, not at the ends")


def _push(
    client: "S3Client", model: str, sources: Sequence[Source], target: StoreTarget, progress: Progress | None
) -> Artifact:
    named = digest(source.file for source in sources)
    there = _undelete(client, target.bucket, prefix(model, named))
    manifest = _Manifest(client, target.bucket, model, named)
    known = manifest.versions()
    meter = Meter(sum(source.file.size for source in sources), progress)
    uploader = Uploader(client, target.bucket, prefix(model, named), meter)

    def place(source: Source) -> str:
        found = uploader.present(source, (known or {}).get(source.file.path, "")) if source.file.path in there else ""
        return found or uploader.put(source)

    try:
        versions = _all(place, sources)
    finally:
        uploader.close()
    files = tuple(Stored(source.file, version) for source, version in zip(sources, versions, strict=True))
    unchanged = known == {stored.file.path: stored.version_id for stored in files}
    if not unchanged and not manifest.write(files, first=known is None):
        return _push(client, model, sources, target, progress)  # another push was faster: take what it wrote
    return Artifact(model, named, files, target.bucket, unchanged)


def _undelete(client: "S3Client", bucket: str, home: str) -> set[str]:
    """The paths below `home` that have a version; those deleted without naming one come back first."""
    found: set[str] = set()
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=home):
        found.update(row["Key"].removeprefix(home) for row in page.get("Versions", []))
        for marker in page.get("DeleteMarkers", []):
            if marker["IsLatest"]:
                client.delete_object(Bucket=bucket, Key=marker["Key"], VersionId=marker["VersionId"])
    return found


def _all(place: Callable[[Source], str], sources: Sequence[Source]) -> list[str]:
    """Places every file; the first failure ends it all."""
    with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
        try:
            return list(pool.map(place, sources))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


class _Manifest:
    """The `artifact.json` of one artifact in the store."""

    def __init__(self, client: "S3Client", bucket: str, model: str, digest: str) -> None:
        self._client, self._bucket, self._model, self._digest = client, bucket, model, digest
        self._key = prefix(model, digest) + MANIFEST

    def versions(self) -> dict[str, str] | None:
        """The version id of every file by its path; None where no push has ended yet."""
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=self._key)["Body"].read()
        except ClientError as error:
            if s3.code_of(error) in s3.MISSING_KEY:
                return None
            raise
        return versions_in(body, self._digest, f"s3://{self._bucket}/{self._key}")

    def write(self, files: Sequence[Stored], *, first: bool) -> bool:
        """Writes it; False when it should be the `first` and another push has written one meanwhile."""
        body = document(self._model, self._digest, files)
        if not first:  # some files were gone and are there again, under other version ids
            self._client.put_object(Bucket=self._bucket, Key=self._key, Body=body)
            return True
        try:
            self._client.put_object(Bucket=self._bucket, Key=self._key, Body=body, IfNoneMatch="*")
        except ClientError as error:
            code = s3.code_of(error)
            if code in s3.UNKNOWN_TO_SERVER:
                return self.write(files, first=False)
            if code in ("PreconditionFailed", "ConditionalRequestConflict", "412"):
                return False
            raise
        return True


def _require_versions(client: "S3Client", target: StoreTarget) -> None:
    if client.get_bucket_versioning(Bucket=target.bucket).get("Status") != "Enabled":
        raise unversioned(f"s3://{target.bucket}")


def unversioned(bucket: str) -> SlipwayError:
    """The refusal of a bucket without versions."""
    why = "the bucket keeps no versions, and an artifact is fetched by version id"
    fix = "switch its versioning on; a bucket of the stack has it: bring the stack up"
    return SlipwayError(bucket, "", why, fix)
