"""The policy documents of an AWS account, as pure functions."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from accounts.aws import actions
from accounts.aws.account import AUDIENCE, ISSUER, ROLE_PATH, AwsAccount, Cloud

Document = dict[str, Any]
_VERSION = "2012-10-17"
_KEY_DELETION_DAYS = 30


def text(document: Mapping[str, Any]) -> str:
    """A document as it is sent: without blanks, which count against IAM's limits."""
    return json.dumps(document, separators=(",", ":"))


def same_form(value: Any) -> Any:
    """A document in one form of all that mean the same: single values and lists of one, the order of lists."""
    if isinstance(value, str | bool | int | float):
        return [value]
    if isinstance(value, Mapping):
        return {
            key: each if key in ("Sid", "Effect", "Version", "Id") else same_form(each) for key, each in value.items()
        }
    return sorted((same_form(each)[0] if isinstance(each, str) else same_form(each) for each in value), key=str)


def parsed(policy: "str | Mapping[str, Any]") -> Any:
    """A document that was read, in the form that compares."""
    return same_form(json.loads(policy) if isinstance(policy, str) else policy)


def bucket_policy(cloud: Cloud) -> list[Document]:
    """Statements of the state bucket: nobody reaches it but by TLS 1.2 or newer, and with the account's own key."""
    arns = [cloud.bucket_arn, f"{cloud.bucket_arn}/*"]
    return [
        _deny("SlipwayTlsOnly", "s3:*", arns, {"Bool": {"aws:SecureTransport": "false"}}, everybody=True),
        _deny("SlipwayTls12", "s3:*", arns, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}, everybody=True),
        _deny(
            "SlipwayThisAccountOnly",
            "s3:*",
            arns,
            {"StringNotEquals": {"aws:PrincipalAccount": cloud.account.account_id}},
            everybody=True,
        ),
    ]


def key_policy(cloud: Cloud) -> Document:
    """Of the key: IAM of the account decides who uses it, and its deletion leaves time to notice."""
    root = {"AWS": cloud.iam_arn("root")}
    allow = {"Sid": "SlipwayAccount", "Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    days = {"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": str(_KEY_DELETION_DAYS)}}
    late = _deny("SlipwayLateDeletion", "kms:ScheduleKeyDeletion", ["*"], days, everybody=True)
    return _document(allow, late)


def trust(cloud: Cloud, subject: str) -> Document:
    """Who may take a role: tokens of GitHub Actions with exactly this subject."""
    condition = {"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": subject}}
    return _document(
        {
            "Sid": "GitHubActions",
            "Effect": "Allow",
            "Principal": {"Federated": cloud.iam_arn(f"oidc-provider/{ISSUER}")},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": condition,
        }
    )


def state_access(cloud: Cloud, key: str, *, write: bool) -> Document:
    """Access to the stack's own state and secrets.

    The paths are those of Pulumi's own backend (pkg/backend/diy of v3.259.0). A preview takes no lock, writes nothing.

    Args:
        cloud: the account.
        key: ARN of the key.
        write: whether the state may be changed.
    """
    account = cloud.account
    own, meta = _objects(cloud, account.stack), f"{cloud.bucket_arn}/.pulumi/meta.yaml"
    others = [_objects(cloud, stack)[0] for stack in account.reads]
    s3 = {"StringEquals": {"kms:ViaService": f"s3.{account.region}.amazonaws.com"}}
    statements = [
        _allow("List", ["s3:GetBucketLocation", "s3:ListBucket"], [cloud.bucket_arn]),
        _allow("Read", ["s3:GetObject"], [*own, *others, meta]),
        _allow("OpenSecrets", ["kms:Decrypt"], [key], _secrets_of(account.stack, *account.reads)),
        _allow("StateKey", ["kms:Decrypt", "kms:GenerateDataKey"] if write else ["kms:Decrypt"], [key], s3),
    ]
    if write:
        statements += [
            _allow("Write", ["s3:PutObject"], [*own, meta]),
            _allow("Replace", ["s3:DeleteObject"], own),
            _allow("MakeSecrets", ["kms:Encrypt"], [key], _secrets_of(account.stack)),
        ]
    return _document(*statements)


def _objects(cloud: Cloud, stack: str) -> list[str]:
    """The objects of one stack, its state first."""
    project = cloud.account.project
    paths = (
        f"stacks/{project}/{stack}.json",
        f"stacks/{project}/{stack}.json.*",
        f"stacks/{project}/{stack}.pulumi-tags",
        f"history/{project}/{stack}/*",
        f"backups/{project}/{stack}/*",
        f"locks/organization/{project}/{stack}/*",
    )
    return [f"{cloud.bucket_arn}/.pulumi/{path}" for path in paths]


def _secrets_of(*stacks: str) -> Document:
    return {"StringEquals": {"kms:EncryptionContext:stack": list(stacks)}}


