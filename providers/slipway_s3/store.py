"""One S3-compatible server: its client, and what its errors mean to a person."""

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from catalog.errors import SlipwayError

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.loaders import Loader
    from mypy_boto3_s3 import S3Client

MISSING_BUCKET = frozenset({"NoSuchBucket"})
MISSING_KEY = frozenset({"NoSuchKey", "NoSuchVersion", "404", "NotFound"})
WRONG_KEYS = frozenset({"SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidToken", "ExpiredToken"})
DENIED = frozenset({"AccessDenied", "403", "Forbidden", "AllAccessDisabled"})
UNKNOWN_TO_SERVER = frozenset({"NotImplemented", "501", "MethodNotAllowed"})


_MAKE_BUCKET = (
    "bring the stack up: it makes its bucket; when it has made it before, the bucket vanished behind its back:"
    " `slipway pulumi -s STACK -- refresh`, then up"
)


class MissingBucketError(SlipwayError):
    """There is no such bucket (any more)."""


@dataclass(frozen=True, kw_only=True)
class Store:
    """Where an S3-compatible server is and who asks.

    Args:
        endpoint: its URL; empty for AWS's own in `region`.
        region: the region requests are signed for.
        access_key: the key's name.
        secret_key: the key; never in a `repr`.
        token: that temporary keys come with; empty for others.
    """

    endpoint: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """How messages name the server."""
        return self.endpoint or f"Amazon S3 in {self.region}"


def connect(store: Store) -> "S3Client":
    """A client that sees nothing but `store`: no profile, no file and no variable of the user's AWS settings.

    It is safe to share between threads.
    """
    import botocore.session

    nothing = {"profile": (None, None, None, None), "config_file": (None, None, "", None)}
    session = botocore.session.Session(session_vars=nothing)
    session.register_component("data_loader", _loader())
    session.set_credentials(store.access_key, store.secret_key, store.token or None)
    endpoint = store.endpoint or None
    client = session.create_client(
        "s3", region_name=store.region, endpoint_url=endpoint, config=_config(store.endpoint)
    )
    return cast("S3Client", client)


@functools.cache
def _loader() -> "Loader":
    """S3's API as botocore describes it: read once, it takes longer than all the rest of a client."""
    from botocore.loaders import create_loader

    return create_loader()


def _config(endpoint: str) -> "Config":
    from botocore.config import Config

    return Config(
        signature_version="s3v4",
        connect_timeout=5,
        read_timeout=60,
        retries={"total_max_attempts": 4, "mode": "standard"},
        max_pool_connections=32,
        ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]  # missing in the stubs
        proxies=proxies_for(endpoint),
        # The signature over the body proves each upload; the newer checksum headers are not known everywhere.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if endpoint else "auto", "payload_signing_enabled": True},
    )


def proxies_for(endpoint: str) -> dict[str, str] | None:
    """The proxies for a server: none for one on this machine, which no proxy can reach, else the environment's."""
    return {} if urlsplit(endpoint).hostname in ("127.0.0.1", "::1", "localhost") else None


def code_of(error: BaseException) -> str:
    """The server's own code of a refusal (`NoSuchBucket`), or the name of the exception."""
    from botocore.exceptions import ClientError

    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code", "") or "Unknown"
    return type(error).__name__


def explain(error: Exception, store: Store, what: str, bucket: str = "") -> SlipwayError:
    """Turns an error of botocore into one clear error.

    Args:
        error: what botocore raised.
        store: the server that was asked.
        what: what was tried, as the end of "may not ...": `read s3://artifacts/models/iris/`.
        bucket: the bucket it was about.
    """
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - its own name

    code = code_of(error)
    if not isinstance(error, ClientError):
        known = isinstance(error, HTTPClientError | ConnectionError)
        why = "the S3 server does not answer" if known else f"the S3 client failed: {error}"
        return SlipwayError(store.name, code, why, "start it (`make up` for the sandbox), or correct its address")
    if code in MISSING_BUCKET or (code in ("404", "NotFound") and bucket):
        return MissingBucketError(f"s3://{bucket}", "", f"{store.name} has no such bucket", _MAKE_BUCKET)
    if code in WRONG_KEYS:
        why = f"{store.name} refuses this key ({code})"
        return SlipwayError(store.name, store.access_key, why, "give an access key and secret that belong together")
    if code in DENIED:
        why = f"{store.name} does not let this key {what}"
        return SlipwayError(f"s3://{bucket}" if bucket else store.name, store.access_key, why, "use a key that may")
    if code == "RequestTimeTooSkewed":
        return SlipwayError(store.name, "", "its clock and this machine's differ too much", "set the clock right")
    said = error.response.get("Error", {}).get("Message", "")
    why = f"{store.name} failed to {what}: {code} {said}".rstrip()
    return SlipwayError(f"s3://{bucket}" if bucket else store.name, "", why, "read the S3 server's log")


@contextlib.contextmanager
def explained(store: Store, what: str, bucket: str = "") -> Iterator[None]:
    """Raises what botocore raises inside as one clear error."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise explain(error, store, what, bucket) from error
