"""Who administers an EKS cluster: access entries, and nothing else.

Nodes of managed groups get their entry from EKS itself; a second one would be refused (ResourceInUseException).
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.aws.place import Place
from components.names import fingerprint

_ADMIN = "cluster-access-policy/AmazonEKSClusterAdminPolicy"


def admin_policy(place: Place) -> str:
    """The ARN of EKS' own policy of administrators."""
    return f"arn:{place.partition}:eks::aws:{_ADMIN}"


def administrators(
    name: str, place: Place, cluster: aws.eks.Cluster, admins: Sequence[str], parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """An entry for each, with its power; nothing can be put into the cluster before.

    Args:
        name: what the entries' names begin with.
        place: of the cluster.
        cluster: to administer.
        admins: ARNs of roles and users, each once.
        parent: of the entries.
    """
    child, found = pulumi.ResourceOptions(parent=parent), []
    for arn in admins:
        each = f"{name}-admin-{arn.rpartition('/')[2]}-{fingerprint(arn)}"
        entry = aws.eks.AccessEntry(each, cluster_name=cluster.name, principal_arn=arn, type="STANDARD", opts=child)
        found.append(
            aws.eks.AccessPolicyAssociation(
                each,
                cluster_name=cluster.name,
                principal_arn=entry.principal_arn,
                policy_arn=admin_policy(place),
                access_scope={"type": "cluster"},
                opts=child,
            )
        )
    return found
