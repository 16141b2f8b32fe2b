"""IAM policies of Google: reading and changing the bindings of one member, whatever the policy is of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.google.project import Project
from catalog.errors import SlipwayError

_VERSION = 3  # with conditions
_TRIES = 5


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A role, with a condition in the Common Expression Language or none."""

    role: str
    title: str = ""
    expression: str = ""

    def plain(self) -> list[str]:
        """As it is compared and shown."""
        return [self.role, self.expression]


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of one resource.

    Attributes:
        read: gives the policy as Google writes it.
        write: writes it; False where somebody else wrote in between (Google's `etag`).
    """

    what: str
    read: Callable[[], dict[str, Any]]
    write: Callable[[dict[str, Any]], bool]

    def of(self, member: str) -> list[list[str]]:
        """What a member is granted, sorted."""
        bindings = self.read().get("bindings", [])
        return sorted(
            [binding["role"], binding.get("condition", {}).get("expression", "")]
            for binding in bindings
            if member in binding["members"]
        )

    def grant(self, member: str, grants: Iterable[Grant]) -> None:
        """Gives a member these grants and takes all others away; other members keep theirs.

        Raises:
            SlipwayError: others keep changing the policy.
        """
        wanted = [_binding(grant, member) for grant in grants]
        for _ in range(_TRIES):
            policy = self.read()
            kept = [_without(binding, member) for binding in policy.get("bindings", [])]
            bindings = [binding for binding in kept if binding["members"]]
            if self.write({**policy, "version": _VERSION, "bindings": _merged([*bindings, *wanted])}):
                return
        raise SlipwayError(self.what, "", "others keep changing its policy", "run it again")


def of_resource(project: Project, url: str, what: str, *, read_by: str = "POST") -> Policy:
    """The policy of a resource with `:getIamPolicy` and `:setIamPolicy`.

    Args:
        project: asks.
        url: of the resource.
        what: in words.
        read_by: the method of reading, which differs from service to service.
    """

    def read() -> dict[str, Any]:
        version = {"requestedPolicyVersion": _VERSION}
        if read_by == "GET":
            query = {"options.requestedPolicyVersion": _VERSION}
            return project.ask("GET", f"{url}:getIamPolicy", what, query=query) or {}
        if "serviceAccounts" in url:
            query = {"options.requestedPolicyVersion": _VERSION}
            return project.ask("POST", f"{url}:getIamPolicy", what, query=query) or {}
        return project.ask("POST", f"{url}:getIamPolicy", what, body={"options": version}) or {}

    def write(policy: dict[str, Any]) -> bool:
        try:
            project.ask("POST", f"{url}:setIamPolicy", what, body={"policy": policy})
        except SlipwayError as error:
            if error.value == "409":
                return False
            raise
        return True

    return Policy(what, read, write)


def _binding(grant: Grant, member: str) -> dict[str, Any]:
    binding: dict[str, Any] = {"role": grant.role, "members": [member]}
    if grant.expression:
        binding["condition"] = {"title": grant.title, "expression": grant.expression}
    return binding


def _without(binding: Mapping[str, Any], member: str) -> dict[str, Any]:
    return {**binding, "members": [each for each in binding["members"] if each != member]}


def _merged(bindings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Bindings of one role and condition in one."""
    by_grant: dict[tuple[str, str, str], dict[str, Any]] = {}
    for binding in bindings:
        condition = binding.get("condition", {})
        key = (binding["role"], condition.get("title", ""), condition.get("expression", ""))
        known = by_grant.setdefault(key, {**binding, "members": []})
        known["members"] = sorted({*known["members"], *binding["members"]})
    return list(by_grant.values())
