"""Who talked with whom in the network: flow logs."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.place import Place
from components.aws.policies import allow, document, service_trust
from components.aws.role import Role, RoleArgs

_WRITE = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")


def flow_group(cluster: str) -> str:
    """The name of the log group."""
    return f"/slipway/{cluster}/flow"


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowLogsArgs:
    """Whose flow is logged.

    Attributes:
        days: how long it is kept.
        key: ARN of the key that encrypts it.
    """

    place: Place
    cluster: str
    vpc_id: pulumi.Input[str]
    days: int
    key: pulumi.Input[str]


class FlowLogs(pulumi.ComponentResource):
    """Every connection of a VPC, accepted or refused, in a log group of its own."""

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:FlowLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        place, group_name = args.place, flow_group(args.cluster)
        arn = place.arn("logs", f"log-group:{group_name}")
        group = aws.cloudwatch.LogGroup(
            name, name=group_name, retention_in_days=args.days, kms_key_id=args.key, opts=child
        )
        role = Role(
            name,
            RoleArgs(
                place=place,
                role=f"{args.cluster}-flow-logs",
                trust=service_trust("vpc-flow-logs.amazonaws.com", place.account),
                inline={"write": document(allow("Write", _WRITE, [arn, f"{arn}:*"]))},
            ),
            child,
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(role.settled)),
        )
        self.register_outputs({})
