"""What of the forty failures the graph of a cloud stack shows besides its order, by number; what is wrong in words."""

import ast
from collections.abc import Iterator
from typing import Any

from catalog import gpu
from catalog.machines import machine
from tests.clusters import eks_order, gke_order
from tests.mocks.graph import Graph
from tests.mocks.recorder import Registered

GROUPS = (eks_order.GROUP, gke_order.POOL)
DEPLOYMENT, CONNECTION = "kubernetes:apps/v1:Deployment", "pulumi:providers:kubernetes"
KEPT = ("aws:s3/bucket:Bucket", "aws:kms/key:Key", "gcp:storage/bucket:Bucket", "gcp:kms/cryptoKey:CryptoKey")
# Long-lived keys of an identity: nothing here makes one.
KEYS = ("aws:iam/accessKey:AccessKey", "gcp:serviceaccount/key:Key", "gcp:storage/hmacKey:HmacKey")
# Names that another run finds again; what has none here cannot be given one.
NAMES = {
    eks_order.CLUSTER: "name", eks_order.GROUP: "nodeGroupName", eks_order.ROLE: "name",
    "aws:cloudwatch/logGroup:LogGroup": "name", "aws:ec2/launchTemplate:LaunchTemplate": "name",
    "aws:ec2/securityGroup:SecurityGroup": "name", "aws:ecr/repository:Repository": "name",
    "aws:kms/alias:Alias": "name", "aws:s3/bucket:Bucket": "bucket",
    gke_order.CLUSTER: "name", gke_order.POOL: "name", gke_order.NETWORK: "name", gke_order.SUBNET: "name",
    gke_order.FIREWALL: "name", gke_order.NAT: "name", gke_order.ACCOUNT: "accountId", gke_order.BUCKET: "name",
    gke_order.REPOSITORY: "repositoryId", "gcp:kms/keyRing:KeyRing": "name", "gcp:kms/cryptoKey:CryptoKey": "name",
}  # fmt: skip
# What a policy reads before anything is made; of policies only that of a key waits for the key's ARN.
LITERALS = {
    eks_order.ROLE: "assumeRolePolicy", "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy", gke_order.USE: "member", gke_order.BUCKET_GRANT: "condition",
    gke_order.PROJECT_GRANT: "member",
}  # fmt: skip
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_FORGETS = {"delete_unreachable", "skip_update_unreachable"}
_OVERWRITES = {"upsert_existing_objects", "enable_patch_force"}


def wrong(graph: Graph) -> list[str]:
    """Everything that the graph shows."""
    return [f"{number}: {said}" for number, rule in RULES.items() for said in rule(graph)]


def _zones(graph: Graph) -> Iterator[str]:
    """3: a group of one zone names only machines that the zone has; one over several zones needs no node of each."""
    subnets = graph.of("aws:ec2/subnet:Subnet")
    region = subnets[0].inputs["availabilityZone"][:-1] if subnets else ""
    for each in graph.of(*GROUPS):
        inputs = each.inputs
        places = inputs.get("subnetIds") or inputs["nodeLocations"]
        if len(places) == 1:
            zone = f"{region}{each.name.rpartition('_')[2]}" if region else places[0]
            for name in inputs.get("instanceTypes") or [inputs["nodeConfig"]["machineType"]]:
                if machine(name).offered(region or zone.rpartition("-")[0], zone) is False:
                    yield f"{each.name}: {zone} has no {name}"
        elif (scaled := inputs.get("autoscaling")) is None or scaled["totalMaxNodeCount"] >= len(places):
            yield f"{each.name} is over {len(places)} zones: one without machines holds up the others"


def _kept(graph: Graph) -> Iterator[str]:
    """8: a cluster is protected, here and in its cloud; so are buckets and keys, which a destroy leaves behind, too."""
    for each in graph.of(eks_order.CLUSTER, gke_order.CLUSTER, *KEPT):
        if not each.protect:
            yield f"{each.name} ({each.type}) is not protected"
    for each in graph.of(eks_order.CLUSTER):
        if each.inputs.get("deletionProtection") is not each.protect:
            yield f"{each.name}: AWS' own protection says something else than the stack's"
    for each in graph.of(*KEPT):
        if not each.retain:
            yield f"{each.name} ({each.type}) goes with the stack"


