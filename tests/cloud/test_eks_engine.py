"""The EKS stacks through their life under the real engine, with no account: the stand-ins take the clouds' place."""

import pytest

from tests.cloud.whole import named
from tests.counts import level

# At `test`, one stack as small as it still shows everything; all of both from `prove` on.
SMALL = {
    "models": {"house-price": None, "llama-8b": None},
    "cluster": {"network": {"zones": ["us-east-1a", "us-east-1b"]}, "pools": {"h100": None}},
}
# Protected, it refuses the only replica on spot machines (FIT-11).
BOUGHT = {"cluster": {"pools": {"h100": {"capacity": "on_demand"}}}}
CASES = [("dev-eks", SMALL)] if level() == "test" else [("dev-eks", BOUGHT), ("prod-eks", {})]
PROTECTED = {"protect": True}


@pytest.mark.parametrize("whole", CASES, ids=lambda case: case[0], indirect=True)
def test_life(whole):
    foreseen = whole("preview", lifecycle=PROTECTED) if level() != "test" else None
    up = whole("up", lifecycle=PROTECTED)
    made = named(up.steps(), "create")
    assert made >= {"cluster", "artifacts", "iris-deployment"}
    assert "stand-in aws: nothing was created in a cloud (account 111122223333, us-east-1" in up.output
    if foreseen:
        assert named(foreseen.steps(), "create") == made
        assert whole("preview", lifecycle=PROTECTED).steps() == [], "the same stack again is no change"

    before = whole.everything()
    refused = whole("destroy", code=1, asked=True, lifecycle=PROTECTED)
    for name in ("cluster", "artifacts", "artifacts-logs", "artifacts-mlserver"):
        assert f"({name}):" in refused.output
    assert "because it is protected" in refused.output
    assert whole.everything() == before, "not even what is not protected goes"

    replaced = {"system": {"machine": "m7i.xlarge", "min_nodes": 1, "max_nodes": 3, "alternatives": ["m7i.2xlarge"]}}
    changed = whole(
        "up",
        cluster={**replaced, "kubernetes": "1.35", "api_access": "cidrs", "api_cidrs": ["203.0.113.0/24"]},
        store={"noncurrent_days": 40},
        lifecycle={"protect": False},
    )
    assert ("update", "cluster") in changed.steps()
    in_cluster = [each for each in whole.everything() if each["type"].startswith("kubernetes:")]
    assert len(in_cluster) > 10
    # Of the cluster's own, the autoscaler alone follows its Kubernetes, in place; no model's is touched.
    inside = {each["urn"].rpartition("::")[2] for each in in_cluster}
    assert [step for step in changed.steps() if step[1] in inside] == [("update", "cluster-autoscaler-deployment")]
    groups = [name for name in whole.state() if name.startswith("cluster-system_")]
    for name in groups:
        done = [operation for operation, each in changed.steps(kind="resOutputsEvent") if each == name]
        assert done == ["create-replacement", "replace", "delete-replaced"], "the new nodes are there before the old go"
    tags = {name for name in whole.state() if name.startswith("cluster-autoscaler-system_")}
    anew = named(changed.steps(), "create-replacement")
    assert set(groups) <= anew <= {*groups, *tags}
    assert tags <= anew | named(changed.steps(), "create"), "new groups are told what their nodes are"
    assert tags

    kept = {each["type"].split(":")[1].partition("/")[0] for each in whole.everything() if each.get("retainOnDelete")}
    assert kept == {"s3", "kms"}, "buckets with what guards them, and keys"
    assert {each["type"] for each in whole.everything() if each.get("protect")} == set()
    gone = [name for operation, name in whole("destroy").steps(kind="resOutputsEvent") if operation == "delete"]
    for pods in ("iris-deployment", "cluster-autoscaler-deployment"):
        assert gone.index(pods) < min(map(gone.index, groups))
    assert max(map(gone.index, tags)) < min(map(gone.index, groups))
    assert max(map(gone.index, groups)) < gone.index("cluster-private-us-east-1a")
    assert whole.state().keys() <= {"slipway-test"}
