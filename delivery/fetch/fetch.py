"""Fetches one artifact and proves it: what a model's pod runs before its server starts.

    S3_ENDPOINT=http://s3:9000 S3_BUCKET=artifacts AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=... \
    fetch.py --prefix models/iris/sha256:.../ --digest sha256:... --into /mnt/models/iris --wait 300

Needs Python 3.11 and boto3, nothing else of Slipway. Every file is fetched by the version id that `artifact.json` names
and checked by size and SHA-256 while it streams to disk; only when all are right do they appear in `--into`.

Exit codes (one line on stderr says why, and the termination log has it too):
    0   every file is there and is what the digest says
    1   no: the artifact is not what the digest says, may not be read, or cannot be written here
    2   wrong arguments or environment
    3   not now: the artifact was not pushed, or the server did not answer, within the time given
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ReadTimeoutError
from botocore.exceptions import ConnectionError as BotoConnectionError

MANIFEST = "artifact.json"
TERMINATION_LOG = Path("/dev/termination-log")
_INCOMING = ".incoming"
_BLOCK = 1 << 20
_FILES_AT_ONCE = 4
_PAUSES_S = (0.5, 1, 2, 4, 8, 16)  # before each new try of a transfer that does not move; one that moves starts anew
_POLL_S = 1.0
_LEAST_WAIT_S = 30.0  # for a server that does not answer, whatever `--wait` says
_OF_EKS = {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"}  # the pod's own identity
_GOOGLE = "https://storage.googleapis.com"
_PASSING = {"SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "500", "502", "503", "504"}


class FetchError(Exception):
    """Why there is no artifact: the line, and the exit code."""

    def __init__(self, line: str, code: int = 1) -> None:
        super().__init__(line)
        self.code = code


@dataclass(frozen=True)
class Order:
    """What to fetch; `main --help` says what each is."""

    bucket: str
    prefix: str
    digest: str
    into: Path
    wait: float

    @property
    def where(self) -> str:
        """The artifact as messages name it."""
        return f"s3://{self.bucket}/{self.prefix}"


@dataclass(frozen=True)
class File:
    """One row of `artifact.json`."""

    path: str
    size: int
    sha256: str
    version_id: str


def main(arguments: list[str] | None = None) -> int:
    """Fetches as the arguments and the environment say; returns the exit code."""
    try:
        order = _order(arguments)
        count, size = fetch(_client(), order)
    except FetchError as error:
        return _failed(str(error), error.code)
    except (ClientError, BotoCoreError, OSError) as error:
        return _failed(f"{type(error).__name__}: {error}", 1)
    print(f"{order.into}: {count} files, {size} bytes, {order.digest}")
    return 0


def fetch(client: Any, order: Order) -> tuple[int, int]:
    """Fetches the artifact; returns how many files and how many bytes it has.

    Raises:
        FetchError: as the exit codes say; `order.into` then holds nothing new.
    """
    files = _checked(_manifest(client, order), order)
    strangers = _present(order.into) - {file.path for file in files}
    if strangers:
        raise FetchError(f"{order.into} holds files that are not of {order.where}: {min(strangers)}")
    missing = [file for file in files if not _is_there(order.into / file.path, file)]
    incoming = order.into / _INCOMING
    shutil.rmtree(incoming, ignore_errors=True)
    try:
        incoming.mkdir(parents=True)
        _require_room(order.into, missing)
        with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:  # the first file that fails cancels those not begun
            list(pool.map(lambda file: _get(client, order, file, incoming / file.path), missing))
        for file in missing:
            (order.into / file.path).parent.mkdir(parents=True, exist_ok=True)
            (incoming / file.path).replace(order.into / file.path)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    return len(files), sum(file.size for file in files)


def digest(files: Iterable[File]) -> str:
    """The digest of an artifact; the same rule as in the rest of Slipway."""
    rows = sorted([file.path, file.size, file.sha256] for file in files)
    document = json.dumps(rows, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(document.encode()).hexdigest()}"


def _order(arguments: list[str] | None) -> Order:
    parser = argparse.ArgumentParser(description="Fetches one artifact and proves it.")
    parser.add_argument("--prefix", required=True, help="of the artifact in the bucket: models/<model>/<digest>/")
    parser.add_argument("--digest", required=True, help="what it must be: sha256: and 64 hex digits")
    parser.add_argument("--into", required=True, type=Path, help="the directory it goes to")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds to wait for a push that has not ended yet")
    given = parser.parse_args(arguments)
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", given.digest):
        raise FetchError(f"--digest {given.digest}: it is not sha256: and 64 hex digits", 2)
    if not re.fullmatch(r"models/[^/]+/[^/]+/", given.prefix):
        raise FetchError(f"--prefix {given.prefix}: it is not models/<model>/<digest>/", 2)
    return Order(_setting("S3_BUCKET"), given.prefix, given.digest, given.into.absolute(), given.wait)


def _client() -> Any:
    endpoint = os.environ.get("S3_ENDPOINT") or None
    if endpoint == _GOOGLE:
        return import_module(".gcs" if __package__ else "gcs", __package__).Client(endpoint)
    session = botocore.session.get_session()
    if not os.environ.keys() & _OF_EKS:
        session.set_credentials(_setting("AWS_ACCESS_KEY_ID"), _setting("AWS_SECRET_ACCESS_KEY"))
    config = Config(
        signature_version="s3v4",
        connect_timeout=5,
        read_timeout=30,
        retries={"total_max_attempts": 1},
        max_pool_connections=2 * _FILES_AT_ONCE,
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if endpoint else "auto"},
    )
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    try:
        return session.create_client("s3", region_name=region, endpoint_url=endpoint, config=config)
    except ValueError as error:
        raise FetchError(f"S3_ENDPOINT {endpoint}: {error}", 2) from error


def _setting(name: str) -> str:
    if value := os.environ.get(name):
        return value
    raise FetchError(f"the environment variable {name} is not set", 2)


def _manifest(client: Any, order: Order) -> bytes:
    """The bytes of `artifact.json`, once a push has written it."""
    begun = time.monotonic()
    while True:
        try:
            return bytes(client.get_object(Bucket=order.bucket, Key=order.prefix + MANIFEST)["Body"].read())
        except (ClientError, HTTPClientError, BotoConnectionError, ReadTimeoutError) as error:
            late = _late(error, order)
            patience = order.wait if isinstance(error, ClientError) else max(order.wait, _LEAST_WAIT_S)
            if time.monotonic() - begun + _POLL_S > patience:
                raise late from error
        time.sleep(_POLL_S)


def _late(error: Exception, order: Order) -> FetchError:
    """What to say when time is up; raises what no waiting would mend."""
    if not isinstance(error, ClientError):
        return FetchError(f"{order.where}: the S3 server does not answer: {error}", 3)
    code = error.response["Error"]["Code"]
    push = f"push it: slipway artifact push {order.prefix.split('/')[1]} PATH -s STACK"
    if code in ("NoSuchKey", "404"):
        return FetchError(f"{order.where}{MANIFEST} is not there; {push}", 3)
    if code == "AccessDenied":  # without the right to list, some servers say this of what is not there
        key = os.environ.get("AWS_ACCESS_KEY_ID", "")
        return FetchError(f"{order.where}{MANIFEST} is not there, or {key} may not read it; {push}", 3)
    if code in _PASSING:
        return FetchError(f"{order.where}: the S3 server fails: {code}", 3)
    raise FetchError(f"{order.where}: {code}: {error.response['Error'].get('Message', '')}") from error


def _checked(manifest: bytes, order: Order) -> list[File]:
    """The rows of `artifact.json`, once they have the digest that was asked for and safe paths."""
    try:
        files = [
            File(str(row["path"]), int(row["size"]), str(row["sha256"]), str(row["version_id"]))
            for row in json.loads(manifest)["files"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise FetchError(f"{order.where}{MANIFEST} is not readable: {type(error).__name__} {error}") from error
    for file in files:
        if not _is_safe(file.path):
            raise FetchError(f"{order.where}{MANIFEST} names a path that leads elsewhere: {file.path!r}")
    if (found := digest(files)) != order.digest:
        raise FetchError(f"{order.where}: wrong digest: asked for {order.digest}, its files have {found}")
    return files


def _is_safe(path: str) -> bool:
    parts = path.split("/")
    return not ({"", ".", ".."} & set(parts) or "\\" in path or "\0" in path or parts[0] == _INCOMING)


def _present(into: Path) -> set[str]:
    """The files an earlier run has left, as paths relative to `into`."""
    return {
        path.relative_to(into).as_posix()
        for path in into.rglob("*")
        if not path.is_dir() and path.relative_to(into).parts[0] != _INCOMING
    }


def _is_there(path: Path, file: File) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size != file.size:
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256


def _require_room(into: Path, files: list[File]) -> None:
    needed, free = sum(file.size for file in files), shutil.disk_usage(into).free
    if needed > free:
        raise FetchError(f"{into}: no room: the files need {needed} bytes, {free} are free")


def _get(client: Any, order: Order, file: File, target: Path) -> None:
    """Streams one file to disk; a broken transfer goes on where it stopped."""
    target.parent.mkdir(parents=True, exist_ok=True)
    sha256, done, tries = hashlib.sha256(), 0, 0
    with target.open("wb") as out:
        while True:
            before = done
            try:
                for block in _blocks(client, order, file, done):
                    done += len(block)
                    if done > file.size:
                        raise _wrong(order, file, f"more than {file.size} bytes")
                    sha256.update(block)
                    out.write(block)
                break
            except (BotoCoreError, ClientError) as error:
                tries = tries + 1 if done == before else 0
                if not _passes(error) or tries >= len(_PAUSES_S):
                    why = f"{order.where}{file.path} cannot be read: {error}"
                    raise FetchError(why, 3 if _passes(error) else 1) from error
                time.sleep(_PAUSES_S[tries])
    if done != file.size:
        raise _wrong(order, file, f"{done} bytes instead of {file.size}")
    if sha256.hexdigest() != file.sha256:
        raise _wrong(order, file, f"sha256 {sha256.hexdigest()} instead of {file.sha256}")


def _blocks(client: Any, order: Order, file: File, start: int) -> Iterator[bytes]:
    if start == file.size > 0:
        return
    part = {"Range": f"bytes={start}-"} if start else {}
    answer = client.get_object(Bucket=order.bucket, Key=order.prefix + file.path, VersionId=file.version_id, **part)
    yield from answer["Body"].iter_chunks(_BLOCK)


def _passes(error: Exception) -> bool:
    return not isinstance(error, ClientError) or error.response["Error"]["Code"] in _PASSING


def _wrong(order: Order, file: File, found: str) -> FetchError:
    return FetchError(f"{order.where}{file.path} (version {file.version_id}) is not what {order.digest} says: {found}")


def _failed(line: str, code: int) -> int:
    line = " ".join(line.split())
    print(line, file=sys.stderr)
    with suppress(OSError):  # the line on stderr has to do
        if TERMINATION_LOG.exists():
            TERMINATION_LOG.write_text(line + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
