"""The key of state and secrets, found by its alias, or by its tag while it has none yet."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from accounts.aws import documents
from accounts.aws.account import MARK, Cloud, code_of, explained
from accounts.plan import Part, Use

_DELETION_DAYS = 30
_ROTATION_DAYS = 365


class Key(Part):
    """A customer-managed key with its alias.

    Args:
        cloud: the account.
        sealed: files with values that only this key opens.
    """

    kind = "key"

    def __init__(self, cloud: Cloud, sealed: Sequence[str] = ()) -> None:
        self._cloud = cloud
        self.name = cloud.account.alias
        self.bucket: Part | None = None
        self._sealed = sealed
        self._client = cloud.client("kms")
        self._known: dict[str, Any] | None = None

    @property
    def arn(self) -> str:
        """Its ARN; empty while there is no key."""
        if self._known is None:
            self._known = self._look()
        return str(self._known.get("Arn", ""))

    @property
    def _id(self) -> str:
        return self.arn.rpartition("/")[2]

    def found(self) -> Mapping[str, Any] | None:
        """Its state, policy, rotation and alias."""
        self._known = self._look()
        if not self._known:
            return None
        with explained("kms:GetKeyPolicy", self.name):
            policy = self._client.get_key_policy(KeyId=self._id, PolicyName="default")["Policy"]
            rotation = self._client.get_key_rotation_status(KeyId=self._id)
        return {
            "state": self._known["KeyState"],
            "alias": self.name if self._known["aliased"] else None,
            "policy": documents.parsed(policy),
            "rotation": rotation.get("RotationPeriodInDays", _ROTATION_DAYS)
            if rotation["KeyRotationEnabled"]
            else None,
        }

    def wanted(self) -> Mapping[str, Any]:
        """Enabled, rotated every year, used by the IAM of its own account."""
        policy = documents.same_form(documents.key_policy(self._cloud))
        return {"state": "Enabled", "alias": self.name, "policy": policy, "rotation": _ROTATION_DAYS}

    def create(self) -> None:
        """Makes the key, with its policy and its mark in the one request."""
        with explained("kms:CreateKey", self.name):
            self._client.create_key(
                Description="Slipway: state and secrets of the stacks in this account and region",
                KeyUsage="ENCRYPT_DECRYPT",
                Policy=documents.text(documents.key_policy(self._cloud)),
                Tags=[{"TagKey": MARK[0], "TagValue": MARK[1]}],
            )
        self._known = None

    def write(self, setting: str, value: Any) -> None:
        """Writes one setting; a key that waits for its deletion is taken back."""
        with explained(f"kms, to set the {setting}", self.name):
            if setting == "state":
                if (self._known or {}).get("KeyState") == "PendingDeletion":
                    self._client.cancel_key_deletion(KeyId=self._id)
                self._client.enable_key(KeyId=self._id)
            elif setting == "alias":
                self._client.create_alias(AliasName=self.name, TargetKeyId=self._id)
            elif setting == "policy":
                policy = documents.text(documents.key_policy(self._cloud))
                self._client.put_key_policy(KeyId=self._id, PolicyName="default", Policy=policy)
            else:
                self._client.enable_key_rotation(KeyId=self._id, RotationPeriodInDays=value)

    def foreign(self) -> str:
        """A key under our alias that was made elsewhere."""
        return (
            "" if self._is_marked(self.arn) else f"the alias belongs to key {self.arn}, which was not made by bootstrap"
        )

    def gone(self) -> bool:
        """Whether there is no key, or one that waits for its deletion already."""
        found = self.found()
        return found is None or (found["state"] == "PendingDeletion" and found["alias"] is None)

    def uses(self) -> Sequence[Use]:
        """The bucket that stays, and values in files that nothing else opens."""
        stays = self.bucket is not None and not self.bucket.gone() and bool(self.bucket.uses())
        bucket = [Use("the state bucket stays, and this key opens it", ours=False)] if stays else []
        return [*bucket, *(Use(f"{file} has values that only this key opens", ours=False) for file in self._sealed)]

    def removal(self) -> str:
        """What removing means for a key."""
        return f"the key is deleted after {_DELETION_DAYS} days; until then bootstrap takes it back"

    def remove(self) -> None:
        """Removes the alias, and lets the key wait for its deletion."""
        with explained("kms:ScheduleKeyDeletion", self.name):
            state = (self._known or {}).get("KeyState")
            if (self._known or {}).get("aliased"):
                self._client.delete_alias(AliasName=self.name)
            if state != "PendingDeletion":
                self._client.schedule_key_deletion(KeyId=self._id, PendingWindowInDays=_DELETION_DAYS)

    def _look(self) -> dict[str, Any]:
        with explained("kms:DescribeKey", self.name):
            try:
                return {**self._client.describe_key(KeyId=self.name)["KeyMetadata"], "aliased": True}
            except self._client.exceptions.NotFoundException:
                marked = [self._client.describe_key(KeyId=arn)["KeyMetadata"] for arn in self._marked()]
        # One that is in use before one that waits for its deletion, and the youngest of them.
        marked.sort(key=lambda key: (key["KeyState"] == "Enabled", key["CreationDate"]))
        return {**marked[-1], "aliased": False} if marked else {}

    def _marked(self) -> Iterator[str]:
        for page in self._client.get_paginator("list_keys").paginate():
            yield from (key["KeyArn"] for key in page["Keys"] if self._is_marked(key["KeyArn"]))

    def _is_marked(self, key: str) -> bool:
        try:
            tags = self._client.list_resource_tags(KeyId=key)["Tags"]
        except Exception as error:
            if code_of(error) == "AccessDeniedException":  # somebody else's key: its policy keeps us out
                return False
            raise
        return {"TagKey": MARK[0], "TagValue": MARK[1]} in tags
