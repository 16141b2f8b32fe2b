"""GitHub's identity provider, the stack's roles for it, and the boundary of the roles that the stack makes itself."""

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, Literal

from accounts.aws import documents
from accounts.aws.account import AUDIENCE, ISSUER, MARK, ROLE_PATH, STACK_TAG, Cloud, explained
from accounts.aws.key import Key
from accounts.plan import Part, Use

_SESSION_SECONDS = 3600
_MARK = {"Key": MARK[0], "Value": MARK[1]}


class Provider(Part):
    """GitHub's tokens, trusted by IAM; one for the whole account, whoever made it.

    Args:
        cloud: the account.
        others: names of roles of other stacks; the provider is left to them.
    """

    kind = "identity provider"
    name = ISSUER

    def __init__(self, cloud: Cloud, others: Callable[[], Sequence[str]]) -> None:
        self._cloud, self._others = cloud, others
        self._client = cloud.client("iam")
        self._arn = cloud.iam_arn(f"oidc-provider/{ISSUER}")

    def found(self) -> Mapping[str, Any] | None:
        """Whether it takes tokens that were made for AWS."""
        provider = self._get()
        return None if provider is None else {"audience": AUDIENCE if AUDIENCE in provider["ClientIDList"] else None}

    def wanted(self) -> Mapping[str, Any]:
        """It does."""
        return {"audience": AUDIENCE}

    def create(self) -> None:
        """Makes it; IAM knows the certificate authority itself."""
        with explained("iam:CreateOpenIDConnectProvider", self.name):
            self._client.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=[AUDIENCE], Tags=[_MARK])

    def write(self, setting: str, value: Any) -> None:
        """Adds the audience; others stay."""
        with explained("iam:AddClientIDToOpenIDConnectProvider", self.name):
            self._client.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=self._arn, ClientID=value)

    def uses(self) -> Sequence[Use]:
        """Who made it, and whose roles trust it."""
        provider = self._get() or {}
        if _MARK not in provider.get("Tags", []):
            return [Use("it was not made by bootstrap", ours=False)]
        return [Use(f"{name} of another stack trusts it", ours=False) for name in self._others()]

    def remove(self) -> None:
        """Removes it."""
        with explained("iam:DeleteOpenIDConnectProvider", self.name):
            self._client.delete_open_id_connect_provider(OpenIDConnectProviderArn=self._arn)

    def _get(self) -> dict[str, Any] | None:
        with explained("iam:GetOpenIDConnectProvider", self.name):
            try:
                provider: dict[str, Any] = self._client.get_open_id_connect_provider(OpenIDConnectProviderArn=self._arn)
            except self._client.exceptions.NoSuchEntityException:
                return None
        return provider


