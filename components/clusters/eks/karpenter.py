"""Karpenter's objects and rights, as pure functions: NodePool, EC2NodeClass, its role's policy, its queue.

Nothing here is registered while the stack has no Karpenter; EKS Auto Mode takes the same NodePools (`auto_pools`).
Sources (read 2026-11): https://karpenter.sh/docs/concepts/nodepools/, /nodeclasses/ and
/reference/cloudformation/, of which the rights and the events are.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from components.aws.place import Place
from components.aws.policies import Statement, allow
from components.clusters.eks.pools import kubernetes_taints, labels
from components.clusters.spec import EksCluster, NodePool

Manifest = dict[str, Any]

NAMESPACE, SERVICE_ACCOUNT = "kube-system", "karpenter"
_CAPACITY = {"on_demand": ["on-demand"], "spot": ["spot"], "reservation": ["reserved"], "capacity_block": ["reserved"]}
_DISCOVERY = "karpenter.sh/discovery"
_OWNED = "kubernetes.io/cluster/{cluster}"
# How long pods may take to leave, a node be idle, a node live: Auto Mode ends every node after 21 days.
_GRACE, _IDLE, _EXPIRE = "1h", "10m", "336h"


def node_pool(spec: EksCluster, name: str, pool: NodePool, node_class: Mapping[str, str]) -> Manifest:
    """What Karpenter may make for a pool, and how much of it.

    Args:
        spec: of the cluster.
        name: of the pool.
        pool: the declaration.
        node_class: group, kind and name of what says the rest of the machines.
    """
    machines = pool.machine_types
    requirements = [
        _in("node.kubernetes.io/instance-type", [machine.name for machine in machines]),
        _in("topology.kubernetes.io/zone", spec.zones_of(pool)),
        _in("kubernetes.io/arch", [pool.machine_type.architecture]),
        _in("karpenter.sh/capacity-type", _CAPACITY[pool.capacity]),
    ]
    template: Manifest = {
        "nodeClassRef": dict(node_class),
        "requirements": requirements,
        "expireAfter": _EXPIRE,
        "terminationGracePeriod": _GRACE,
    }
    if taints := kubernetes_taints(pool):
        template["taints"] = taints
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": name},
        "spec": {
            "template": {"metadata": {"labels": labels(name, pool)}, "spec": template},
            "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": _IDLE},
            "limits": {"cpu": str(pool.maximum * max(machine.vcpus for machine in machines))},
        },
    }


def node_class(cluster: str, spec: EksCluster, name: str, pool: NodePool, node_role: str) -> Manifest:
    """What the machines of a pool are that Karpenter makes.

    Args:
        cluster: its name.
        spec: of the cluster.
        name: of the pool.
        pool: the declaration; its image is the date in `1.34.2-20261105`.
        node_role: name of the nodes' role.
    """
    here = [{"tags": {_DISCOVERY: cluster}}]
    said: Manifest = {
        "amiSelectorTerms": [{"alias": f"al2023@v{pool.image.partition('-')[2]}" if pool.image else "al2023@latest"}],
        "role": node_role,
        "subnetSelectorTerms": here,
        "securityGroupSelectorTerms": [{"tags": {"aws:eks:cluster-name": cluster}}],
        "kubelet": {"maxPods": spec.network.max_pods},
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
        },
        "blockDeviceMappings": [
            {
                "deviceName": "/dev/xvda",
                "ebs": {
                    "volumeSize": f"{pool.disk}Gi",
                    "volumeType": "gp3",
                    "encrypted": True,
                    "deleteOnTermination": True,
                },
            }
        ],
        "detailedMonitoring": True,
        "tags": {"Name": f"{cluster}-{name}"},
    }
    if pool.local_nvme:
        said["instanceStorePolicy"] = "RAID0"
    if pool.reservation:
        said["capacityReservationSelectorTerms"] = [{"id": pool.reservation}]
    return {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": name},
        "spec": said,
    }


def class_reference(name: str) -> dict[str, str]:
    """How a NodePool names its EC2NodeClass."""
    return {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": name}


def controller_policy(place: Place, cluster: str, node_role: str) -> Iterator[Statement]:
    """What Karpenter may do: make machines that bear the cluster's tag, and end those alone.

    Args:
        place: of the cluster.
        cluster: its name.
        node_role: ARN of the nodes' role.
    """
    region = {"StringEquals": {"aws:RequestedRegion": place.region}}
    tag = _OWNED.format(cluster=cluster)
    wanted = {"StringEquals": {f"aws:RequestTag/{tag}": "owned", "aws:RequestTag/eks:eks-cluster-name": cluster}}
    owned = {"StringEquals": {f"aws:ResourceTag/{tag}": "owned"}}

    def ec2(*kinds: str) -> list[str]:
        return [f"arn:{place.partition}:ec2:{place.region}:*:{kind}/*" for kind in kinds]

    made = ec2("fleet", "instance", "launch-template", "network-interface", "spot-instances-request", "volume")
    used = [
        *ec2("capacity-reservation", "security-group", "subnet"),
        f"arn:{place.partition}:ec2:{place.region}::image/*",
    ]
    yield allow("Use", ["ec2:CreateFleet", "ec2:RunInstances"], used)
    yield allow("UseTemplates", ["ec2:CreateFleet", "ec2:RunInstances"], ec2("launch-template"), owned)
    yield allow("Make", ["ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:RunInstances"], made, wanted)
    making = {"ec2:CreateAction": ["CreateFleet", "CreateLaunchTemplate", "RunInstances"]}
    yield allow("Tag", ["ec2:CreateTags"], made, {"StringEquals": wanted["StringEquals"] | making})
    yield allow(
        "End", ["ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"], ec2("instance", "launch-template"), owned
    )
    yield allow("Look", _LOOK, ["*"], region)
    yield allow("Images", ["ssm:GetParameter"], [f"arn:{place.partition}:ssm:{place.region}::parameter/aws/service/*"])
    yield allow("Prices", ["pricing:GetProducts"], ["*"])
    ends = ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"]
    yield allow("Interruptions", ends, [place.arn("sqs", queue_name(cluster))])
    yield allow("Nodes", ["iam:PassRole"], [node_role], {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})
    yield allow("Profiles", _PROFILES, [place.iam(f"instance-profile/{cluster}-*")])
    yield allow("Cluster", ["eks:DescribeCluster"], [place.arn("eks", f"cluster/{cluster}")])


_LOOK = (
    "ec2:DescribeAvailabilityZones", "ec2:DescribeCapacityReservations", "ec2:DescribeImages",
    "ec2:DescribeInstanceTypeOfferings", "ec2:DescribeInstanceTypes", "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplates", "ec2:DescribeSecurityGroups", "ec2:DescribeSpotPriceHistory", "ec2:DescribeSubnets",
)  # fmt: skip
_PROFILES = (
    "iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile", "iam:GetInstanceProfile",
    "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile",
)  # fmt: skip


def queue_name(cluster: str) -> str:
    """The queue of announced interruptions."""
    return f"{cluster}-interruptions"


def queue_policy(place: Place, cluster: str) -> Iterator[Statement]:
    """Who writes into the queue: events of this account, over TLS."""
    arn = place.arn("sqs", queue_name(cluster))
    yield {
        "Sid": "Events",
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "sqs.amazonaws.com"]},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"StringEquals": {"aws:SourceAccount": place.account}},
    }
    yield {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def events() -> dict[str, Manifest]:
    """The events that announce that a machine goes, by a short name."""
    return {
        "health": {"source": ["aws.health"], "detail-type": ["AWS Health Event"]},
        "spot": {"source": ["aws.ec2"], "detail-type": ["EC2 Spot Instance Interruption Warning"]},
        "rebalance": {"source": ["aws.ec2"], "detail-type": ["EC2 Instance Rebalance Recommendation"]},
        "state": {"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"]},
    }


def _in(key: str, values: Any) -> Manifest:
    return {"key": key, "operator": "In", "values": list(values)}
