"""Pools, add-ons, ways in and Karpenter's objects of EKS, as pure functions."""

import base64
import json
import os
from email import message_from_string
from pathlib import Path

import pytest
import yaml

from components.aws.place import Place
from components.aws.policies import document, pod_trust, service_account_trust
from components.clusters.eks import addons, auto_pools, karpenter, kubeconfig, pools
from components.clusters.eks.control_plane import endpoint_access
from components.clusters.eks.network import interface_endpoints
from components.clusters.eks.node_groups import node_role_args
from components.names import joined_name, safe_name
from tests.clusters.stacks import EKS, changed, read, wrong

PLACE = Place(account="123456789012", region="us-east-1", stack="prod")
GOLDEN = Path(__file__).parents[1] / "golden/karpenter"
ONE_ZONE = {"zones": ["us-east-1a"]}


def spec(**pool):
    """A cluster with this pool `p` alone, or with the usual one."""
    return read({**EKS, "pools": {"p": {"max_nodes": 6, **pool}}} if pool else EKS)


def groups(**pool):
    """The node groups of a pool."""
    made = spec(**pool)
    return [pools.node_group(made, "p", made.pools["p"], group) for group in made.groups_of(made.pools["p"])]


def template(**pool):
    """The launch template of a pool."""
    made = spec(**pool)
    return pools.launch_template("ml", "test", made, "p", made.pools["p"])


def test_a_pool_is_a_group_a_zone_with_what_a_pod_goes_by():
    made = groups(accelerator="l4", min_nodes=2)
    assert [each["scaling_config"] for each in made] == [
        {"desired_size": 1, "min_size": 1, "max_size": 2},
        {"desired_size": 1, "min_size": 1, "max_size": 2},
        {"desired_size": 0, "min_size": 0, "max_size": 2},
    ]
    assert {each["ami_type"] for each in made} == {"AL2023_x86_64_NVIDIA"}
    awaited = {"k8s.amazonaws.com/accelerator": "l4"}
    assert made[0]["labels"] == {"slipway.dev/pool": "p", "slipway.dev/accelerator": "l4", **awaited}
    assert made[0]["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}]
    assert made[0]["node_repair_config"] == {"enabled": True}
    assert made[0]["update_config"] == {"max_unavailable": 1}


@pytest.mark.parametrize(
    ("pool", "ami"),
    [
        ({"machine": "m7i.large"}, "AL2023_x86_64_STANDARD"),
        ({"machine": "m7g.large"}, "AL2023_ARM_64_STANDARD"),
        ({"machine": "g5g.xlarge"}, "AL2023_ARM_64_NVIDIA"),
        ({"accelerator": "inferentia2"}, "AL2023_x86_64_NEURON"),
    ],
)
def test_the_image_fits_the_machine(pool, ami):
    assert {each["ami_type"] for each in groups(**pool)} == {ami}


def test_a_group_names_only_machines_that_its_zone_has():
    made = spec(machine="g5.xlarge", alternatives=["g5.2xlarge"])
    pool = made.pools["p"]
    for group in made.groups_of(pool):
        for machine in pools.offered(made, pool, group):
            assert any(machine.offered("us-east-1", zone) for zone in group.zones)
    everywhere = read(changed(EKS, network={"zones": ["us-east-1a", "us-east-1e"]}))
    assert all("us-east-1e" not in group.zones for group in everywhere.groups_of(everywhere.pools["l4"]))


def test_the_name_of_a_group_changes_with_what_eks_cannot_change_and_with_nothing_else():
    name = groups(accelerator="l4")[0]["node_group_name"]
    assert name.startswith("p_a-")
    assert groups(accelerator="l4", max_nodes=9, labels={"a": "b"}, disk_gib=400)[0]["node_group_name"] == name
    assert groups(accelerator="l4", alternatives=["g6.2xlarge"])[0]["node_group_name"] != name
    assert groups(accelerator="l4", capacity="spot")[0]["node_group_name"] != name


def test_a_pinned_image_pins_the_nodes_kubernetes():
    made = groups(machine="m7i.large", image="1.33.5-20261105")[0]
    assert (made["version"], made["release_version"]) == ("1.33", "1.33.5-20261105")
    unpinned = groups(machine="m7i.large")[0]
    assert unpinned["version"] == "1.34"
    assert "release_version" not in unpinned


def test_nobody_but_the_node_reaches_the_metadata_service_and_its_disk_is_encrypted():
    made = template(accelerator="l4")
    assert made["metadata_options"] == {
        "http_endpoint": "enabled",
        "http_tokens": "required",
        "http_put_response_hop_limit": 1,
        "instance_metadata_tags": "disabled",
    }
    (disk,) = made["block_device_mappings"]
    assert disk["ebs"]["encrypted"] == "true"
    assert disk["ebs"]["volume_size"] == 300
    assert template(accelerator="l4", disk_gib=700)["block_device_mappings"][0]["ebs"]["volume_size"] == 700


def node_config(**pool):
    """What a node is told, out of its user data."""
    message = message_from_string(base64.b64decode(template(**pool)["user_data"]).decode())
    (part,) = message.get_payload()
    assert part.get_content_type() == "application/node.eks.aws"
    return json.loads(part.get_payload())


def test_a_node_is_told_how_many_pods_it_takes_and_nothing_that_weakens_it():
    assert node_config(accelerator="l4")["spec"] == {"kubelet": {"config": {"maxPods": 110}}}
    told = node_config(accelerator="l4", local_nvme=True)["spec"]
    assert told["instance"] == {"localStorage": {"strategy": "RAID0"}}
    assert told["kubelet"] == {"config": {"maxPods": 110}}


def test_reserved_machines():
    reserved = {**ONE_ZONE, "accelerator": "h100", "count": 8, "reservation": "cr-0123456789abcdef0"}
    target = {"capacity_reservation_target": {"capacity_reservation_id": "cr-0123456789abcdef0"}}
    made = template(**reserved, capacity="reservation")
    assert made["capacity_reservation_specification"] == target
    assert "instance_market_options" not in made
    assert groups(**reserved, capacity="reservation")[0]["capacity_type"] == "ON_DEMAND"
    block = template(**reserved, capacity="capacity_block")
    assert block["capacity_reservation_specification"] == target
    assert block["instance_market_options"] == {"market_type": "capacity-block"}
    assert block["instance_type"] == "p5.48xlarge"
    (group,) = groups(**reserved, capacity="capacity_block")
    assert group["capacity_type"] == "CAPACITY_BLOCK"
    assert "instance_types" not in group
    assert "capacity_reservation_specification" not in template(accelerator="l4")


def test_a_fast_network_has_an_adapter_on_every_card():
    pool = spec(**ONE_ZONE, accelerator="h100", count=8, fast_network=True).pools["p"]
    cards = pools.network_interfaces(pools.interfaces(pool), "sg-1")
    assert len(cards) == pool.machine_type.efa > 1
    assert [card["network_card_index"] for card in cards] == list(range(len(cards)))
    assert [card["device_index"] for card in cards] == [0, *[1] * (len(cards) - 1)]
    assert all(card["security_groups"] == ["sg-1"] and card["interface_type"] == "efa" for card in cards)
    assert pools.interfaces(spec(accelerator="h100", count=8).pools["p"]) == 0


def test_partitions_have_the_label_that_cuts_them():
    assert groups(accelerator="h100", count=8, mig="1g.10gb")[0]["labels"]["nvidia.com/mig.config"] == "all-1g.10gb"


def test_add_ons_come_in_the_order_that_works():
    standard = spec()
    assert [each.name for each in addons.before_nodes(standard)] == ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"]
    assert [each.name for each in addons.after_nodes(standard)] == [
        "coredns", "aws-ebs-csi-driver", "metrics-server", "eks-node-monitoring-agent",
    ]  # fmt: skip
    assert addons.before_nodes(standard)[0].settings == {
        "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"}, "enableNetworkPolicy": "true",
    }  # fmt: skip
    irsa = read(changed(EKS, identity="irsa"))
    assert [each.name for each in addons.before_nodes(irsa)] == ["vpc-cni", "kube-proxy"]
    auto = read(changed(EKS, mode="auto"))
    assert [each.name for each in (*addons.before_nodes(auto), *addons.after_nodes(auto))] == ["metrics-server"]


