"""Keys of Google's key management. Rings and keys can never be deleted there, only what encrypts: their versions."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.google import policy
from accounts.google.policy import Grant, Policy
from accounts.google.project import MARK, Project
from accounts.plan import Part, Use

_KMS = "https://cloudkms.googleapis.com/v1"
_ROTATION = timedelta(days=90)
_DESTROYED_AFTER = "2592000s"  # 30 days; fixed when a key is made
_USABLE = "ENABLED"


class Key(Part):
    """A symmetric key in the ring of bootstrap, rotated every 90 days.

    Args:
        project: asks.
        resource: the key's resource name.
        agent: gives the member who encrypts with it for a service; None for a key of secrets.
        uses_of: what stands against its removal.
    """

    kind = "key"

    def __init__(
        self,
        project: Project,
        resource: str,
        agent: Callable[[], str] | None,
        uses_of: Callable[[], Sequence[Use]],
    ) -> None:
        self._project, self._agent, self._uses = project, agent, uses_of
        self.name = resource
        self._ring, _, self._id = resource.partition("/cryptoKeys/")

    @property
    def policy(self) -> Policy:
        """Who may use it."""
        return policy.of_resource(self._project, f"{_KMS}/{self.name}", f"key {self.name}", read_by="GET")

    def found(self) -> Mapping[str, Any] | None:
        """Its rotation, its mark, and whether its first version can be used."""
        key = self._get()
        if key is None:
            return None
        found = {
            "mark": key.get("labels", {}).get(MARK[0]),
            "rotation": key.get("rotationPeriod"),
            "version": key.get("primary", {}).get("state"),
        }
        return {**found, "service": self.policy.of(self._agent())} if self._agent else found

    def wanted(self) -> Mapping[str, Any]:
        """The same as it must be."""
        wanted = {"mark": MARK[1], "rotation": f"{int(_ROTATION.total_seconds())}s", "version": _USABLE}
        return {**wanted, "service": [grant.plain() for grant in _SERVICE]} if self._agent else wanted

    def create(self) -> None:
        """Makes the ring where there is none, then the key."""
        what = f"key {self.name}"
        location, _, ring = self._ring.partition("/keyRings/")
        if self._project.ask("GET", f"{_KMS}/{self._ring}", what) is None:
            self._project.ask("POST", f"{_KMS}/{location}/keyRings", what, body={}, query={"keyRingId": ring})
        body = {
            "purpose": "ENCRYPT_DECRYPT",
            "labels": dict([MARK]),
            "destroyScheduledDuration": _DESTROYED_AFTER,
            **_rotation(),
        }
        self._project.ask("POST", f"{_KMS}/{self._ring}/cryptoKeys", what, body=body, query={"cryptoKeyId": self._id})

    def write(self, setting: str, value: Any) -> None:
        """Writes one setting."""
        if setting == "service":
            assert self._agent is not None, "asked only of a key with one"  # noqa: S101  a promise of `wanted`
            self.policy.grant(self._agent(), _SERVICE)
        elif setting == "version":
            self._bring_back()
        else:
            key = self._get() or {}
            labels = {**key.get("labels", {}), MARK[0]: MARK[1]}
            body, mask = (
                ({"labels": labels}, "labels")
                if setting == "mark"
                else (_rotation(), "rotationPeriod,nextRotationTime")
            )
            self._project.ask("PATCH", f"{_KMS}/{self.name}", f"key {self.name}", body=body, query={"updateMask": mask})

    def foreign(self) -> str:
        """A key of another purpose, or one that was made elsewhere."""
        key = self._get() or {}
        if key.get("purpose") != "ENCRYPT_DECRYPT":
            return f"a key of this name is for {key.get('purpose')}"
        return "" if key.get("labels", {}).get(MARK[0]) == MARK[1] else "a key of this name was not made by bootstrap"

    def gone(self) -> bool:
        """Whether there is no version of it that encrypts or decrypts."""
        return self._get() is None or not self._versions(_USABLE, "DISABLED", "PENDING_GENERATION")

    def uses(self) -> Sequence[Use]:
        """What stands against its removal."""
        return self._uses()

    def removal(self) -> str:
        """What removing means for a key."""
        return "its versions are destroyed after 30 days, until then bootstrap takes them back; its name stays for ever"

    def remove(self) -> None:
        """Lets all versions wait for their destruction."""
        for version in self._versions(_USABLE, "DISABLED", "PENDING_GENERATION"):
            self._project.ask("POST", f"{_KMS}/{version}:destroy", f"key {self.name}", body={})

    def _bring_back(self) -> None:
        """Takes back the versions that wait for their destruction; makes one where all are destroyed."""
        what = f"key {self.name}"
        for version in self._versions("DESTROY_SCHEDULED"):
            self._project.ask("POST", f"{_KMS}/{version}:restore", what, body={})
        for version in self._versions("DISABLED"):
            query = {"updateMask": "state"}
            self._project.ask("PATCH", f"{_KMS}/{version}", what, body={"state": _USABLE}, query=query)
        if not (usable := self._versions(_USABLE)):
            made = self._project.ask("POST", f"{_KMS}/{self.name}/cryptoKeyVersions", what, body={}) or {}
            usable = [made["name"]]
        last = max(usable, key=lambda version: int(version.rpartition("/")[2])).rpartition("/")[2]
        body = {"cryptoKeyVersionId": last}
        self._project.ask("POST", f"{_KMS}/{self.name}:updatePrimaryVersion", what, body=body)

    def _get(self) -> dict[str, Any] | None:
        return self._project.ask("GET", f"{_KMS}/{self.name}", f"key {self.name}")

    def _versions(self, *states: str) -> list[str]:
        url, query, names = f"{_KMS}/{self.name}/cryptoKeyVersions", {"pageSize": 1000}, []
        page: dict[str, Any] = self._project.ask("GET", url, f"key {self.name}", query=query) or {}
        names += [each["name"] for each in page.get("cryptoKeyVersions", []) if each["state"] in states]
        return names


_SERVICE = [Grant("roles/cloudkms.cryptoKeyEncrypterDecrypter")]


def _rotation() -> dict[str, str]:
    following = datetime.now(UTC) + _ROTATION
    return {
        "rotationPeriod": f"{int(_ROTATION.total_seconds())}s",
        "nextRotationTime": following.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
