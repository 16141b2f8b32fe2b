"""The node groups of a pool."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.place import Place
from components.aws.policies import allow, document, machine_trust
from components.aws.role import Role, RoleArgs
from components.clusters.eks import pools
from components.clusters.eks.control_plane import EksControlPlane
from components.clusters.eks.network import EksNetwork
from components.clusters.spec import EksCluster, NodePool

_STANDARD_POLICIES = ("AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy")
_AUTO_POLICIES = ("AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodeMinimalPolicy")
_TUNNEL_POLICY = "AmazonSSMManagedInstanceCore"


def node_role_args(place: Place, cluster: str, spec: EksCluster) -> RoleArgs:
    """The nodes' role: they join the cluster and pull images, nothing more.

    The VPC CNI has a role of its own; images of other registries come into caches of the declared ones alone.
    """
    policies = list(_AUTO_POLICIES if spec.mode == "auto" else _STANDARD_POLICIES)
    if spec.api_access == "tunnel":
        policies.append(_TUNNEL_POLICY)
    caches = [place.arn("ecr", f"repository/{upstream}/*") for upstream in sorted(spec.caches)]
    fill = allow("Fill", ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"], caches)
    return RoleArgs(
        place=place,
        role=f"{cluster}-nodes",
        trust=machine_trust(),
        managed=[place.managed_policy(policy) for policy in policies],
        inline={"caches": document(fill)} if caches else {},
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class EksNodesArgs:
    """A pool in a cluster.

    Attributes:
        cluster: the cluster's name.
        stack: the stack's name.
        pool: the pool's name.
        declared: the pool.
        role: the nodes' own.
        after: add-ons without which no node becomes ready.
    """

    cluster: str
    stack: str
    spec: EksCluster
    pool: str
    declared: NodePool
    control_plane: EksControlPlane
    network: EksNetwork
    role: Role
    after: Sequence[pulumi.Resource]


class EksNodes(pulumi.ComponentResource):
    """Managed node groups of one pool, one a zone, so that a zone without machines holds up no other.

    Attributes:
        groups: of the pool.
    """

    groups: tuple[aws.eks.NodeGroup, ...]

    def __init__(self, name: str, args: EksNodesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:EksNodes", name, None, opts)
        template = self._template(name, args)
        after = [*args.after, *args.role.settled, *args.network.ways]
        made = []
        for group in args.spec.groups_of(args.declared):
            said = pools.node_group(args.spec, args.pool, args.declared, group)
            made.append(
                aws.eks.NodeGroup(
                    f"{name}{pools.group_name(args.spec, args.pool, group).removeprefix(args.pool)}",
                    cluster_name=args.control_plane.made.name,
                    node_role_arn=args.role.arn,
                    subnet_ids=[args.network.private[zone] for zone in group.zones],
                    launch_template={"id": template.id, "version": template.latest_version.apply(str)},
                    **said,
                    opts=pulumi.ResourceOptions(
                        parent=self,
                        depends_on=after,
                        # The autoscaler's, once the group is there; a fixed number is the declaration's.
                        ignore_changes=["scalingConfig.desiredSize"] if args.declared.max_nodes else None,
                    ),
                )
            )
        self.groups = tuple(made)
        self.register_outputs({})

    def _template(self, name: str, args: EksNodesArgs) -> aws.ec2.LaunchTemplate:
        child, pool = pulumi.ResourceOptions(parent=self), args.declared
        said = pools.launch_template(args.cluster, args.stack, args.spec, args.pool, pool)
        if pool.placement_group:
            near = aws.ec2.PlacementGroup(
                name, name=pools.own_name(args.cluster, args.pool), strategy="cluster", opts=child
            )
            said["placement"] = {"group_name": near.name}
        if adapters := pools.interfaces(pool):
            said["network_interfaces"] = pools.network_interfaces(adapters, args.control_plane.security_group)
        return aws.ec2.LaunchTemplate(name, **said, opts=child)
