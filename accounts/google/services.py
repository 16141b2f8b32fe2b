"""The interfaces of Google's services that a project must have enabled."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.google.project import Project
from accounts.plan import Part, Use

_USAGE = "serviceusage.googleapis.com"

# Of bootstrap itself, and of what a stack makes.
_APIS = (
    "artifactregistry.googleapis.com", "cloudkms.googleapis.com", "cloudresourcemanager.googleapis.com",
    "compute.googleapis.com", "container.googleapis.com", "iam.googleapis.com", "iamcredentials.googleapis.com",
    "logging.googleapis.com", "monitoring.googleapis.com", "storage.googleapis.com", "sts.googleapis.com",
)  # fmt: skip


class Services(Part):
    """The interfaces of Google's services that are needed; a new project has few of them."""

    kind = "services"

    def __init__(self, project: Project) -> None:
        self._project = project
        self.name = project.declared.project

    def found(self) -> Mapping[str, Any] | None:
        """Those that are enabled, of those that are needed."""
        names = [f"projects/{self._project.number}/services/{api}" for api in _APIS]
        url = f"https://{_USAGE}/v1/projects/{self._project.number}/services:batchGet"
        answer = self._project.ask("GET", url, f"services of {self.name}", query={"names": names}) or {}
        services = answer.get("services", [])
        on = [each["name"].rpartition("/")[2] for each in services if each.get("state") == "ENABLED"]
        return {"enabled": sorted(on)}

    def wanted(self) -> Mapping[str, Any]:
        """All."""
        return {"enabled": list(_APIS)}

    def create(self) -> None:
        """There is nothing to make."""

    def write(self, setting: str, value: Any) -> None:
        """Enables all."""
        url, what = (
            f"https://{_USAGE}/v1/projects/{self._project.number}/services:batchEnable",
            f"services of {self.name}",
        )
        operation = self._project.ask("POST", url, what, body={"serviceIds": value})
        self._project.done(operation, _USAGE, what)

    def uses(self) -> Sequence[Use]:
        """They are for the whole project."""
        return [Use("other things in the project may use them", ours=False)]

    def remove(self) -> None:
        """They are left."""
