"""GitHub's tokens in a Google project: the pool that trusts them, and the stack's two service accounts."""

from collections.abc import Mapping
from typing import Any, Literal

from accounts.google import grants, policy
from accounts.google.bucket import Bucket
from accounts.google.key import Key
from accounts.google.policy import Grant, Policy
from accounts.google.project import MADE_FOR, Project
from accounts.plan import Part
from catalog.errors import SlipwayError

_IAM = "https://iam.googleapis.com/v1"
_ISSUER = "https://token.actions.githubusercontent.com"
_PROVIDER = "github"


class Pool(Part):
    """The workload identity pool of a stack with its one provider.

    A deleted pool keeps its name for 30 days; until then it is brought back instead of made.
    """

    kind = "workload identity pool"

    def __init__(self, project: Project) -> None:
        self._project = project
        self.name = project.declared.pool
        self._provider = f"{self.name}/providers/{_PROVIDER}"

    def found(self) -> Mapping[str, Any] | None:
        """Whether it is active, and what its provider takes."""
        pool = self._ask("GET", self.name)
        if pool is None:
            return None
        provider = self._ask("GET", self._provider) or {}
        return {
            "state": _state(pool),
            "provider": {
                "state": _state(provider),
                "issuer": provider.get("oidc", {}).get("issuerUri"),
                "audiences": provider.get("oidc", {}).get("allowedAudiences", []),
                "mapping": provider.get("attributeMapping"),
                "condition": provider.get("attributeCondition"),
            },
        }

    def wanted(self) -> Mapping[str, Any]:
        """Active, for tokens of this repository that were made for this very provider."""
        provider = self._wanted_provider()
        return {
            "state": "ACTIVE",
            "provider": {
                "state": "ACTIVE",
                "issuer": provider["oidc"]["issuerUri"],
                "audiences": [],
                "mapping": provider["attributeMapping"],
                "condition": provider["attributeCondition"],
            },
        }

    def create(self) -> None:
        """Makes the pool."""
        parent, _, pool_id = self.name.rpartition("/")
        body = {"displayName": "GitHub Actions", "description": f"{MADE_FOR}{self._project.declared.stack}"}
        self._change("POST", parent, body, {"workloadIdentityPoolId": pool_id})

    def write(self, setting: str, value: Any) -> None:
        """Brings back what is deleted, enables what is disabled, and makes or mends the provider."""
        if setting == "state":
            self._activate(self.name)
            return
        found = self._ask("GET", self._provider)
        if found is None:
            query = {"workloadIdentityPoolProviderId": _PROVIDER}
            self._change("POST", f"{self.name}/providers", self._wanted_provider(), query)
            return
        if _state(found) != "ACTIVE":
            self._activate(self._provider)
        query = {"updateMask": "oidc,attributeMapping,attributeCondition"}
        self._change("PATCH", self._provider, self._wanted_provider(), query)

    def foreign(self) -> str:
        """A pool that was made elsewhere."""
        pool = self._ask("GET", self.name) or {}
        ours = str(pool.get("description", "")).startswith(MADE_FOR)
        return "" if ours else "a pool of this name was not made by bootstrap"

    def gone(self) -> bool:
        """Whether it is deleted, be it for ever or not."""
        pool = self._ask("GET", self.name)
        return pool is None or _state(pool) == "DELETED"

    def removal(self) -> str:
        """What removing means for a pool."""
        return "it is deleted after 30 days; until then bootstrap brings it back"

    def remove(self) -> None:
        """Deletes it; its provider goes with it."""
        self._change("DELETE", self.name, None, None)

    def _activate(self, resource: str) -> None:
        if _state(self._ask("GET", resource) or {}) == "DELETED":
            self._change("POST", f"{resource}:undelete", {}, None)
        if _state(self._ask("GET", resource) or {}) == "DISABLED":
            self._change("PATCH", resource, {"disabled": False}, {"updateMask": "disabled"})

    def _wanted_provider(self) -> dict[str, Any]:
        ci = self._project.declared.ci
        assert ci is not None, "a pool without ci"  # noqa: S101  a promise of the caller
        condition = f'assertion.repository == "{ci.repository}"'
        if ci.repository_id:
            condition += f' && assertion.repository_id == "{ci.repository_id}"'
        return {
            "displayName": "GitHub Actions",
            "oidc": {"issuerUri": _ISSUER},
            "attributeMapping": {"google.subject": "assertion.sub"},
            "attributeCondition": condition,
        }

    def _ask(self, method: str, resource: str) -> dict[str, Any] | None:
        return self._project.ask(method, f"{_IAM}/{resource}", f"{self.kind} {self.name}")

    def _change(
        self, method: str, resource: str, body: Mapping[str, Any] | None, query: Mapping[str, Any] | None
    ) -> None:
        what = f"{self.kind} {self.name}"
        operation = self._project.ask(method, f"{_IAM}/{resource}", what, body=body, query=query)
        self._project.done(operation, "iam.googleapis.com", what)


