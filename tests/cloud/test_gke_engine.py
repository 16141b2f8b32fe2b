"""The GKE stacks through their life under the real engine, with no account: the stand-ins take the clouds' place."""

import pytest

from tests.cloud.whole import named
from tests.counts import level

# At `test`, one stack as small as it still shows everything; all of both from `prove` on.
SMALL = {
    "models": {"house-price": None, "llama-8b": None},
    "cluster": {"network": {"zones": ["us-central1-a", "us-central1-b"]}, "pools": {"h100": None}},
}
# Protected, it refuses the only replica on spot machines (FIT-11).
BOUGHT = {"cluster": {"pools": {"h100": {"capacity": "on_demand"}}}}
CASES = [("dev-gke", SMALL)] if level() == "test" else [("dev-gke", BOUGHT), ("prod-gke", {})]
PROTECTED = {"protect": True}
KEPT = {
    "gcp:kms/keyRing:KeyRing", "gcp:kms/cryptoKey:CryptoKey", "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
    "gcp:storage/bucket:Bucket", "gcp:storage/bucketIAMMember:BucketIAMMember",
}  # fmt: skip


def nobody_elses(whole):
    """With credentials of another project nothing changes."""
    whole.environment["SLIPWAY_STANDIN_GOOGLE_PROJECT"] = "somebody-elses"
    refused = whole("preview", code=1, lifecycle=PROTECTED)
    assert "the credentials are not for this project" in refused.output
    assert refused.steps() == []
    del whole.environment["SLIPWAY_STANDIN_GOOGLE_PROJECT"]


@pytest.mark.parametrize("whole", CASES, ids=lambda case: case[0], indirect=True)
def test_life(whole):
    up = whole("up", asked=True, lifecycle=PROTECTED)
    assert named(up.steps(), "create") >= {"cluster", "artifacts", "iris-deployment"}
    assert f"stand-in gcp: nothing was created in a cloud (project example-{whole.stack[:-4]}-ml" in up.output
    assert "nodes in all, over us-central1-a" in up.output, "what it comes to is said"
    if level() != "test":
        assert whole("preview", lifecycle=PROTECTED).steps() == [], "the same stack again is no change"

    refused = whole("destroy", code=1, asked=True, lifecycle=PROTECTED)
    assert "protected" in refused.output
    assert {"cluster", "iris-deployment"} <= whole.state().keys(), "nothing went"
    if level() != "test":
        nobody_elses(whole)

    # Another number of pods on a node needs other nodes; all else changes in place.
    replaced = {"network": {"max_pods": 64}}
    changed = whole(
        "up",
        cluster={**replaced, "kubernetes": "1.35", "api_access": "cidrs", "api_cidrs": ["203.0.113.0/24"]},
        store={"noncurrent_days": 40},
        lifecycle={"protect": False},
    )
    assert "not known whether" not in changed.output
    assert ("update", "artifacts") in changed.steps()
    groups = [name for name, each in whole.state().items() if each["type"] == "gcp:container/nodePool:NodePool"]
    for name in groups:
        done = [operation for operation, each in changed.steps(kind="resOutputsEvent") if each == name]
        assert done == ["create-replacement", "replace", "delete-replaced"], "the new nodes are there before the old go"
    in_cluster = {name for name, each in whole.state().items() if each["type"].startswith("kubernetes:")}
    assert in_cluster
    assert not in_cluster & named(changed.steps(), "create", "replace", "delete", "create-replacement")

    kept = {each["type"] for each in whole.everything() if each.get("retainOnDelete") and each.get("custom")}
    assert kept == KEPT
    gone = [name for operation, name in whole("destroy").steps(kind="resOutputsEvent") if operation == "delete"]
    assert gone.index("iris-deployment") < min(map(gone.index, groups))
    assert max(map(gone.index, groups)) < gone.index("cluster-webhooks")
    assert whole.state().keys() <= {"slipway-test"}
