"""Where on AWS a stack is, and what things are called there: literal ARNs, known before anything is made.

Forms of ARNs: https://docs.aws.amazon.com/service-authorization/latest/reference/ (read 2026-11).
"""

from dataclasses import dataclass

_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
STACK_TAG = "slipway:stack"
ROLE_NAME_LIMIT = 64
_BOUNDARY_PATH = "/slipway/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """An account and a region, as one stack uses them.

    Attributes:
        account: twelve digits.
        stack: its name, in the tag `slipway:stack` of everything it makes.
        boundary: name of the permissions boundary of every role that it makes; None without one.
    """

    account: str
    region: str
    stack: str
    boundary: str | None = None

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn` or `aws-us-gov`."""
        return next((_PARTITIONS[start] for start in _PARTITIONS if self.region.startswith(start)), "aws")

    @property
    def suffix(self) -> str:
        """The domain of the services' endpoints."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something that is in this region and account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def iam(self, resource: str) -> str:
        """The ARN of something of IAM, `role/x`."""
        return f"arn:{self.partition}:iam::{self.account}:{resource}"

    def managed_policy(self, name: str) -> str:
        """The ARN of a policy that AWS keeps."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"

    def bucket(self, name: str) -> str:
        """The ARN of a bucket."""
        return f"arn:{self.partition}:s3:::{name}"

    @property
    def boundary_arn(self) -> str | None:
        """The ARN of the permissions boundary."""
        return self.iam(f"policy{_BOUNDARY_PATH}{self.boundary}") if self.boundary else None
