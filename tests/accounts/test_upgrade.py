"""The way to the next Kubernetes: its order, and what forbids it."""

import pytest

from accounts import declared
from catalog import upgrades
from catalog.upgrades import RANGES, Cluster, plan


def cluster(**changes) -> Cluster:
    said = {"kind": "eks", "version": "1.34", "pools": {"system": None, "gpu": None}}
    return Cluster(**said | changes)


def parts(found) -> list[str]:
    return list(dict.fromkeys(step.part for step in found.steps))


def test_the_steps_are_ordered():
    found = plan(cluster(engines=["kserve"], karpenter=True), "1.35")
    assert parts(found) == ["charts", "engines", "control plane", "add-ons", "pools", "proof"]
    assert found.refused == ()
    assert [step.text.partition(":")[0] for step in found.steps if step.part == "pools"] == ["system", "gpu"]
    assert "vpc-cni, kube-proxy" in next(step.text for step in found.steps if step.part == "add-ons")


def test_without_engines_nothing_is_unverified():
    found = plan(cluster(), "1.35")
    assert (found.unverified, parts(found)) == ((), ["control plane", "add-ons", "pools", "proof"])


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("1.36", "one minor version at a time"),
        ("1.33", "no cloud takes one back"),
        ("1.3", "no minor version"),
        ("latest", "no minor version"),
        ("2.35", "no minor version"),
        ("1.35.2", "no minor version"),
    ],
)
def test_skips_ways_back_and_nonsense_are_refused(to, why):
    found = plan(cluster(), to)
    assert (len(found.refused), why in found.refused[0].why, found.steps) == (1, True, ())


def test_where_it_is_already_there_is_nothing_to_do():
    assert plan(cluster(), "1.34") == upgrades.Upgrade((), (), ())


@pytest.mark.parametrize(("kind", "image", "refused"), [
    ("eks", "1.32.9-20261001", False), ("eks", "1.31.9-20261001", True), ("eks", "1.34.1-20261105", False),
    ("gke", "1.33.4-gke.100", False), ("gke", "1.32.4-gke.100", True),
])  # fmt: skip
def test_nodes_that_would_be_too_old_are_upgraded_first(kind, image, refused):
    found = plan(cluster(kind=kind, pools={"system": None, "gpu": image}), "1.35")
    assert [e.path for e in found.refused] == (["cluster.pools.gpu.image"] if refused else [])
    if not refused:
        assert any(step.text.startswith(f"gpu: pinned to {image}") for step in found.steps)


@pytest.mark.parametrize(
    ("engine", "version", "to", "refused", "unverified"),
    [
        ("seldon1", "1.34", "1.35", False, True),  # 1.19 does, its forerunners do not
        ("seldon1", "1.35", "1.36", True, False),
        ("seldon1", "1.26", "1.27", False, False),
        ("seldon2", "1.32", "1.33", False, False),
        ("seldon2", "1.34", "1.35", True, False),
        ("kserve", "1.34", "1.35", False, True),  # no last version is named
        ("kserve", "1.30", "1.31", True, False),
    ],
)
def test_an_engine_without_a_release_for_it_forbids_it(engine, version, to, refused, unverified):
    found = plan(cluster(version=version, engines=[engine]), to)
    assert (bool(found.refused), bool(found.unverified)) == (refused, unverified)


def test_all_that_forbids_it_is_said_together():
    found = plan(cluster(pools={"gpu": "1.31.9-20261001"}, engines=["seldon2"], karpenter=True), "1.37")
    assert [e.path for e in found.refused] == ["--to", "cluster.pools.gpu.image", "karpenter", "seldon2"]


def test_what_is_not_known_is_not_green():
    assert plan(cluster(engines=["another"]), "1.35").unverified == (
        "another: which Kubernetes it supports is not known here",
    )


def test_every_range_has_a_dated_source():
    for each in RANGES:
        assert each.source.startswith("https://")
        assert "20" in each.source.rpartition(" ")[2]
        assert each.newest is None or each.oldest < each.newest


@pytest.mark.parametrize("autoscaler", [True, False])
def test_an_autoscaler_of_ours_comes_after_the_add_ons(autoscaler):
    parts = [
        step.text.partition(":")[0]
        for step in plan(cluster(autoscaler=autoscaler), "1.35").steps
        if step.part == "add-ons"
    ]
    assert parts[1:] == (["cluster-autoscaler"] if autoscaler else [])


@pytest.mark.parametrize(("stack", "autoscaler"), [("prod-eks", True), ("prod-gke", False)])
def test_a_stack_says_whether_it_has_one(stack, autoscaler):
    assert declared.upgradable(stack).autoscaler == autoscaler
