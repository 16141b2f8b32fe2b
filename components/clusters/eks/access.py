"""Who administers an EKS cluster: access entries, and nothing else.

Nodes of managed groups get their entry from EKS itself; a second one would be refused (ResourceInUseException).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.place import Place
from components.names import fingerprint

_ADMIN = "cluster-access-policy/AmazonEKSClusterAdminPolicy"


def admin_policy(place: Place) -> str:
    """The ARN of EKS' own policy of administrators."""
    return f"arn:{place.partition}:eks::aws:{_ADMIN}"


@dataclass(frozen=True, kw_only=True, slots=True)
class EksAccessArgs:
    """Who administers what.

    Attributes:
        cluster: to administer.
        admins: ARNs of roles and users, each once.
    """

    place: Place
    cluster: aws.eks.Cluster
    admins: Sequence[str]


class EksAccess(pulumi.ComponentResource):
    """An entry for each administrator, with its power; whoever made the cluster has none by that.

    Attributes:
        made: nothing can be put into the cluster before these.
    """

    made: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: EksAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:EksAccess", name, None, opts)
        child, made = pulumi.ResourceOptions(parent=self), []
        for arn in args.admins:
            each = f"{name}-{arn.rpartition('/')[2]}-{fingerprint(arn)}"
            entry = aws.eks.AccessEntry(
                each, cluster_name=args.cluster.name, principal_arn=arn, type="STANDARD", opts=child
            )
            made.append(
                aws.eks.AccessPolicyAssociation(
                    each,
                    cluster_name=args.cluster.name,
                    principal_arn=entry.principal_arn,
                    policy_arn=admin_policy(args.place),
                    access_scope={"type": "cluster"},
                    opts=child,
                )
            )
        self.made = tuple(made)
        self.register_outputs({})