@pytest.mark.parametrize(
    ("keys", "access"),
    [
        ({}, {"endpoint_private_access": True, "endpoint_public_access": False}),
        ({"api_access": "tunnel"}, {"endpoint_private_access": True, "endpoint_public_access": False}),
        (
            {"api_access": "cidrs", "api_cidrs": ["203.0.113.0/24"]},
            {
                "endpoint_private_access": True,
                "endpoint_public_access": True,
                "public_access_cidrs": ["203.0.113.0/24"],
            },
        ),
    ],
)
def test_the_api_server_is_private_but_for_listed_addresses(keys, access):
    assert endpoint_access(read(changed(EKS, **keys))) == access


def test_without_the_internet_every_service_has_an_endpoint():
    assert interface_endpoints(spec()) == ("ecr.api", "ecr.dkr", "sts")
    alone = read(changed(EKS, network={"egress": "none"}, api_access="tunnel"))
    assert {"ec2", "eks", "eks-auth", "ssm", "ssmmessages", "logs"} <= set(interface_endpoints(alone))


def test_nodes_may_join_pull_and_fill_the_caches():
    made = node_role_args(PLACE, "ml", spec())
    assert [arn.rpartition("/")[2] for arn in made.managed] == [
        "AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy",
    ]  # fmt: skip
    (statement,) = json.loads(made.inline["caches"])["Statement"]
    assert statement["Resource"] == [
        f"arn:aws:ecr:us-east-1:123456789012:repository/{registry}/*"
        for registry in ("public.ecr.aws", "quay.io", "registry.k8s.io")
    ]
    tunnel = node_role_args(PLACE, "ml", read(changed(EKS, api_access="tunnel")))
    assert "AmazonSSMManagedInstanceCore" in tunnel.managed[-1]
    assert node_role_args(PLACE, "ml", read({**EKS, "caches": {}})).inline == {}


