"""One configured server: its client, its users, its policies; made when first needed."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from catalog.errors import SlipwayError
from providers import wire
from providers.slipway_s3 import policy
from providers.slipway_s3 import store as s3
from providers.slipway_s3.gather import Gathered
from providers.slipway_s3.store import Store
from providers.slipway_s3.users import Users
from providers.wire import UNKNOWN

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

S3_POLICY_LIMIT = 20 * 1024
"""Bytes of a bucket policy on Amazon S3."""


@dataclass(frozen=True)
class Config:
    """The provider's configuration.

    Args:
        store: the server.
        admin_endpoint: of versitygw's admin API; empty where readers' keys are given.
    """

    store: Store
    admin_endpoint: str

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Config | None":
        """From checked configuration values; None while some are not known yet."""
        values = wire.plain(dict(values))
        if any(value is UNKNOWN for value in values.values()):
            return None
        store = Store(
            endpoint=str(values.get("endpoint") or "").rstrip("/"),
            region=str(values.get("region") or "us-east-1"),
            access_key=str(values.get("accessKey") or ""),
            secret_key=str(values.get("secretKey") or ""),
        )
        return cls(store, str(values.get("adminEndpoint") or ""))


class Session:
    """What the resources work with.

    Args:
        config: of the provider.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.store = config.store
        self.policies = policy.PolicyWriter(self._read_policy, self._write_policy)
        self._making = threading.Lock()
        self._statements: dict[str, Gathered[list[policy.Statement]]] = {}

    @property
    def client(self) -> "S3Client":
        """The S3 client; made once, by whoever needs it first."""
        with self._making:
            return self._client

    @property
    def users(self) -> Users | None:
        """The server's users; None where they cannot be made from here."""
        with self._making:
            return self._users

    @cached_property
    def _client(self) -> "S3Client":
        return s3.connect(self.store)

    @cached_property
    def _users(self) -> Users | None:
        return Users(self.store, self.config.admin_endpoint) if self.config.admin_endpoint else None

    def explain(self, error: Exception, what: str, bucket: str) -> SlipwayError:
        """`store.explain` for this server."""
        return s3.explain(error, self.store, what, bucket)

    def statements(self, bucket: str) -> list[policy.Statement]:
        """The statements of a bucket's policy; shared by those who ask at the same time, so not to be changed."""
        with self._making:
            if bucket not in self._statements:
                self._statements[bucket] = Gathered(lambda: policy.parse(self._read_policy(bucket))["Statement"])
        return self._statements[bucket].get()

    def _read_policy(self, bucket: str) -> str:
        """The policy document of a bucket; empty where it has none."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return self.client.get_bucket_policy(Bucket=bucket)["Policy"]
        except (ClientError, BotoCoreError) as error:
            if s3.code_of(error) == "NoSuchBucketPolicy":
                return ""
            raise self.explain(error, "read the bucket policy", bucket) from error

    def _write_policy(self, bucket: str, document: dict[str, Any] | None) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            if document is None:
                self.client.delete_bucket_policy(Bucket=bucket)
                return
            text = json.dumps(document, separators=(",", ":"))
            self.client.put_bucket_policy(Bucket=bucket, Policy=text)
        except (ClientError, BotoCoreError) as error:
            code = s3.code_of(error)
            if code == "MalformedPolicy" and document is not None:
                self._write_without_lost(bucket, document, error)
                return
            if document is not None and (code in ("PolicyTooLarge", "InternalError")):
                raise _too_large(bucket, document, code) from error
            raise self.explain(error, "write the bucket policy", bucket) from error

    def _write_without_lost(self, bucket: str, document: dict[str, Any], error: Exception) -> None:
        """Writes the policy without readers whose user is gone: the server takes no policy that names them.

        Such a statement lets nobody read anything, and the refresh of its own reader finds it missing.
        """
        known = self.users.all().keys() | {self.store.access_key, "*"} if self.users else None
        kept = [item for item in document["Statement"] if known is None or _is_whole(item, known)]
        if len(kept) < len(document["Statement"]):
            self._write_policy(bucket, {**document, "Statement": kept} if kept else None)
            return
        why = f"{self.store.name} refuses the bucket policy: {error}"
        others = sorted(str(item.get("Sid", "?")) for item in document["Statement"] if not policy.is_ours(item))
        fix = "make the reader's user first"
        if others:
            fix += f"; or mend the statements of others: {', '.join(others)}"
        raise policy.RefusedPolicyError(f"s3://{bucket}", "", why, fix) from error


def _is_whole(item: Mapping[str, Any], known: "set[str]") -> bool:
    return not policy.is_ours(item) or set(policy.principals(item)) <= known


def _too_large(bucket: str, document: dict[str, Any], code: str) -> SlipwayError:
    size = len(json.dumps(document, separators=(",", ":")))
    count = len(document["Statement"])
    why = (
        f"the server did not take its policy ({code}): {count} statements, {size} bytes; Amazon S3 takes"
        f" {S3_POLICY_LIMIT}, versitygw on ext4 4,096 unless it keeps its metadata beside (`--sidecar`)"
    )
    return SlipwayError(f"s3://{bucket}", "", why, "spread the readers over several buckets, or see the server's log")
