"""The nodes of a pool, and the service account of all nodes."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.clusters.gke import pools
from components.clusters.gke.control_plane import GkeControlPlane, location
from components.clusters.spec import GkeCluster, NodePool
from components.google.place import Place, account_id

# What a node must write and pull: https://cloud.google.com/kubernetes-engine/docs/how-to/service-accounts, 2026-11.
_ROLES = ("roles/artifactregistry.reader", "roles/container.defaultNodeServiceAccount")
# GKE writes its own labels there, and nodes that scale by themselves are as many as they are.
_IGNORED = ("initialNodeCount", "nodeConfig.resourceLabels")


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeAccountArgs:
    """Whose nodes."""

    place: Place
    cluster: str


def nodes_address(args: NodeAccountArgs) -> str:
    """The address of the nodes' service account, known before it is made."""
    return args.place.account(account_id(args.cluster, "nodes"))


class NodeAccount(pulumi.ComponentResource):
    """The service account of the nodes, with what a node needs and nothing else. No pod gets it.

    Attributes:
        address: known before it is made, so whoever uses it waits for `settled`.
        email: the same, once it is made.
        settled: the account and all that gives it power.
    """

    address: str
    email: pulumi.Output[str]
    settled: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: NodeAccountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:NodeAccount", name, None, opts)
        self.address = nodes_address(args)
        account = gcp.serviceaccount.Account(
            name,
            account_id=self.address.partition("@")[0],
            project=args.place.project,
            display_name=f"Nodes of the cluster {args.cluster}",
            opts=pulumi.ResourceOptions(parent=self),
        )
        granted = [
            gcp.projects.IAMMember(
                f"{name}-{role.rpartition('.')[2]}",
                project=args.place.project,
                role=role,
                member=f"serviceAccount:{self.address}",
                opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
            )
            for role in _ROLES
        ]
        self.email, self.settled = account.email, (account, *granted)
        self.register_outputs({"address": self.address})


@dataclass(frozen=True, kw_only=True, slots=True)
class GkeNodesArgs:
    """A pool of one cluster.

    Attributes:
        pool: its name.
        key: that encrypts the nodes' disks.
        after: what has to be there before its nodes, and goes after them.
    """

    place: Place
    spec: GkeCluster
    pool: str
    declared: NodePool
    control_plane: GkeControlPlane
    account: NodeAccount
    key: str
    after: Sequence[pulumi.Resource]


class GkeNodes(pulumi.ComponentResource):
    """One node pool a zone, so that a zone without machines holds up no other.

    Attributes:
        groups: the node pools.
    """

    groups: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: GkeNodesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:GkeNodes", name, None, opts)
        spec, groups = args.spec, []
        for group in spec.groups_of(args.declared):
            said = pools.node_pool(spec, args.pool, args.declared, group, args.key)
            said["node_config"] |= {
                "service_account": args.account.address,
                "resource_labels": args.place.labels,
            }
            groups.append(
                gcp.container.NodePool(
                    f"{name.removesuffix(args.pool)}{pools.group_name(spec, args.pool, group)}",
                    cluster=args.control_plane.made.id,
                    project=spec.project,
                    location=location(spec),
                    **said,
                    opts=pulumi.ResourceOptions(
                        parent=self,
                        ignore_changes=list(_IGNORED),
                        depends_on=[*args.account.settled, *args.after],
                        custom_timeouts=pulumi.CustomTimeouts(create="45m", update="120m", delete="45m"),
                    ),
                )
            )
        self.groups = tuple(groups)
        self.register_outputs({})
