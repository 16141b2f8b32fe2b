"""The bucket with the state of every stack in an account and region."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from accounts.aws import documents
from accounts.aws.account import MARK, Cloud, code_of, explained
from accounts.aws.key import Key
from accounts.plan import Part, Use
from accounts.states import meaning
from catalog.errors import SlipwayError

_CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
_SHOWN = 10

# An old state is kept for a quarter of a year; locks are of no use once they are gone.
_LIFECYCLE: list[dict[str, Any]] = [
    {
        "ID": "slipway-old-versions",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
    },
    {
        "ID": "slipway-old-locks",
        "Status": "Enabled",
        "Filter": {"Prefix": ".pulumi/locks/"},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
    },
]


class Bucket(Part):
    """The state bucket: versioned, encrypted with the key, closed to the public, reached by TLS alone.

    Args:
        cloud: the account.
        key: that encrypts it.
        others: names of what other stacks have in this account; the bucket is left to them.
    """

    kind = "bucket"

    def __init__(self, cloud: Cloud, key: Key, others: Callable[[], Sequence[str]]) -> None:
        self._cloud, self._key, self._others = cloud, key, others
        self.name = cloud.account.bucket
        self._client = cloud.client("s3")
        self._mine = {"Bucket": self.name, "ExpectedBucketOwner": cloud.account.account_id}
        self._made_now = False

    def found(self) -> Mapping[str, Any] | None:
        """Everything that keeps the state safe."""
        if not self._exists():
            return None
        if self._is_of_others():
            return {}
        ask = self._client
        with explained("s3, to read the settings", self.name):
            rules = self._read(ask.get_bucket_encryption, "ServerSideEncryptionConfiguration", {}).get("Rules", [])
            lifecycle = self._read(ask.get_bucket_lifecycle_configuration, "Rules", [])
            policy = self._statements()
            ours = [statement["Sid"] for statement in documents.bucket_policy(self._cloud)]
            return {
                "mark": self._tags().get(MARK[0]),
                "ownership": self._read(ask.get_bucket_ownership_controls, "OwnershipControls", {}).get("Rules", []),
                "public access": self._read(ask.get_public_access_block, "PublicAccessBlockConfiguration", {}),
                "versioning": ask.get_bucket_versioning(**self._mine).get("Status"),
                "encryption": _encryption(rules),
                "policy": documents.same_form([each for each in policy if each.get("Sid") in ours]),
                "lifecycle": _by_id([rule for rule in lifecycle if rule.get("ID") in {r["ID"] for r in _LIFECYCLE}]),
            }

    def wanted(self) -> Mapping[str, Any]:
        """The same as it must be."""
        return {
            "mark": MARK[1],
            "ownership": [{"ObjectOwnership": "BucketOwnerEnforced"}],
            "public access": _CLOSED,
            "versioning": "Enabled",
            "encryption": {"algorithm": "aws:kms", "key": self._key.arn or None, "bucket key": True},
            "policy": documents.same_form(documents.bucket_policy(self._cloud)),
            "lifecycle": _by_id(_LIFECYCLE),
        }

    def create(self) -> None:
        """Makes it, closed to other accounts' objects from the start."""
        region = self._cloud.account.region
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        with explained("s3:CreateBucket", self.name):
            self._client.create_bucket(Bucket=self.name, ObjectOwnership="BucketOwnerEnforced", **where)

    def write(self, setting: str, value: Any) -> None:
        """Writes one setting; statements, rules and tags of others stay."""
        do, mine = self._client, self._mine
        with explained(f"s3, to set the {setting}", self.name):
            if setting == "mark":
                tags = {**self._tags(), MARK[0]: value}
                do.put_bucket_tagging(**mine, Tagging={"TagSet": [{"Key": k, "Value": v} for k, v in tags.items()]})
            elif setting == "ownership":
                do.put_bucket_ownership_controls(**mine, OwnershipControls={"Rules": value})
            elif setting == "public access":
                do.put_public_access_block(**mine, PublicAccessBlockConfiguration=value)
            elif setting == "versioning":
                do.put_bucket_versioning(**mine, VersioningConfiguration={"Status": value})
            elif setting == "encryption":
                do.put_bucket_encryption(**mine, ServerSideEncryptionConfiguration=self._encrypted())
            elif setting == "policy":
                do.put_bucket_policy(**mine, Policy=documents.text(self._merged_policy()))
            else:
                rules = self._read(do.get_bucket_lifecycle_configuration, "Rules", [])
                others = [rule for rule in rules if rule.get("ID") not in value]
                do.put_bucket_lifecycle_configuration(**mine, LifecycleConfiguration={"Rules": [*others, *_LIFECYCLE]})

    def foreign(self) -> str:
        """A bucket of another account, or one with content that was not made here."""
        if self._is_of_others():
            return "the name is taken by a bucket of another account"
        with explained("s3:GetBucketLocation", self.name):
            found = self._client.get_bucket_location(**self._mine)["LocationConstraint"] or "us-east-1"
        if found != self._cloud.account.region:
            return f"it lies in {found}"
        # A run that was killed right after the bucket was made leaves an empty one without the mark.
        if self._tags().get(MARK[0]) != MARK[1] and (held := self._held()):
            return f"it was not made by bootstrap, and holds {_listed(held)}"
        return ""

    def uses(self) -> Sequence[Use]:
        """States, by stack, other objects, and other stacks' roles."""
        account = self._cloud.account
        states, rest = meaning(self._held(), account.project)
        uses = [Use(f"it holds the state of stack {stack}", ours=stack == account.stack) for stack in states]
        uses += [Use(f"it holds {_listed(rest)}", ours=not states)] if rest else []
        return [*uses, *(Use(f"{name} of another stack uses it", ours=False) for name in self._others())]

    def removal(self) -> str:
        """The old versions that go with it."""
        old = sum(1 for _ in self._versions())
        return f"{old} versions of objects (history, backups, old states) go with it for good" if old else ""

    def remove(self) -> None:
        """Removes what is left of old objects, then the bucket."""
        with explained("s3:DeleteBucket", self.name):
            batch = []
            for version in self._versions():
                batch.append(version)
                if len(batch) == 1000:  # as many as one request takes
                    self._delete(batch)
                    batch = []
            if batch:
                self._delete(batch)
            self._client.delete_bucket(**self._mine)

    def _delete(self, batch: list[dict[str, str]]) -> None:
        answer = self._client.delete_objects(**self._mine, Delete={"Objects": batch, "Quiet": True})
        for error in answer.get("Errors", []):
            why = f"{error['Key']} could not be removed: {error.get('Message', '')}"
            raise SlipwayError(self.name, error.get("Code", ""), why, "see the message; run it again")

    def _exists(self) -> bool:
        with explained("s3:ListBucket", self.name):
            try:
                self._client.head_bucket(Bucket=self.name)
            except self._client.exceptions.ClientError as error:
                if code_of(error) in ("404", "NoSuchBucket"):
                    return False
                if code_of(error) not in ("403", "301"):
                    raise
        return True

    def _is_of_others(self) -> bool:
        with explained("s3:ListBucket", self.name):
            try:
                self._client.head_bucket(**self._mine)
            except self._client.exceptions.ClientError as error:
                if code_of(error) in ("403", "404"):
                    return True
                if code_of(error) != "301":
                    raise
        return False

    def _read(self, ask: Callable[..., Any], what: str, empty: Any) -> Any:
        """A part of the configuration; empty where it was never set, which S3 says by an error."""
        try:
            return ask(**self._mine)[what]
        except self._client.exceptions.ClientError as error:
            if code_of(error).startswith(
                ("NoSuch", "ServerSideEncryptionConfigurationNotFound", "OwnershipControlsNot")
            ):
                return empty
            raise

    def _tags(self) -> dict[str, str]:
        with explained("s3:GetBucketTagging", self.name):
            return {tag["Key"]: tag["Value"] for tag in self._read(self._client.get_bucket_tagging, "TagSet", [])}

    def _statements(self) -> list[dict[str, Any]]:
        policy = self._read(self._client.get_bucket_policy, "Policy", None)
        statements: list[dict[str, Any]] = json.loads(policy)["Statement"] if policy else []
        return statements

    def _merged_policy(self) -> dict[str, Any]:
        ours = documents.bucket_policy(self._cloud)
        sids = {statement["Sid"] for statement in ours}
        others = [statement for statement in self._statements() if statement.get("Sid") not in sids]
        return {"Version": "2012-10-17", "Statement": [*others, *ours]}

    def _encrypted(self) -> dict[str, Any]:
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self._key.arn}
        return {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}

    def _held(self) -> list[str]:
        """The keys of all current objects."""
        with explained("s3:ListBucket", self.name):
            pages = self._client.get_paginator("list_objects_v2").paginate(**self._mine)
            return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def _versions(self) -> Iterator[dict[str, str]]:
        pages = self._client.get_paginator("list_object_versions").paginate(**self._mine)
        for page in pages:
            for item in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                yield {"Key": item["Key"], "VersionId": item["VersionId"]}


def _encryption(rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rule = rules[0] if rules else {}
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    return {
        "algorithm": default.get("SSEAlgorithm"),
        "key": default.get("KMSMasterKeyID"),
        "bucket key": rule.get("BucketKeyEnabled", False),
    }


def _by_id(rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {rule["ID"]: dict(rule) for rule in rules}


def _listed(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return f"{', '.join(keys[:_SHOWN])}{more}"