class Policy(Part):
    """A policy of the stack: what its apply role may do, or the boundary that every role made by the stack must carry.

    Args:
        cloud: the account.
        name: of the policy.
        document: makes the document, once the key is there that it names.
    """

    kind = "policy"

    def __init__(self, cloud: Cloud, name: str, document: Callable[[], documents.Document]) -> None:
        self._cloud, self._document = cloud, document
        self.name = name
        self._client = cloud.client("iam")
        self._arn = cloud.iam_arn(f"policy{ROLE_PATH}{name}")

    def found(self) -> Mapping[str, Any] | None:
        """Its document."""
        with explained("iam:GetPolicy", self.name):
            try:
                version = self._client.get_policy(PolicyArn=self._arn)["Policy"]["DefaultVersionId"]
            except self._client.exceptions.NoSuchEntityException:
                return None
            answer = self._client.get_policy_version(PolicyArn=self._arn, VersionId=version)
        return {"document": documents.parsed(answer["PolicyVersion"]["Document"])}

    def wanted(self) -> Mapping[str, Any]:
        """The same as it must be."""
        return {"document": documents.same_form(self._document())}

    def create(self) -> None:
        """Makes it; its path is its mark, which nobody else uses."""
        with explained("iam:CreatePolicy", self.name):
            self._client.create_policy(
                PolicyName=self.name,
                Path=ROLE_PATH,
                PolicyDocument=documents.text(self._document()),
                Tags=[_MARK, {"Key": STACK_TAG, "Value": self._cloud.account.stack}],
            )

    def write(self, setting: str, value: Any) -> None:
        """Writes a new version and removes the others: IAM keeps five."""
        with explained("iam:CreatePolicyVersion", self.name):
            self._drop_old_versions()
            self._client.create_policy_version(
                PolicyArn=self._arn, PolicyDocument=documents.text(self._document()), SetAsDefault=True
            )

    def uses(self) -> Sequence[Use]:
        """Roles that still carry it as their boundary: those that the stack made."""
        own = self._cloud.account.role("apply")
        with explained("iam:ListEntitiesForPolicy", self.name):
            pages = self._client.get_paginator("list_entities_for_policy").paginate(
                PolicyArn=self._arn, PolicyUsageFilter="PermissionsBoundary"
            )
            names = [role["RoleName"] for page in pages for role in page["PolicyRoles"] if role["RoleName"] != own]
        return [Use(f"role {name} carries it: the stack is not destroyed", ours=True) for name in names]

    def remove(self) -> None:
        """Removes it with all its versions."""
        with explained("iam:DeletePolicy", self.name):
            self._drop_old_versions()
            self._client.delete_policy(PolicyArn=self._arn)

    def _drop_old_versions(self) -> None:
        for version in self._client.list_policy_versions(PolicyArn=self._arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                self._client.delete_policy_version(PolicyArn=self._arn, VersionId=version["VersionId"])


class Role(Part):
    """A role of the stack that GitHub's tokens of one subject may take.

    Args:
        cloud: the account.
        key: of the state.
        purpose: `preview` reads; `apply` changes.
    """

    kind = "role"

    def __init__(self, cloud: Cloud, key: Key, purpose: Literal["preview", "apply"]) -> None:
        self._cloud, self._key, self._purpose = cloud, key, purpose
        self.name = cloud.account.role(purpose)
        self._client = cloud.client("iam")

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self._cloud.iam_arn(f"role{ROLE_PATH}{self.name}")

    def found(self) -> Mapping[str, Any] | None:
        """Who may take it, for how long, and its policies; a policy that is attached counts, too."""
        role = self._get()
        if role is None:
            return None
        with explained("iam:GetRolePolicy", self.name):
            names = self._client.list_role_policies(RoleName=self.name)["PolicyNames"]
            inline = {
                f"policy {name}": documents.parsed(
                    self._client.get_role_policy(RoleName=self.name, PolicyName=name)["PolicyDocument"]
                )
                for name in names
            }
            attached = self._client.list_attached_role_policies(RoleName=self.name)["AttachedPolicies"]
        return {
            "trust": documents.parsed(role["AssumeRolePolicyDocument"]),
            "session": role["MaxSessionDuration"],
            "attached policies": sorted(policy["PolicyArn"] for policy in attached),
            "further policies": sorted(name for name in inline if name not in self._policies()),
            **inline,
        }

    def wanted(self) -> Mapping[str, Any]:
        """The same as it must be."""
        return {
            "trust": documents.same_form(self._trust()),
            "session": _SESSION_SECONDS,
            "attached policies": self._attached(),
            "further policies": [],
            **{name: documents.same_form(document) for name, document in self._policies().items()},
        }

    def create(self) -> None:
        """Makes it, powerless."""
        with explained("iam:CreateRole", self.name):
            self._client.create_role(
                RoleName=self.name,
                Path=ROLE_PATH,
                AssumeRolePolicyDocument=documents.text(self._trust()),
                Description=f"Slipway: {self._purpose} of stack {self._cloud.account.stack} by GitHub Actions",
                MaxSessionDuration=_SESSION_SECONDS,
                Tags=[_MARK, {"Key": STACK_TAG, "Value": self._cloud.account.stack}],
            )

    def write(self, setting: str, value: Any) -> None:
        """Writes one setting; what somebody else attached is taken off."""
        do = self._client
        with explained(f"iam, to set the {setting}", self.name):
            if setting == "trust":
                do.update_assume_role_policy(RoleName=self.name, PolicyDocument=documents.text(self._trust()))
            elif setting == "session":
                do.update_role(RoleName=self.name, MaxSessionDuration=value)
            elif setting == "attached policies":
                self._detach(keep=value)
                for arn in value:
                    do.attach_role_policy(RoleName=self.name, PolicyArn=arn)
            elif setting == "further policies":
                self._take_off(keep=self._policies())
            else:
                document = documents.text(self._policies()[setting])
                do.put_role_policy(
                    RoleName=self.name, PolicyName=setting.removeprefix("policy "), PolicyDocument=document
                )

    def foreign(self) -> str:
        """A role of this name that was made elsewhere."""
        role = self._get() or {}
        ours = role.get("Path") == ROLE_PATH and _MARK in role.get("Tags", [])
        return "" if ours else "a role of this name was not made by bootstrap"

    def remove(self) -> None:
        """Removes it with its policies."""
        with explained("iam:DeleteRole", self.name):
            self._detach(keep=())
            self._take_off(keep=())
            self._client.delete_role(RoleName=self.name)

    def _detach(self, keep: Container[str]) -> None:
        for policy in self._client.list_attached_role_policies(RoleName=self.name)["AttachedPolicies"]:
            if policy["PolicyArn"] not in keep:
                self._client.detach_role_policy(RoleName=self.name, PolicyArn=policy["PolicyArn"])

    def _take_off(self, keep: Container[str]) -> None:
        for name in self._client.list_role_policies(RoleName=self.name)["PolicyNames"]:
            if f"policy {name}" not in keep:
                self._client.delete_role_policy(RoleName=self.name, PolicyName=name)

    def _attached(self) -> list[str]:
        return [self._cloud.iam_arn(f"policy{ROLE_PATH}{self.name}")] if self._purpose == "apply" else []

    def _get(self) -> dict[str, Any] | None:
        with explained("iam:GetRole", self.name):
            try:
                role: dict[str, Any] = self._client.get_role(RoleName=self.name)["Role"]
            except self._client.exceptions.NoSuchEntityException:
                return None
        return role

    def _trust(self) -> documents.Document:
        return documents.trust(self._cloud, documents.subject(self._cloud.account, self._purpose))

    def _policies(self) -> dict[str, documents.Document]:
        found = documents.role_policies(self._cloud, self._purpose, self._key.arn)
        return {f"policy {name}": document for name, document in found.items()}


def of_other_stacks(cloud: Cloud) -> list[str]:
    """Names of roles that bootstrap made for other stacks of the account."""
    own = {cloud.account.role(purpose) for purpose in ("preview", "apply")}
    with explained("iam:ListRoles", ROLE_PATH):
        pages = cloud.client("iam").get_paginator("list_roles").paginate(PathPrefix=ROLE_PATH)
        names = [role["RoleName"] for page in pages for role in page["Roles"]]
    return sorted(f"role {name}" for name in names if name not in own)
