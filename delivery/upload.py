"""Uploads of files whose content is known beforehand: parallel, in bounded memory, never anything but that content."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from delivery.files import Source, changed, opened
from providers.slipway_s3 import store as s3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all; never by two threads at once."""

PART = 5 << 20
"""Bytes of a part of a multipart upload; files up to this size go up in one request. It is S3's own minimum."""

_MAX_PARTS = 10_000
_PARTS_IN_MEMORY = 4
_SHA256 = "sha256"


class Meter:
    """Counts bytes of several threads for one `Progress`."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total, self._done, self._progress, self._lock = total, 0, progress, Lock()

    def add(self, size: int) -> None:
        """Says that `size` more bytes are in the store."""
        with self._lock:
            self._done += size
            if self._progress:
                self._progress(self._done, self._total)


class Uploader:
    """Uploads files below one prefix of one bucket; holds at most four parts in memory.

    Args:
        client: of the store.
        bucket: a versioned bucket.
        prefix: of all keys, ending in `/`.
        meter: told of every byte that is in the store.
    """

    def __init__(self, client: "S3Client", bucket: str, prefix: str, meter: Meter) -> None:
        self._client, self._bucket, self._prefix, self._meter = client, bucket, prefix, meter
        self._room = BoundedSemaphore(_PARTS_IN_MEMORY)
        self._parts = ThreadPoolExecutor(_PARTS_IN_MEMORY)

    def close(self) -> None:
        """Ends the threads."""
        self._parts.shutdown(wait=True, cancel_futures=True)

    def present(self, source: Source, version: str = "") -> str:
        """The version id under which this very content is in the store already, else an empty string.

        Args:
            source: the file.
            version: the version to look at; the newest by default.
        """
        which = {"VersionId": version} if version else {}
        key = self._prefix + source.file.path
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key, **which)  # type: ignore[arg-type]
        except ClientError as error:
            if s3.code_of(error) in s3.MISSING_KEY | {"400", "403"}:
                return ""
            raise
        same = (head["ContentLength"], head["Metadata"].get(_SHA256)) == (source.file.size, source.file.sha256)
        if same:
            self._meter.add(source.file.size)
        return head.get("VersionId", "") if same else ""

    def put(self, source: Source) -> str:
        """Uploads one file and returns its version id.

        Raises:
            SlipwayError: the file is not what it was when it was hashed; then nothing of it is in the store.
        """
        if source.file.size > PART:
            return self._put_parts(source)
        with self._room:
            body = _whole(source)
            answer = self._client.put_object(
                Bucket=self._bucket,
                Key=self._prefix + source.file.path,
                Body=body,
                Metadata={_SHA256: source.file.sha256},
            )
        self._meter.add(source.file.size)
        return answer.get("VersionId", "")

    def _put_parts(self, source: Source) -> str:
        with self._multipart(source) as upload:
            pending: list[Future[CompletedPartTypeDef]] = []
            sha256 = hashlib.sha256()
            try:
                for number, block in enumerate(self._blocks(source), start=1):
                    sha256.update(block)
                    pending.append(self._parts.submit(self._put_part, source, upload, number, block))
                    if number > _PARTS_IN_MEMORY:
                        pending[number - _PARTS_IN_MEMORY - 1].result()  # a part that failed ends the upload early
            finally:
                wait(pending)
            parts = [future.result() for future in pending]
            if sha256.hexdigest() != source.file.sha256:
                raise changed(source.local)
            answer = self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=self._prefix + source.file.path,
                UploadId=upload,
                MultipartUpload={"Parts": parts},
            )
        return answer.get("VersionId", "")

    @contextmanager
    def _multipart(self, source: Source) -> Iterator[str]:
        """A multipart upload that is aborted when anything fails: unfinished ones cost storage and are never seen."""
        key = self._prefix + source.file.path
        upload = self._client.create_multipart_upload(
            Bucket=self._bucket, Key=key, Metadata={_SHA256: source.file.sha256}
        )["UploadId"]
        try:
            yield upload
        except BaseException:
            with suppress(ClientError, BotoCoreError):
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload)
            raise

    def _blocks(self, source: Source) -> Iterator[bytes]:
        """The file's parts, each once there is room for it in memory; `_put_part` gives the room back."""
        size = max(PART, -(-source.file.size // _MAX_PARTS))
        left = source.file.size
        with opened(source.local) as stream:
            while left > 0:
                self._room.acquire()
                block = stream.read(min(size, left))
                if not block:
                    self._room.release()
                    return
                left -= len(block)
                yield block

    def _put_part(self, source: Source, upload: str, number: int, block: bytes) -> "CompletedPartTypeDef":
        try:
            answer = self._client.upload_part(
                Bucket=self._bucket,
                Key=self._prefix + source.file.path,
                UploadId=upload,
                PartNumber=number,
                Body=block,
            )
        finally:
            self._room.release()
        self._meter.add(len(block))
        return {"ETag": answer["ETag"], "PartNumber": number}


def _whole(source: Source) -> bytes:
    with opened(source.local) as stream:
        body = stream.read(source.file.size + 1)
    if hashlib.sha256(body).hexdigest() != source.file.sha256:
        raise changed(source.local)
    return body