def test_the_kubeconfig_asks_for_a_token_and_holds_none():
    direct = json.loads(kubeconfig.kubeconfig("ml", "us-east-1", "https://a.eks", "Q0E=", tunnel=False))
    assert direct["clusters"][0]["cluster"] == {"server": "https://a.eks", "certificate-authority-data": "Q0E="}
    assert set(direct["users"][0]["user"]) == {"exec"}
    through = json.loads(kubeconfig.kubeconfig("ml", "us-east-1", "https://a.eks", "Q0E=", tunnel=True))
    assert through["clusters"][0]["cluster"] == {
        "server": "https://localhost:8443", "certificate-authority-data": "Q0E=", "tls-server-name": "a.eks",
    }  # fmt: skip
    command = kubeconfig.tunnel_command("ml", "us-east-1")
    assert command.endswith(",portNumber=443,localPortNumber=8443")
    assert "Name=tag:slipway:pool,Values=system" in command
    tags = {each["resource_type"]: each["tags"] for each in template(accelerator="l4")["tag_specifications"]}
    assert tags["instance"]["slipway:pool"] == "p"


def test_auto_mode_has_no_nodes_for_a_tunnel():
    said = wrong(changed(EKS, mode="auto", api_access="tunnel"))
    assert set(said) == {"cluster.api_access"}
    assert "give runner or cidrs" in said["cluster.api_access"]


def test_trust_names_one_service_account():
    (pod,) = json.loads(pod_trust("1", "arn:cluster", "risk", "iris"))["Statement"]
    assert pod["Condition"] == {
        "ArnEquals": {"aws:SourceArn": "arn:cluster"},
        "StringEquals": {
            "aws:SourceAccount": "1",
            "aws:RequestTag/kubernetes-namespace": "risk",
            "aws:RequestTag/kubernetes-service-account": "iris",
        },
    }
    (token,) = json.loads(service_account_trust("arn:provider", "oidc/id/1", "system:serviceaccount:risk:iris"))[
        "Statement"
    ]
    assert token["Condition"] == {
        "StringEquals": {"oidc/id/1:aud": "sts.amazonaws.com", "oidc/id/1:sub": "system:serviceaccount:risk:iris"}
    }


def test_long_names_stay_apart():
    first, second = (safe_name("a" * 80 + end, 64) for end in "xy")
    assert len(first) == len(second) == 64
    assert first != second
    assert safe_name("short", 64) == "short"


def test_two_clusters_of_an_account_have_no_template_of_one_name():
    one, other = spec(), spec()
    made = next(iter(one.pools.values()))
    names = {
        pools.launch_template("ml", "test", one, "eu-l4", made)["name"],
        pools.launch_template("ml-eu", "test", other, "l4", made)["name"],
    }
    assert len(names) == 2
    assert pools.own_name("ml", "l4") == "ml-l4"
    assert len(pools.own_name("c" * 100, "p" * 63)) <= 128


@pytest.mark.parametrize("limit", [64, 14])
def test_names_of_several_parts_stay_apart(limit):
    parts = [("ml", "a", "b-c-d"), ("ml", "a-b", "c-d"), ("ml", "a-b-c", "d"), ("ml-a", "b", "c-d"), ("ml-a-b-c", "d")]
    names = [joined_name(*each, limit=limit) for each in parts]
    assert len(set(names)) == len(names)
    assert all(len(name) <= limit and name.startswith("ml-a") for name in names)
    assert joined_name("prod-eks", "science", "iris", limit=64) == "prod-eks-science-iris"


def golden(name, objects):
    text = yaml.safe_dump_all(objects, sort_keys=True)
    path = GOLDEN / f"{name}.yaml"
    if os.environ.get("SLIPWAY_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert path.read_text() == text


def test_karpenters_objects():
    made = spec(accelerator="h100", count=8, capacity="spot", local_nvme=True, image="1.34.2-20261105")
    pool = made.pools["p"]
    golden(
        "pool",
        [
            karpenter.node_pool(made, "p", pool, karpenter.class_reference("p")),
            karpenter.node_class("ml", made, "p", pool, "ml-nodes"),
        ],
    )
    golden("auto", list(auto_pools.objects(read(changed(EKS, mode="auto"))).values()))
    assert auto_pools.objects(made) == {}


def test_karpenter_ends_only_machines_of_its_cluster():
    statements = {each["Sid"]: each for each in karpenter.controller_policy(PLACE, "ml", PLACE.iam("role/ml-nodes"))}
    assert statements["End"]["Condition"] == {"StringEquals": {"aws:ResourceTag/kubernetes.io/cluster/ml": "owned"}}
    assert statements["Nodes"]["Resource"] == ["arn:aws:iam::123456789012:role/ml-nodes"]
    for name in ("Use", "UseTemplates", "Make", "Tag", "End", "Interruptions", "Nodes", "Cluster"):
        assert "*" not in statements[name]["Resource"], name
    assert len(document(*statements.values())) < 6144, "IAM takes no longer policy"
    assert set(karpenter.events()) == {"health", "spot", "rebalance", "state"}
    assert {each["Effect"] for each in karpenter.queue_policy(PLACE, "ml")} == {"Allow", "Deny"}
