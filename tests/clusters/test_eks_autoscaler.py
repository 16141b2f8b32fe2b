"""Cluster Autoscaler: where it is and where not, what it may do, and what empty groups tell it."""

import os
from pathlib import Path

import pytest
import yaml

from components.aws.place import Place
from components.clusters.eks import autoscaler, autoscaler_objects
from components.serving import pod_security
from components.versions import CLUSTER_AUTOSCALER
from tests.clusters import eks_order, eks_stacks
from tests.clusters.stacks import EKS, changed, read, wrong
from tests.mocks.graph import Graph

PLACE = Place(account="123456789012", region="us-east-1", stack="test")
GOLDEN = Path(__file__).parents[1] / "golden/autoscaler/objects.yaml"
FIXED = {"system": {"machine": "m7i.large", "nodes": 2}, "pools": {"l4": {"max_nodes": None}}}
NO_CACHES = {"network": {"egress": "none"}, "caches": {"public.ecr.aws": {}}}


def said(**pool):
    return read(changed(EKS, pools={"p": {"max_nodes": 2, **pool}}))


def tags(**pool):
    prefix = "k8s.io/cluster-autoscaler/node-template/"
    found = autoscaler.template_tags("p", said(**pool).pools["p"])
    assert all(key.startswith(prefix) for key in found)
    return {key.removeprefix(prefix): value for key, value in found.items()}


def test_its_objects():
    text = yaml.safe_dump_all(autoscaler_objects.objects("ml", read(EKS), None).values(), sort_keys=True)
    if os.environ.get("SLIPWAY_GOLDEN") == "write":
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text)
    assert GOLDEN.read_text() == text


def test_its_pod_holds_against_restricted_and_asks_for_what_it_takes():
    pod = autoscaler_objects.objects("ml", read(EKS), None)["deployment"]["spec"]["template"]["spec"]
    assert pod_security.violations(pod) == []
    (container,) = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    container["securityContext"]["privileged"] = True
    assert pod_security.violations(pod) != []


