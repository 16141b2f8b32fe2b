"""The control plane of an EKS cluster.

Sources (read 2026-11): https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html,
/control-plane-logs.html, /automode-get-started-cli.html and /auto-cluster-iam-role.html.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.aws.place import Place
from components.aws.policies import service_trust
from components.aws.role import Role, RoleArgs
from components.clusters.eks.network import EksNetwork
from components.clusters.spec import EksCluster

LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
_AUTO_POLICIES = (
    "AmazonEKSBlockStoragePolicy", "AmazonEKSComputePolicy", "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)  # fmt: skip
# Pools that EKS Auto Mode brings; on the first its own add-ons run.
_AUTO_POOLS = ("general-purpose", "system")


def log_group(cluster: str) -> str:
    """The log group to which EKS writes; nothing can make it write to another."""
    return f"/aws/eks/{cluster}/cluster"


def role_args(place: Place, cluster: str, spec: EksCluster) -> RoleArgs:
    """The role with which the control plane acts in the account."""
    policies = ("AmazonEKSClusterPolicy", *(_AUTO_POLICIES if spec.mode == "auto" else ()))
    return RoleArgs(
        place=place,
        role=f"{cluster}-control-plane",
        trust=service_trust("eks.amazonaws.com", place.account, "sts:AssumeRole", "sts:TagSession"),
        managed=[place.managed_policy(policy) for policy in policies],
    )


def endpoint_access(spec: EksCluster) -> dict[str, Any]:
    """How the API server is reached: always from inside, from outside only from listed addresses."""
    public = spec.api_access == "cidrs"
    return {
        "endpoint_private_access": True,
        "endpoint_public_access": public,
        **({"public_access_cidrs": list(spec.api_cidrs)} if public else {}),
    }


def settings(spec: EksCluster, services: str) -> dict[str, Any]:
    """What follows from the declaration alone.

    Args:
        spec: of the cluster.
        services: addresses of the cluster's services.
    """
    return {
        "version": spec.kubernetes,
        "access_config": {"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": False},
        "bootstrap_self_managed_addons": False,
        "enabled_cluster_log_types": list(LOGS),
        "kubernetes_network_config": {
            "ip_family": "ipv4",
            "service_ipv4_cidr": services,
            **({"elastic_load_balancing": {"enabled": True}} if spec.mode == "auto" else {}),
        },
        "upgrade_policy": {"support_type": spec.support.upper()},
    }


def auto_mode(spec: EksCluster, node_role_arn: pulumi.Input[str]) -> dict[str, Any]:
    """What turns EKS Auto Mode on; the three parts go together. Nothing for a cluster with pools of its own."""
    if spec.mode != "auto":
        return {}
    return {
        "compute_config": {"enabled": True, "node_pools": list(_AUTO_POOLS), "node_role_arn": node_role_arn},
        "storage_config": {"block_storage": {"enabled": True}},
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class EksControlPlaneArgs:
    """A control plane in a network.

    Attributes:
        cluster: its name.
        services: addresses of the cluster's services.
        role: the control plane's own.
        node_role: of the nodes that Auto Mode makes.
        secrets_key: ARN of the key of the cluster's secrets.
        logs_key: ARN of the key of its logs.
        protect: it cannot be destroyed.
    """

    cluster: str
    spec: EksCluster
    services: str
    network: EksNetwork
    role: Role
    node_role: Role
    secrets_key: pulumi.Input[str]
    logs_key: pulumi.Input[str]
    protect: bool


class EksControlPlane(pulumi.ComponentResource):
    """An EKS cluster without nodes, which nobody administers but who is said to (`access`).

    Attributes:
        made: the cluster.
        issuer: the cluster as a provider of identities, URL and ARN; None where its pods get them from an agent.
        security_group: what lets control plane and nodes talk with each other, on every port.
    """

    made: aws.eks.Cluster
    issuer: tuple[pulumi.Output[str], pulumi.Output[str]] | None
    security_group: pulumi.Output[str]

    def __init__(self, name: str, args: EksControlPlaneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:EksControlPlane", name, None, opts)
        child, spec = pulumi.ResourceOptions(parent=self), args.spec
        logs = aws.cloudwatch.LogGroup(
            name,
            name=log_group(args.cluster),
            retention_in_days=spec.logs_days,
            kms_key_id=args.logs_key,
            opts=child,
        )
        group = self._inside(name, args)
        reached: Any = {
            "subnet_ids": list(args.network.control.values()),
            "security_group_ids": [group.id],
            **endpoint_access(spec),
        }
        self.made = aws.eks.Cluster(
            name,
            name=args.cluster,
            role_arn=args.role.arn,
            deletion_protection=args.protect,
            encryption_config={"provider": {"key_arn": args.secrets_key}, "resources": ["secrets"]},
            vpc_config=reached,
            **settings(spec, args.services),
            **auto_mode(spec, args.node_role.arn),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, depends_on=_before(logs, args)),
        )
        self.issuer = self._issuer(name) if spec.identity == "irsa" else None
        self.security_group = self.made.vpc_config.apply(lambda found: str(found.cluster_security_group_id))
        self.register_outputs({"name": args.cluster, "endpoint": self.made.endpoint})

    def _issuer(self, name: str) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """Lets IAM trust the tokens of the cluster's service accounts."""
        url = self.made.identities.apply(lambda found: str(found[0].oidcs[0].issuer))  # type: ignore[index]
        provider = aws.iam.OpenIdConnectProvider(
            name, url=url, client_id_lists=["sts.amazonaws.com"], opts=pulumi.ResourceOptions(parent=self)
        )
        return url, provider.arn

    def _inside(self, name: str, args: EksControlPlaneArgs) -> aws.ec2.SecurityGroup:
        """Lets the network reach the API server: a runner in it, or the far end of a tunnel.

        It is there with every `api_access`, so that changing that never touches it.
        """
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            f"{name}-api",
            name=f"{args.cluster}-api",
            vpc_id=args.network.vpc_id,
            description="The API server, from inside",
            opts=child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-api",
            security_group_id=group.id,
            cidr_ipv4=args.spec.cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            opts=child,
        )
        return group


def _before(logs: pulumi.Resource, args: EksControlPlaneArgs) -> Sequence[pulumi.Resource]:
    """What EKS finds ready: its log group (else it makes one that keeps logs for ever) and all power of its roles."""
    nodes = args.node_role.settled if args.spec.mode == "auto" else ()
    return [logs, *args.role.settled, *nodes]
