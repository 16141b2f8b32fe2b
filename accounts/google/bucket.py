"""The bucket with the state of every stack in a project and region."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from accounts.google.policy import Policy
from accounts.google.project import MARK, Project
from accounts.plan import Part, Use
from accounts.states import meaning
from catalog import google_storage
from catalog.errors import SlipwayError

if TYPE_CHECKING:
    from google.cloud.storage import Bucket as StoredBucket

_SHOWN = 10
_RECOVERABLE_SECONDS = 30 * 24 * 3600
# An old state is kept for a quarter of a year; locks are of no use once they are gone.
_LIFECYCLE: list[dict[str, Any]] = [
    {"action": {"type": "Delete"}, "condition": {"daysSinceNoncurrentTime": 90, "isLive": False}},
    {
        "action": {"type": "Delete"},
        "condition": {"daysSinceNoncurrentTime": 7, "isLive": False, "matchesPrefix": [".pulumi/locks/"]},
    },
    {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 7}},
]


class Bucket(Part):
    """The state bucket: versioned, encrypted with our key, closed to the public, its access by IAM alone.

    Args:
        project: asks.
        others: names of what other stacks have in this project; the bucket is left to them.
    """

    kind = "bucket"

    def __init__(self, project: Project, others: Callable[[], Sequence[str]]) -> None:
        self._project, self._others = project, others
        self.name = project.declared.bucket
        self._client = google_storage.client(
            project.declared.project, project.session.credentials, _http=project.session
        )

    @property
    def policy(self) -> Policy:
        """Who may use it."""
        from google.api_core.exceptions import Conflict, PreconditionFailed
        from google.api_core.iam import Policy as StoredPolicy

        def read() -> dict[str, Any]:
            bucket = self._client.bucket(self.name)
            found: dict[str, Any] = self._done(lambda: bucket.get_iam_policy(requested_policy_version=3)).to_api_repr()
            return found

        def write(policy: dict[str, Any]) -> bool:
            try:
                self._client.bucket(self.name).set_iam_policy(StoredPolicy.from_api_repr(policy))
            except (Conflict, PreconditionFailed):
                return False
            return True

        return Policy(f"bucket {self.name}", read, write)

    def agent(self) -> str:
        """The member by which Google's storage encrypts for this project."""
        address = self._done(self._client.get_service_account_email)
        return f"serviceAccount:{address}"

    def found(self) -> Mapping[str, Any] | None:
        """Everything that keeps the state safe."""
        bucket = self._get()
        if bucket is None:
            return None
        iam = bucket.iam_configuration
        return {
            "mark": bucket.labels.get(MARK[0]),
            "uniform access": iam.uniform_bucket_level_access_enabled,
            "public access": iam.public_access_prevention,
            "versioning": bucket.versioning_enabled,
            "encryption": bucket.default_kms_key_name,
            "lifecycle": [dict(rule) for rule in bucket.lifecycle_rules],
            "recoverable": bucket.soft_delete_policy.retention_duration_seconds,
        }

    def wanted(self) -> Mapping[str, Any]:
        """The same as it must be."""
        return {
            "mark": MARK[1],
            "uniform access": True,
            "public access": "enforced",
            "versioning": True,
            "encryption": self._project.declared.bucket_key,
            "lifecycle": _LIFECYCLE,
            "recoverable": _RECOVERABLE_SECONDS,
        }

    def create(self) -> None:
        """Makes it with all its settings: Google takes them in the one request."""
        bucket = self._client.bucket(self.name)
        self._configure(bucket, self.wanted())
        self._done(lambda: self._client.create_bucket(bucket, location=self._project.declared.region))

    def write(self, setting: str, value: Any) -> None:
        """Writes one setting; other labels stay."""
        bucket = self._get() or self._client.bucket(self.name)
        self._configure(bucket, {setting: value})
        self._done(bucket.patch)

    def foreign(self) -> str:
        """A bucket of another project, elsewhere, or one that was not made here."""
        bucket = self._get()
        if bucket is None:
            return ""
        if str(bucket.project_number or "") != self._project.number:
            return "the name is taken by a bucket of another project"
        if (bucket.location or "").lower() != self._project.declared.region:
            return f"it lies in {bucket.location}"
        return "" if bucket.labels.get(MARK[0]) == MARK[1] else "a bucket of this name was not made by bootstrap"

    def uses(self) -> Sequence[Use]:
        """States, by stack, other objects, and what other stacks have in this project."""
        declared = self._project.declared
        names = [blob.name for blob in self._done(lambda: list(self._client.list_blobs(self.name)))]
        states, rest = meaning(names, declared.pulumi_project)
        uses = [Use(f"it holds the state of stack {stack}", ours=stack == declared.stack) for stack in states]
        if rest:
            more = f" and {len(rest) - _SHOWN} more" if len(rest) > _SHOWN else ""
            uses.append(Use(f"it holds {', '.join(rest[:_SHOWN])}{more}", ours=not states))
        return [*uses, *(Use(f"{name} of another stack uses it", ours=False) for name in self._others())]

    def removal(self) -> str:
        """The old versions that go with it."""
        old = len(self._versions())
        return f"{old} versions of objects (history, backups, old states) go with it" if old else ""

    def remove(self) -> None:
        """Removes what is left of old objects, then the bucket."""
        for blob in self._versions():
            self._done(blob.delete)
        self._done(lambda: self._client.bucket(self.name).delete())

    def _versions(self) -> list[Any]:
        found: list[Any] = self._done(lambda: list(self._client.list_blobs(self.name, versions=True)))
        return found

    def _get(self) -> "StoredBucket | None":
        return self._done(lambda: self._client.lookup_bucket(self.name))

    def _configure(self, bucket: "StoredBucket", settings: Mapping[str, Any]) -> None:
        for setting, value in settings.items():
            if setting == "mark":
                bucket.labels = {**bucket.labels, MARK[0]: value}
            elif setting == "uniform access":
                bucket.iam_configuration.uniform_bucket_level_access_enabled = value
            elif setting == "public access":
                bucket.iam_configuration.public_access_prevention = value
            elif setting == "versioning":
                bucket.versioning_enabled = value
            elif setting == "encryption":
                bucket.default_kms_key_name = value
            elif setting == "lifecycle":
                bucket.lifecycle_rules = value
            else:
                bucket.soft_delete_policy.retention_duration_seconds = value

    def _done(self, ask: Callable[[], Any]) -> Any:
        """What Google's client gives, its refusals as one clear error."""
        from google.api_core.exceptions import Forbidden, GoogleAPICallError

        try:
            return ask()
        except GoogleAPICallError as error:
            what, fix = f"bucket {self.name}", "see the message; run it again, it goes on where it stopped"
            if isinstance(error, Forbidden):
                fix = "use credentials that may do this, or choose another project: the name may be taken elsewhere"
            raise SlipwayError(what, str(error.code), f"Google refused it: {error.message}", fix) from error