@pytest.mark.parametrize("kubernetes", CLUSTER_AUTOSCALER)
def test_its_release_is_that_of_the_clusters_kubernetes_and_comes_through_the_cache(kubernetes):
    cluster = read(changed(EKS, kubernetes=kubernetes))
    name = f"registry.k8s.io/autoscaling/cluster-autoscaler:v{kubernetes}."
    assert autoscaler_objects.image(cluster).startswith(f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{name}")
    plain = read({**EKS, "kubernetes": kubernetes, "caches": {}})
    assert autoscaler_objects.image(plain).startswith(name)


@pytest.mark.parametrize(
    ("keys", "path", "words"),
    [
        ({"kubernetes": "1.99"}, "kubernetes", "no release of Cluster Autoscaler is known here for it"),
        (NO_CACHES, "caches", "pulled from registry.k8s.io, and nodes do not reach it"),
        ({"pools": {"l4": {"labels": {f"{'a' * 83}.example/x": ""}}}}, "pools.l4.labels", "room for 82 characters"),
        (
            {"pools": {"l4": {"taints": [{"key": f"{'a' * 83}.example/x"}]}}},
            "pools.l4.taints",
            "room for 82 characters",
        ),
    ],
)
def test_where_it_cannot_run_no_pool_may_need_it(keys, path, words):
    bad = changed({"network": {}, **EKS}, **keys)
    assert [words in why for where, why in wrong(bad).items() if where == f"cluster.{path}"] == [True]
    fixed = changed({**bad, "system": FIXED["system"]}, pools=FIXED["pools"])
    assert read(fixed).scaled_pools == ()


def test_keys_that_fit_into_a_tag_are_taken():
    label = f"{'a' * 72}.example/x"
    assert len(label) == 82
    assert (
        max(map(len, autoscaler.template_tags("p", said(machine="m7i.large", labels={label: "y"}).pools["p"]))) == 128
    )


@pytest.mark.parametrize(
    "keys",
    [
        {"mode": "auto"},
        FIXED,
        {**FIXED, "pools": {"l4": {"max_nodes": 4, "autoscaler": "karpenter"}}},
    ],
    ids=["Auto Mode", "fixed numbers", "Karpenter"],
)
def test_where_others_change_the_number_of_nodes_or_nobody_there_is_none(keys):
    assert read(changed(EKS, **keys)).scaled_pools == ()


def test_nobody_installs_it_for_nothing():
    base = {key: value for key, value in eks_stacks.SMALL.items() if key != "pools"}
    fixed = Graph(eks_stacks.cluster({**base, "pools": {"l4": {"accelerator": "l4", "nodes": 2}}}))
    assert fixed.of(eks_order.TAG, "kubernetes:apps/v1:Deployment", "slipway:clusters:EksAutoscaler") == []
    assert eks_order.wrong(fixed) == []


def test_it_scales_its_own_groups_and_only_looks_at_others():
    scale, groups, look = autoscaler.policy(PLACE, "ml")
    assert scale["Condition"] == {"StringEquals": {"aws:ResourceTag/k8s.io/cluster-autoscaler/ml": "owned"}}
    assert [each.partition(":")[2] for each in scale["Action"]] == [
        "SetDesiredCapacity",
        "TerminateInstanceInAutoScalingGroup",
    ]
    assert "*" not in scale["Resource"]
    assert groups["Resource"] == ["arn:aws:eks:us-east-1:123456789012:nodegroup/ml/*"]
    assert look["Resource"] == ["*"]
    assert all(each.partition(":")[2].startswith("Describe") for each in look["Action"])


@pytest.mark.parametrize(
    ("pool", "resources", "taint"),
    [
        ({"accelerator": "l4"}, {"nvidia.com/gpu": "1"}, "nvidia.com/gpu"),
        ({"accelerator": "h100", "count": 8}, {"nvidia.com/gpu": "8"}, "nvidia.com/gpu"),
        ({"accelerator": "l4", "time_slicing": 4}, {"nvidia.com/gpu.shared": "4"}, "nvidia.com/gpu"),
        ({"accelerator": "h100", "count": 8, "mig": "1g.10gb", "mig_strategy": "mixed"}, {"nvidia.com/mig-1g.10gb": "56"}, "nvidia.com/gpu"),
        ({"accelerator": "inferentia2"}, {"aws.amazon.com/neuron": "1"}, "aws.amazon.com/neuron"),
        ({"accelerator": "h100", "count": 8, "fast_network": True, "zones": ["us-east-1b"]}, {"nvidia.com/gpu": "8", "vpc.amazonaws.com/efa": "32"}, "nvidia.com/gpu"),
        ({"machine": "m7i.large"}, {}, None),
    ],
)  # fmt: skip
def test_an_empty_group_says_what_its_nodes_would_be(pool, resources, taint):
    found = tags(**pool)
    assert {key.removeprefix("resources/"): v for key, v in found.items() if key.startswith("resources/")} == resources
    assert found["label/slipway.dev/pool"] == "p"
    assert {key: v for key, v in found.items() if key.startswith("taint/")} == (
        {f"taint/{taint}": "present:NoSchedule"} if taint else {}
    )


def test_labels_and_taints_of_a_pools_own_are_told_too():
    found = tags(machine="m7i.large", labels={"tier": "a"}, taints=[{"key": "team", "effect": "NoExecute"}])
    assert found["label/tier"] == "a"
    assert found["taint/team"] == ":NoExecute"


def test_it_waits_for_gpus_only_by_the_name_that_it_knows():
    awaited = "label/k8s.amazonaws.com/accelerator"
    assert tags(accelerator="h100", count=8)[awaited] == "h100"
    for other in ({"accelerator": "l4", "time_slicing": 2}, {"accelerator": "inferentia2"}, {"machine": "m7i.large"}):
        assert awaited not in tags(**other)


def test_with_irsa_its_service_account_names_the_role():
    found = Graph(eks_stacks.cluster(changed(eks_stacks.SMALL, identity="irsa"), preview=False))
    (account,) = found.of("kubernetes:core/v1:ServiceAccount")
    assert account.inputs["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].endswith(
        "role/ml-cluster-autoscaler"
    )
    assert found.of("aws:eks/podIdentityAssociation:PodIdentityAssociation") == []
    assert eks_order.wrong(found) == []
