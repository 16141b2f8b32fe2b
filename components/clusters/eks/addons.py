"""EKS' own add-ons, in the order that works.

Nodes are never ready without the network's and the agent's; what runs as ordinary pods is never ready without a node
that takes everybody. Sources (read 2026-11): https://docs.aws.amazon.com/eks/latest/userguide/eks-add-ons.html,
/managing-vpc-cni.html, /ebs-csi.html; settings of the VPC CNI, https://github.com/aws/amazon-vpc-cni-k8s.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components.aws.place import Place
from components.aws.policies import pod_trust, service_account_trust
from components.aws.role import Role, RoleArgs
from components.clusters.eks.control_plane import EksControlPlane
from components.clusters.spec import EksCluster

SYSTEM_NAMESPACE = "kube-system"


@dataclass(frozen=True, kw_only=True, slots=True)
class AddOn:
    """An add-on.

    Attributes:
        name: EKS' name of it.
        settings: its configuration.
        service_account: of its pods, where they have a role of their own.
        policy: what AWS lets that role do.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    service_account: str | None = None
    policy: str | None = None


_CNI = AddOn(
    name="vpc-cni",
    settings={
        # Pods get whole blocks of addresses, for which the planner keeps room, and network policies hold.
        "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
        "enableNetworkPolicy": "true",
    },
    service_account="aws-node",
    policy="AmazonEKS_CNI_Policy",
)
_DISKS = AddOn(
    name="aws-ebs-csi-driver",
    service_account="ebs-csi-controller-sa",
    policy="service-role/AmazonEBSCSIDriverPolicy",
)


def before_nodes(spec: EksCluster) -> tuple[AddOn, ...]:
    """What must be there before the first node; Auto Mode brings all of it."""
    if spec.mode == "auto":
        return ()
    agent = (AddOn(name="eks-pod-identity-agent"),) if spec.identity == "pod_identity" else ()
    return (_CNI, AddOn(name="kube-proxy"), *agent)


def after_nodes(spec: EksCluster) -> tuple[AddOn, ...]:
    """What needs a node that takes everybody; of these Auto Mode lacks the metrics alone."""
    metrics = AddOn(name="metrics-server")
    if spec.mode == "auto":
        return (metrics,)
    repaired = any(pool.node_repair for pool in spec.all_pools.values())
    watched = (AddOn(name="eks-node-monitoring-agent"),) if repaired else ()
    return (AddOn(name="coredns"), _DISKS, metrics, *watched)


@dataclass(frozen=True, kw_only=True, slots=True)
class EksAddOnsArgs:
    """Add-ons that are made at one moment.

    Attributes:
        cluster: the cluster's name.
        after: what they wait for.
    """

    place: Place
    cluster: str
    control_plane: EksControlPlane
    add_ons: Sequence[AddOn]
    after: Sequence[pulumi.Resource] = ()


class EksAddOns(pulumi.ComponentResource):
    """Some add-ons with their roles.

    Attributes:
        made: the add-ons.
    """

    made: tuple[aws.eks.Addon, ...]

    def __init__(self, name: str, args: EksAddOnsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:EksAddOns", name, None, opts)
        self.made = tuple(self._add_on(f"{name}-{each.name}", each, args) for each in args.add_ons)
        self.register_outputs({})

    def _add_on(self, name: str, add_on: AddOn, args: EksAddOnsArgs) -> aws.eks.Addon:
        said: dict[str, Any] = {}
        after = list(args.after)
        if add_on.service_account and add_on.policy:
            trust = system_trust(args.place, args.cluster, args.control_plane, add_on.service_account)
            policy = args.place.managed_policy(add_on.policy)
            role_args = RoleArgs(place=args.place, role=f"{args.cluster}-{add_on.name}", trust=trust, managed=[policy])
            role = Role(name, role_args, pulumi.ResourceOptions(parent=self))
            after += role.settled
            if args.control_plane.issuer:
                said["service_account_role_arn"] = role.arn
            else:
                said["pod_identity_associations"] = [{"role_arn": role.arn, "service_account": add_on.service_account}]
        if add_on.settings:
            said["configuration_values"] = json.dumps(add_on.settings, sort_keys=True)
        return aws.eks.Addon(
            name,
            cluster_name=args.control_plane.made.name,
            addon_name=add_on.name,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="PRESERVE",
            **said,
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )


def system_trust(place: Place, cluster: str, control_plane: EksControlPlane, service_account: str) -> pulumi.Input[str]:
    """Lets one service account of the cluster's own namespace take a role.

    Args:
        place: of the cluster.
        cluster: its name.
        control_plane: says how its pods get identities.
        service_account: its name.
    """
    if control_plane.issuer is None:
        return pod_trust(place.account, place.arn("eks", f"cluster/{cluster}"), SYSTEM_NAMESPACE, service_account)
    subject = f"system:serviceaccount:{SYSTEM_NAMESPACE}:{service_account}"
    return pulumi.Output.all(*control_plane.issuer).apply(
        lambda given: service_account_trust(given[1], given[0].removeprefix("https://"), subject)
    )
