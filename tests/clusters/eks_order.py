"""The orders that an EKS stack must have, each by the failure that it prevents; what is wrong in words."""

import json
from collections.abc import Iterator
from typing import Any

from catalog.gpu import SYSTEM_POOL
from tests.mocks.graph import Graph
from tests.mocks.recorder import Registered

CLUSTER, GROUP, ADDON = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup", "aws:eks/addon:Addon"
ROLE, TAG = "aws:iam/role:Role", "aws:autoscaling/tag:Tag"
AUTOSCALER = "cluster-autoscaler-deployment"
POWER = ("aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment")
_EARLY, _PODS = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent"), ("coredns", "aws-ebs-csi-driver", "metrics-server")
_WAYS = (
    "aws:ec2/route:Route",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:ec2/subnetCidrReservation:SubnetCidrReservation",
)


def inside(graph: Graph) -> list[Registered]:
    """What is in the cluster, and the way there."""
    return [e for e in graph.resources.values() if e.type.startswith(("kubernetes:", "pulumi:providers:kubernetes"))]


def wrong(graph: Graph) -> list[str]:
    """Everything that is in the wrong order."""
    return [f"{number}: {said}" for number, rule in RULES.items() for said in rule(graph)]


def _destroyed(graph: Graph) -> Iterator[str]:
    """1, 19: workloads, then what controls them, then nodes, then the network; no object outlives its controller."""
    subnets = graph.of("aws:ec2/subnet:Subnet")
    private = [each for each in subnets if "-private-" in each.name]
    control = [each for each in subnets if "-control-" in each.name]
    yield from graph.missing(inside(graph), [*graph.of(GROUP, ADDON, CLUSTER)])
    yield from graph.missing(graph.of(CLUSTER), control)
    yield from graph.missing(graph.of(ADDON), graph.of(CLUSTER))
    for group in graph.of(GROUP):
        zones = [each for each in private if each.urn in graph.before(group)]
        if not zones:
            yield f"{group.name} is in no subnet"
        yield from graph.missing([group], [*graph.of(CLUSTER), *graph.of(*_WAYS)])


def _add_ons(graph: Graph) -> Iterator[str]:
    """5: the network's add-ons are there before any node; what runs as ordinary pods waits for the system pool."""
    by_name = {each.inputs["addonName"]: each for each in graph.of(ADDON)}
    groups = graph.of(GROUP)
    yield from graph.missing(groups, [by_name[name] for name in _EARLY if name in by_name])
    system = [each for each in groups if _pool(each) == SYSTEM_POOL]
    yield from graph.missing([by_name[name] for name in _PODS if name in by_name], system)
    if groups and not {"vpc-cni", "kube-proxy", "coredns"} <= by_name.keys():
        yield f"the cluster has only {', '.join(sorted(by_name))}"


def _untainted(graph: Graph) -> Iterator[str]:
    """6: some group takes everybody, and always has a node."""
    groups = graph.of(GROUP)
    free = [each for each in groups if not each.inputs.get("taints") and each.inputs["scalingConfig"]["minSize"] >= 1]
    if groups and not free:
        yield "every group is tainted, or has no node"