def _blocks(graph: Graph) -> Iterator[str]:
    """11: on AWS pods get whole blocks of addresses, and every subnet of nodes has some reserved."""
    for each in graph.of(eks_order.ADDON):
        if each.inputs["addonName"] == "vpc-cni" and "ENABLE_PREFIX_DELEGATION" not in str(each.inputs):
            yield "pods get single addresses, and the planner counts blocks"
    private = [each for each in graph.of("aws:ec2/subnet:Subnet") if "-private-" in each.name]
    reserved = {
        urn for each in graph.of("aws:ec2/subnetCidrReservation:SubnetCidrReservation") for urn in each.dependencies
    }
    for each in private:
        if each.urn not in reserved:
            yield f"{each.name}: no block is reserved"


def _secrets(graph: Graph) -> Iterator[str]:
    """21: nothing that opens anything is in the state: no key of an identity, no token."""
    for each in graph.of(*KEYS):
        yield f"{each.name}: a key of an identity"
    for each in graph.of(CONNECTION):
        config = str(each.inputs.get("kubeconfig"))
        if any(f'"{word}":' in config for word in ("token", "client-key-data", "password")):
            yield f"{each.name}: a token or a key"


def _names(graph: Graph) -> Iterator[str]:
    """23: a name is known before what has it is made, so that another run finds it."""
    for type_, key in NAMES.items():
        for each in graph.of(type_):
            if each.inputs.get(key) in (None, "", UNKNOWN):
                yield f"{each.name} ({type_}) has no name that is known before"


def _literal(graph: Graph) -> Iterator[str]:
    """24: who may do what is known before anything is made."""
    for type_, key in LITERALS.items():
        for each in graph.of(type_):
            if not each.name.endswith("-key") and UNKNOWN in str(each.inputs.get(key)):
                yield f"{each.name} ({type_}): {key} is not known before"


def _allocatable(graph: Graph) -> Iterator[str]:
    """31: nodes with accelerators say so and keep others away, and every pod that wants some finds such nodes."""
    nodes = [_marks(each) for each in graph.of(*GROUPS)]
    for each in graph.of(*GROUPS):
        labels, taints = _marks(each)
        carried = machine((each.inputs.get("instanceTypes") or [_node(each).get("machineType")])[0]).accelerator
        if carried and (gpu.taint(carried)["key"] not in taints or labels.get(gpu.ACCELERATOR_LABEL) != carried.value):
            yield f"{each.name}: its {carried} are not marked"
    for each in graph.of(DEPLOYMENT):
        pod = each.inputs["spec"]["template"]["spec"]
        wanted = (pod.get("nodeSelector") or {}).items()
        tolerated = {toleration["key"] for toleration in pod.get("tolerations") or []}
        if not any(wanted <= labels.items() and taints <= tolerated for labels, taints in nodes):
            yield f"{each.name}: no node takes it"


def _one_at_a_time(graph: Graph) -> Iterator[str]:
    """32: a new image comes to one node at a time."""
    for each in graph.of(*GROUPS):
        update = each.inputs.get("updateConfig") or each.inputs["upgradeSettings"]
        if update.get("maxSurge", 0) + update["maxUnavailable"] != 1:
            yield f"{each.name}: several nodes at once"


def _node(group: Registered) -> dict[str, Any]:
    return dict(group.inputs.get("nodeConfig") or group.inputs)


def _marks(group: Registered) -> tuple[dict[str, str], set[str]]:
    """Labels, and the keys of taints."""
    said = _node(group)
    return dict(said["labels"]), {taint["key"] for taint in said.get("taints") or []}


RULES = {
    "3": _zones, "8": _kept, "11": _blocks, "21": _secrets, "23": _names, "24": _literal, "31": _allocatable,
    "32": _one_at_a_time,
}  # fmt: skip


def connections(source: str) -> list[str]:
    """What is wrong with the ways to a Kubernetes API server that a module makes, by number: 9, 14 and 17.

    Args:
        source: of the module.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "kubernetes.Provider":
            said = {each.arg for each in node.keywords}
            found += [] if "cluster_identifier" in said else ["9: another endpoint is another cluster"]
            found += ["14: what cannot be reached is forgotten"] if said & _FORGETS else []
            found += ["17: what others made is overwritten"] if said & _OVERWRITES else []
    return found
