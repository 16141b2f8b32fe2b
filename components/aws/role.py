"""A role with everything that it may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.aws.place import ROLE_NAME_LIMIT, Place
from components.names import safe_name


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleArgs:
    """Who may take a role, and what it may do then.

    Attributes:
        role: its name in the account.
        trust: the policy that says who may take it.
        managed: ARNs of policies that AWS keeps.
        inline: documents of its own policies, by name.
    """

    place: Place
    role: str
    trust: pulumi.Input[str]
    managed: Sequence[str] = ()
    inline: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


class Role(pulumi.ComponentResource):
    """A role and its policies. Who uses it waits for `settled`: IAM gives power only with the policies.

    Attributes:
        name: in the account, known before the role is made.
        arn: of the role.
        settled: the role and all that gives it power.
    """

    name: str
    arn: pulumi.Output[str]
    settled: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: RoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:Role", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.name = safe_name(args.role, ROLE_NAME_LIMIT)
        role = aws.iam.Role(
            name,
            name=self.name,
            assume_role_policy=args.trust,
            permissions_boundary=args.place.boundary_arn,
            opts=child,
        )
        attached = [
            aws.iam.RolePolicyAttachment(f"{name}-{arn.rpartition('/')[2]}", role=role.name, policy_arn=arn, opts=child)
            for arn in args.managed
        ]
        own = [
            aws.iam.RolePolicy(f"{name}-{policy}", name=policy, role=role.name, policy=document, opts=child)
            for policy, document in sorted(args.inline.items())
        ]
        self.arn, self.settled = role.arn, (role, *attached, *own)
        self.register_outputs({"arn": role.arn})