def _entries(graph: Graph) -> Iterator[str]:
    """7: administrators are said, each once, and the nodes' role is never among them."""
    entries = [each.inputs for each in graph.of("aws:eks/accessEntry:AccessEntry")]
    principals = [each["principalArn"] for each in entries]
    if len(set(principals)) < len(principals):
        yield "a principal has two entries"
    if any(each["type"] != "STANDARD" for each in entries):
        yield "an entry of nodes is made beside EKS' own"
    powers = {
        each.inputs["principalArn"] for each in graph.of("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
    }
    if not entries or powers != set(principals):
        yield "nobody administers the cluster, or somebody has an entry without power"
    yield from graph.missing(inside(graph), graph.of("aws:eks/accessPolicyAssociation:AccessPolicyAssociation"))


def _power(graph: Graph) -> Iterator[str]:
    """10: whoever uses a role waits for all of its power; the cluster waits for its logs and its key."""
    users = graph.of(
        CLUSTER, GROUP, ADDON, "aws:ec2/flowLog:FlowLog", "aws:eks/podIdentityAssociation:PodIdentityAssociation"
    )
    for role in graph.of(ROLE):
        powers = [each for each in graph.of(*POWER) if role.urn in each.dependencies]
        for user in users:
            if role.urn in user.dependencies:
                yield from graph.missing([user], powers)
    logs = [
        each for each in graph.of("aws:cloudwatch/logGroup:LogGroup") if each.inputs["name"].startswith("/aws/eks/")
    ]
    keys = [each for each in graph.of("aws:kms/key:Key") if each.name == "cluster"]
    yield from graph.missing(graph.of(CLUSTER), [*logs, *keys])


def _identities(graph: Graph) -> Iterator[str]:
    """10, for models: no pod starts before its identity works."""
    for each in graph.of("aws:eks/podIdentityAssociation:PodIdentityAssociation"):
        account = each.inputs["serviceAccount"]
        pods = [d for d in graph.of("kubernetes:apps/v1:Deployment") if d.name == f"{account}-deployment"]
        yield from graph.missing(pods, [each])
        yield from graph.missing([each], graph.of(CLUSTER))


def _stable(graph: Graph) -> Iterator[str]:
    """9: the cluster's provider is never another one, and its kubeconfig holds nothing that expires."""
    for each in graph.of("pulumi:providers:kubernetes"):
        if not each.inputs.get("clusterIdentifier"):
            yield f"{each.name} has no clusterIdentifier"
        config = _known(each.inputs.get("kubeconfig"))
        if config and set(json.loads(config)["users"][0]["user"]) != {"exec"}:
            yield f"{each.name}: a token or a key in the kubeconfig"


def _one_group(graph: Graph) -> Iterator[str]:
    """25: nodes bear the cluster's own security group, which lets control plane and nodes talk on every port."""
    for each in graph.of("aws:ec2/launchTemplate:LaunchTemplate"):
        cards = [group for card in each.inputs.get("networkInterfaces", []) for group in card["securityGroups"]]
        if each.inputs.get("vpcSecurityGroupIds") or each.inputs.get("securityGroupNames"):
            yield f"{each.name} names groups, so that EKS leaves its own away"
        if len(set(cards)) > 1:
            yield f"{each.name}: its adapters bear several groups"


def _scaled(graph: Graph) -> Iterator[str]:
    """What changes the number of nodes is there where it may change; it starts able to, and goes before the nodes."""
    groups = graph.of(GROUP)
    scaled = [g for g in groups if g.inputs["scalingConfig"]["minSize"] < g.inputs["scalingConfig"]["maxSize"]]
    pods = [each for each in graph.of("kubernetes:apps/v1:Deployment") if each.name == AUTOSCALER]
    if bool(scaled) != bool(pods):
        yield f"{len(scaled)} groups scale, and there are {len(pods)} autoscalers"
    roles = [each for each in graph.of(ROLE) if each.name == "cluster-autoscaler"]
    powers = [each for each in graph.of(*POWER) if {role.urn for role in roles} & set(each.dependencies)]
    rights = [e for e in graph.resources.values() if e.name.startswith("cluster-autoscaler-") and "rbac." in e.type]
    yield from graph.missing(pods, [*groups, *graph.of(TAG), *roles, *powers, *rights])
    if pods and not (powers and rights):
        yield "the autoscaler may do nothing"
    told = {urn for tag in graph.of(TAG) for urn in tag.dependencies}
    empty = {each.urn for each in scaled if not each.inputs["scalingConfig"]["minSize"]}
    if empty != told:
        yield f"{len(empty)} groups may be empty, and {len(told)} say what their nodes are"


def _known(value: Any) -> str | None:
    return value if isinstance(value, str) and value.startswith("{") else None


def _pool(group: Registered) -> str:
    return str(group.inputs["labels"]["slipway.dev/pool"])


RULES = {
    "1": _destroyed, "5": _add_ons, "6": _untainted, "7": _entries, "9": _stable, "10": _power, "25": _one_group,
    "10 models": _identities, "scaling": _scaled,
}  # fmt: skip
