"""One AWS account as a stack declares it: names in it, and the credentials that may change it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from accounts.plan import NoCredentials
from accounts.spec import CiSpec
from catalog.errors import SlipwayError

if TYPE_CHECKING:
    import boto3

MARK = ("slipway:purpose", "bootstrap")
"""The tag by which everything that was made here is known."""

STACK_TAG = "slipway:stack"
ROLE_PATH = "/slipway/"
ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"

_CREDENTIALS = "set AWS_PROFILE (aws configure sso, aws sso login), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsAccount:
    """What a stack says of its account.

    Attributes:
        account_id: twelve digits.
        cluster: name of the stack's cluster, with which the names of all roles begin that the stack makes.
        ci: None: no roles for GitHub Actions.
        buckets: names of the stack's own buckets, which its apply role may make.
        reads: stacks whose outputs this one uses.
    """

    stack: str
    project: str
    account_id: str
    region: str
    cluster: str
    ci: CiSpec | None = None
    buckets: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()

    @property
    def bucket(self) -> str:
        """The bucket with the state of every stack in this account and region."""
        return f"slipway-state-{self.account_id}-{self.region}"

    @property
    def alias(self) -> str:
        """The alias of the key of bucket and secrets."""
        return "alias/slipway-state"

    @property
    def backend(self) -> str:
        """The backend's URL, as `pulumi login` takes it."""
        return f"s3://{self.bucket}?region={self.region}&awssdk=v2"

    @property
    def secrets_provider(self) -> str:
        """The secrets provider's URL; by its encryption context a stack's roles open that stack's secrets alone."""
        return f"awskms://{self.alias}?region={self.region}&context_stack={self.stack}"

    def role(self, purpose: str) -> str:
        """The name of a role of this stack, `preview` or `apply`."""
        return f"slipway-{self.stack}-{purpose}"

    @property
    def boundary(self) -> str:
        """The name of the permissions boundary of every role that the stack itself makes."""
        return f"slipway-{self.stack}-workload"


@dataclass(frozen=True, slots=True)
class Cloud:
    """Credentials that are known to belong to the declared account.

    Attributes:
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        caller: who they are, an ARN.
    """

    session: "boto3.Session"
    account: AwsAccount
    partition: str
    caller: str
    _clients: dict[str, Any] = field(default_factory=dict, compare=False)

    def client(self, service: str) -> Any:
        """A client in the account's region; made once, since that takes longer than what it is asked."""
        if service not in self._clients:
            made = self.session.client(service, region_name=self.account.region)  # type: ignore[call-overload]
            self._clients[service] = made
        return self._clients[service]

    def iam_arn(self, resource: str) -> str:
        """The ARN of something of IAM, for example `role/slipway/x`."""
        return f"arn:{self.partition}:iam::{self.account.account_id}:{resource}"

    @property
    def bucket_arn(self) -> str:
        """The ARN of the state bucket."""
        return f"arn:{self.partition}:s3:::{self.account.bucket}"


def connect(account: AwsAccount) -> Cloud:
    """The credentials of the environment, after a look at whose they are; nothing is written.

    Raises:
        SlipwayError: there are none, they are refused, or they belong to another account.
    """
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        session = boto3.Session(region_name=account.region)
        credentials = session.get_credentials()
    except BotoCoreError as error:
        raise SlipwayError("AWS credentials", "", str(error), _CREDENTIALS) from error
    if credentials is None:
        raise NoCredentials("AWS credentials", "", "there are none", _CREDENTIALS)
    with explained("sts:GetCallerIdentity", "AWS credentials"):
        identity = session.client("sts", region_name=account.region).get_caller_identity()
    if identity["Account"] != account.account_id:
        raise SlipwayError(
            "AWS credentials", identity["Arn"],
            f"they belong to account {identity['Account']}; stack {account.stack} declares {account.account_id}",
            "use credentials of the declared account, or correct the stack file; nothing has been changed",
        )  # fmt: skip
    return Cloud(session, account, identity["Arn"].split(":")[1], identity["Arn"])


def code_of(error: Exception) -> str:
    """The error code of a service's refusal; empty for anything else."""
    from botocore.exceptions import ClientError

    return str(error.response["Error"].get("Code", "")) if isinstance(error, ClientError) else ""


@contextlib.contextmanager
def explained(action: str, what: str) -> Iterator[None]:
    """Turns what AWS or the way to it refuses into one clear error.

    Args:
        action: what was asked, as IAM names it.
        what: on what.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = code_of(error)
        message = str(error.response["Error"].get("Message", ""))
        raise SlipwayError(what, code, f"AWS refused {action}: {message}", _fix(code, action)) from error
    except BotoCoreError as error:
        fix = (
            _CREDENTIALS if "redential" in str(error) else "see the message; run it again, it goes on where it stopped"
        )
        raise SlipwayError(what, "", f"{action} could not be asked: {error}", fix) from error


def _fix(code: str, action: str) -> str:
    if code in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"):
        return f"use credentials that may do {action}; docs/accounts.md lists all that bootstrap needs"
    if code in ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"):
        return _CREDENTIALS
    return "see the message; run it again, it goes on where it stopped"