def read_access() -> Document:
    """What a preview asks the cloud; `*`, since most of these actions know no resources."""
    return _document(_allow("Read", actions.flat(actions.READ), ["*"]))


def apply_access(cloud: Cloud, key: str) -> Document:
    """What `up` and `destroy` do, and what they may never do to the account's foundation.

    Args:
        cloud: the account.
        key: ARN of the state's key.
    """
    account = cloud.account
    here = {"StringEquals": {"aws:RequestedRegion": account.region}}
    buckets = [f"arn:{cloud.partition}:s3:::{name}" for name in account.buckets]
    roles, profiles = (cloud.iam_arn(f"{kind}/{account.cluster}-*") for kind in ("role", "instance-profile"))
    services = {"StringEquals": {"iam:PassedToService": list(actions.PASSED_TO)}}
    statements = [
        _allow("Region", actions.flat(actions.REGIONAL), ["*"], here),
        _allow("Roles", actions.flat(actions.ROLES), [roles], _bounded(cloud)),
        _allow("RoleUpkeep", actions.flat(actions.ROLE_UPKEEP), [roles, profiles]),
        _allow("PassRole", ["iam:PassRole"], [roles], services),
        _allow(
            "ServiceRoles",
            ["iam:CreateServiceLinkedRole"],
            [cloud.iam_arn("role/aws-service-role/*")],
            {"StringEquals": {"iam:AWSServiceName": list(actions.SERVICE_LINKED)}},
        ),
        _allow(
            "ClusterIssuer",
            actions.flat(actions.CLUSTER_ISSUER),
            [cloud.iam_arn(f"oidc-provider/oidc.eks.{account.region}.amazonaws.com/id/*")],
        ),
    ]  # fmt: skip
    if buckets:
        statements.append(_allow("Buckets", actions.flat(actions.BUCKETS), buckets))
    alias = f"arn:{cloud.partition}:kms:{account.region}:{account.account_id}:{account.alias}"
    foundation = [
        cloud.bucket_arn, f"{cloud.bucket_arn}/*", key, alias, cloud.iam_arn(f"role{ROLE_PATH}*"),
        cloud.iam_arn(f"policy{ROLE_PATH}*"), cloud.iam_arn(f"oidc-provider/{ISSUER}"),
    ]  # fmt: skip
    statements.append(_deny("Foundation", list(actions.FOUNDATION), foundation))
    return _document(*statements)


def boundary(cloud: Cloud, key: str) -> Document:
    """The most that a role made by the stack can ever do, whatever its own policies say.

    It grants nothing by itself. Identity is out of its reach (but what Karpenter does with instance profiles), and so
    is the account's foundation: without it, whoever may make roles could make one that may do everything.
    """
    account = cloud.account
    profiles = cloud.iam_arn(f"instance-profile/{account.cluster}-*")
    state = [cloud.bucket_arn, f"{cloud.bucket_arn}/*", key]
    return _document(
        {"Sid": "Work", "Effect": "Allow", "NotAction": list(actions.IDENTITY), "Resource": "*"},
        _allow("InstanceProfiles", actions.flat(actions.INSTANCE_PROFILES), [profiles]),
        _allow(
            "NodeRoles",
            ["iam:PassRole"],
            [cloud.iam_arn(f"role/{account.cluster}-*")],
            {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
        _deny("State", ["s3:*", "kms:*"], state),
    )


def _bounded(cloud: Cloud) -> Document:
    arn = cloud.iam_arn(f"policy{ROLE_PATH}{cloud.account.boundary}")
    return {"StringEquals": {"iam:PermissionsBoundary": arn}}


def _document(*statements: Mapping[str, Any]) -> Document:
    return {"Version": _VERSION, "Statement": list(statements)}


def _allow(sid: str, doing: Sequence[str], on: Sequence[str], where: Mapping[str, Any] | None = None) -> Document:
    statement = {"Sid": sid, "Effect": "Allow", "Action": list(doing), "Resource": list(on)}
    return {**statement, "Condition": where} if where else statement


def _deny(
    sid: str,
    doing: str | Sequence[str],
    on: Sequence[str],
    where: Mapping[str, Any] | None = None,
    *,
    everybody: bool = False,
) -> Document:
    statement: Document = {"Sid": sid, "Effect": "Deny", "Action": doing, "Resource": list(on)}
    if everybody:
        statement["Principal"] = "*"
    return {**statement, "Condition": where} if where else statement


def role_policies(cloud: Cloud, purpose: str, key: str) -> dict[str, Document]:
    """The inline policies of a role of the stack, by name."""
    return {"state": state_access(cloud, key, write=purpose == "apply"), "read": read_access()}


def subject(account: AwsAccount, purpose: str) -> str:
    """The subject that may take a role of the stack."""
    assert account.ci is not None, "a role without ci"  # noqa: S101  a promise of the caller
    return account.ci.preview_subject if purpose == "preview" else account.ci.apply_subject
