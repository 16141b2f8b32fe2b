"""Cluster Autoscaler: it gives node groups as many nodes as pods need, between their least and their most.

EKS makes a managed group's Auto Scaling group, tags it for discovery, and never changes the number of its nodes itself.
Sources (read 2026-11): flags, tags, permissions and health check,
https://github.com/kubernetes/autoscaler/tree/cluster-autoscaler-1.34.5/cluster-autoscaler (FAQ.md,
cloudprovider/aws/README.md, cloudprovider/aws/aws_manager.go); the tags of EKS,
https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html; which actions know resources and conditions,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from catalog import gpu
from components.aws.place import Place
from components.aws.policies import Statement, allow, document
from components.aws.role import Role, RoleArgs
from components.clusters.eks import pools
from components.clusters.eks.addons import SYSTEM_NAMESPACE, system_trust
from components.clusters.eks.autoscaler_objects import SERVICE_ACCOUNT, objects, owned_tag
from components.clusters.eks.control_plane import EksControlPlane
from components.clusters.spec import EksCluster, NodePool
from components.kubernetes_object import KubernetesObject

_TEMPLATE = "k8s.io/cluster-autoscaler/node-template"
_EFA = "vpc.amazonaws.com/efa"


def policy(place: Place, cluster: str) -> Iterator[Statement]:
    """What it may do: scale the groups of its own cluster, and look.

    Args:
        place: of the cluster.
        cluster: its name.
    """
    groups = place.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/eks-*")
    own = {"StringEquals": {f"aws:ResourceTag/{owned_tag(cluster)}": "owned"}}
    scale = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    yield allow("Scale", scale, [groups], own)
    yield allow("Groups", ["eks:DescribeNodegroup"], [place.arn("eks", f"nodegroup/{cluster}/*")])
    # `*`: IAM knows no resources for any of these, so a narrower one would grant nothing.
    look = (
        "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities", "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
    )  # fmt: skip
    yield allow("Look", look, ["*"], {"StringEquals": {"aws:RequestedRegion": place.region}})


def template_tags(name: str, pool: NodePool) -> dict[str, str]:
    """What a node of an empty group would be, which no node can show: labels, taints, and what is asked for by name.

    Of two taints with one key a tag can say one alone.

    Args:
        name: of the pool.
        pool: the declaration.
    """
    labels = {f"label/{key}": value for key, value in pools.group_labels(name, pool).items()}
    taints = {f"taint/{t['key']}": f"{t['value']}:{t['effect']}" for t in pools.kubernetes_taints(pool)}
    resources = {}
    machine = pool.machine_type
    if machine.accelerator:
        resource = gpu.resource(machine.accelerator, pool.cloud, pool.sharing)
        resources[resource] = str(gpu.units(machine.accelerator, machine.accelerator_count, pool.sharing))
    if adapters := pools.interfaces(pool):
        resources[_EFA] = str(adapters)
    said = {**labels, **taints, **{f"resources/{key}": value for key, value in resources.items()}}
    return {f"{_TEMPLATE}/{key}": value for key, value in said.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class EksAutoscalerArgs:
    """An autoscaler of one cluster.

    Attributes:
        cluster: the cluster's name.
        groups: the node groups of each pool that it scales, in the order of the pool's parts.
        marker: `<project>/<stack>`, which every object bears.
    """

    place: Place
    cluster: str
    spec: EksCluster
    control_plane: EksControlPlane
    groups: Mapping[str, Sequence[aws.eks.NodeGroup]]
    marker: str


class EksAutoscaler(pulumi.ComponentResource):
    """Cluster Autoscaler with its identity, and what empty groups cannot show it. It goes before the groups do."""

    def __init__(self, name: str, args: EksAutoscalerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:EksAutoscaler", name, None, opts)
        child, place, control_plane = pulumi.ResourceOptions(parent=self), args.place, args.control_plane
        role = Role(
            name,
            RoleArgs(
                place=place,
                role=f"{args.cluster}-{SERVICE_ACCOUNT}",
                trust=system_trust(place, args.cluster, control_plane, SERVICE_ACCOUNT),
                inline={"scale": document(*policy(place, args.cluster))},
            ),
            child,
        )
        able: list[pulumi.Resource] = [*role.settled]
        if control_plane.issuer is None:
            associated = aws.eks.PodIdentityAssociation(
                name,
                cluster_name=control_plane.made.name,
                namespace=SYSTEM_NAMESPACE,
                service_account=SERVICE_ACCOUNT,
                role_arn=role.arn,
                opts=pulumi.ResourceOptions(parent=self, depends_on=role.settled),
            )
            able.append(associated)
        manifests = objects(args.cluster, args.spec, role.arn if control_plane.issuer else None)
        pods = manifests.pop("deployment")
        able += [KubernetesObject(f"{name}-{kind}", each, args.marker, child) for kind, each in manifests.items()]
        after = pulumi.ResourceOptions(parent=self, depends_on=[*able, *self._tags(name, args)])
        KubernetesObject(f"{name}-deployment", pods, args.marker, after)
        self.register_outputs({})

    def _tags(self, name: str, args: EksAutoscalerArgs) -> Iterator[pulumi.Resource]:
        """The tags of the groups that may be empty; a group with nodes shows what they are."""
        for pool, made in args.groups.items():
            declared = args.spec.all_pools[pool]
            for part, group in zip(args.spec.groups_of(declared), made, strict=True):
                if part.minimum:
                    continue
                # EKS makes one for each managed group.
                of_group = group.resources.apply(
                    lambda found: str(found[0].autoscaling_groups[0].name)  # type: ignore[index]
                )
                for key, value in template_tags(pool, declared).items():
                    short = key.removeprefix(f"{_TEMPLATE}/")
                    yield aws.autoscaling.Tag(
                        f"{name}-{pools.group_name(args.spec, pool, part)}-{short}",
                        autoscaling_group_name=of_group,
                        # Machines do not need it: they have the labels and taints themselves.
                        tag={"key": key, "value": value, "propagate_at_launch": False},
                        opts=pulumi.ResourceOptions(parent=self),
                    )