class ServiceAccount(Part):
    """A service account that GitHub's tokens of one subject may use.

    Args:
        project: asks.
        purpose: `preview` reads; `apply` changes.
        key: of the stack's secrets.
        bucket: with the state.
    """

    kind = "service account"

    def __init__(self, project: Project, purpose: Literal["preview", "apply"], key: Key, bucket: Bucket) -> None:
        self._project, self._purpose = project, purpose
        declared = project.declared
        self.name = declared.service_account(purpose)
        self._resource = f"projects/{declared.project}/serviceAccounts/{self.name}"
        self._member = f"serviceAccount:{self.name}"
        in_project = f"https://cloudresourcemanager.googleapis.com/v3/projects/{declared.project}"
        self._policies: dict[str, tuple[Policy, list[Grant]]] = {
            "key": (key.policy, grants.in_key(purpose)),
            "bucket": (bucket.policy, grants.in_bucket(declared, purpose)),
            "project": (
                policy.of_resource(project, in_project, f"project {declared.project}"),
                grants.in_project(declared, purpose),
            ),
        }
        self._own = policy.of_resource(project, f"{_IAM}/{self._resource}", f"{self.kind} {self.name}")

    def found(self) -> Mapping[str, Any] | None:
        """Who may use it, and what it is granted where."""
        account = self._get()
        if account is None:
            return None
        granted = {f"grants in {where}": rights.of(self._member) for where, (rights, _) in self._policies.items()}
        users = [
            [binding["role"], member]
            for binding in self._own.read().get("bindings", [])
            for member in binding["members"]
        ]
        return {"enabled": not account.get("disabled", False), "users": sorted(users), **granted}

    def wanted(self) -> Mapping[str, Any]:
        """One subject, and the grants of its purpose."""
        granted = {
            f"grants in {where}": sorted(grant.plain() for grant in wanted)
            for where, (_, wanted) in self._policies.items()
        }
        users = [[grant.role, self._subject] for grant in grants.in_account()]
        return {"enabled": True, "users": users, **granted}

    def create(self) -> None:
        """Makes it, powerless."""
        declared = self._project.declared
        account = {"displayName": f"Slipway {self._purpose}", "description": f"{MADE_FOR}{declared.stack}"}
        body = {"accountId": self.name.partition("@")[0], "serviceAccount": account}
        url = f"{_IAM}/projects/{declared.project}/serviceAccounts"
        self._project.ask("POST", url, f"{self.kind} {self.name}", body=body)

    def write(self, setting: str, value: Any) -> None:
        """Writes one setting; whoever else may use the account may not any more."""
        if setting == "enabled":
            url = f"{_IAM}/{self._resource}:enable"
            self._project.ask("POST", url, f"{self.kind} {self.name}", body={})
        elif setting == "users":
            for _, member in (self.found() or {}).get("users", []):
                if member != self._subject:
                    self._own.grant(member, [])
            self._own.grant(self._subject, grants.in_account())
        else:
            rights, wanted = self._policies[setting.removeprefix("grants in ")]
            rights.grant(self._member, wanted)

    def foreign(self) -> str:
        """An account that was made elsewhere."""
        ours = str((self._get() or {}).get("description", "")).startswith(MADE_FOR)
        return "" if ours else "a service account of this name was not made by bootstrap"

    def remove(self) -> None:
        """Takes its grants away, then removes it: grants of deleted accounts would stay in the policies."""
        for rights, _ in self._policies.values():
            if rights.of(self._member):
                rights.grant(self._member, [])
        self._project.ask("DELETE", f"{_IAM}/{self._resource}", f"{self.kind} {self.name}")

    @property
    def _subject(self) -> str:
        ci = self._project.declared.ci
        assert ci is not None, "a service account without ci"  # noqa: S101  a promise of the caller
        subject = ci.preview_subject if self._purpose == "preview" else ci.apply_subject
        pool = self._project.declared.pool.rpartition("/")[2]
        place = f"projects/{self._project.number}/locations/global/workloadIdentityPools/{pool}"
        return f"principal://iam.googleapis.com/{place}/subject/{subject}"

    def _get(self) -> dict[str, Any] | None:
        return self._project.ask("GET", f"{_IAM}/{self._resource}", f"{self.kind} {self.name}")


def of_other_stacks(project: Project) -> list[str]:
    """Service accounts that bootstrap made for other stacks of the project.

    Raises:
        SlipwayError: there are more than one answer can hold.
    """
    url = f"{_IAM}/projects/{project.declared.project}/serviceAccounts"
    what = f"service accounts of {project.declared.project}"
    answer = project.ask("GET", url, what, query={"pageSize": 100}) or {}
    if answer.get("nextPageToken"):
        raise SlipwayError(what, "", "there are more than 100", "remove what nobody uses, or remove by hand")
    made = {
        account["email"]: str(account["description"]).removeprefix(MADE_FOR)
        for account in answer.get("accounts", [])
        if str(account.get("description", "")).startswith(MADE_FOR)
    }
    return sorted(f"service account {email}" for email, stack in made.items() if stack != project.declared.stack)


def _state(resource: Mapping[str, Any]) -> str | None:
    return "DISABLED" if resource.get("disabled") else resource.get("state")
