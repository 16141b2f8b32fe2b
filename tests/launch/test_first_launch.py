"""What a person does after the first launch, on the real engine and the real API server."""

import json

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.root]


def kubectl(clone, *arguments):
    import subprocess

    from sandbox.toolchain import locate

    command = [locate.tool("kubectl"), "--kubeconfig", clone.endpoints()["kubeconfig"], *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_up_ends_with_a_prediction(launched, figure):
    done = launched.first
    assert '"model_name": "iris"' in done.out
    assert '"price_eur"' in done.out
    assert "stand-in" in done.err or "official" in done.err
    figure(f"first up of a clone, tools and images cached: {done.seconds:.1f} s")


def test_status_says_where_each_landed(launched):
    rows = {row["name"]: row for row in json.loads(launched.ok("status", "--json").out)}
    assert set(rows) == {"house-price", "iris", "llama-8b"}
    assert all(row["is_ready"] for row in rows.values())
    assert rows["llama-8b"]["simulated"]
    assert rows["llama-8b"]["nodes"] == ["h100-0"]
    assert rows["iris"]["url"].startswith("http://127.0.0.1:")
    assert not rows["iris"]["simulated"]
    assert rows["iris"]["version"].startswith("sha256:")


def test_predict(launched, tmp_path):
    answer = json.loads(launched.ok("predict", "iris").out)
    assert answer["outputs"][0]["data"] == [0, 2]
    price = json.loads(launched.ok("predict", "house-price").out)
    data = tmp_path / "larger.json"
    data.write_text(json.dumps({"area_m2": 240.0, "rooms": 4, "age_years": 15.0}))
    larger = json.loads(launched.ok("predict", "house-price", "--data", str(data)).out)
    assert next(iter(larger.values())) > next(iter(price.values()))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["llama-8b"], "placed on a simulated node"),
        (["irsi"], "did you mean iris?"),
        (["iris", "--data", "/nowhere.json"], "cannot be read"),
    ],
)
def test_predict_refuses(launched, arguments, words):
    done = launched.slipway("predict", *arguments)
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err


def test_logs_and_kubeconfig(launched):
    assert "==> iris-" in launched.ok("logs", "iris").out
    assert "simulated" in launched.slipway("logs", "llama-8b").err
    assert launched.ok("kubeconfig").out.strip() == launched.endpoints()["kubeconfig"]
    assert "iris" in kubectl(launched, "get", "deployments", "-n", "science")


def test_nothing_changes_without_a_change(launched, figure):
    assert launched.slipway("preview", "--expect-no-changes").code == 0
    again = launched.ok("up")
    assert "no change" in again.err
    figure(f"up with nothing to change, to the printed prediction: {again.seconds:.1f} s (limit 30 s)")


def test_a_replica_more_is_one_update(launched):
    launched.change("models", iris={"min_replicas": 2})
    assert launched.slipway("preview", "--expect-no-changes").code == 7
    assert "1 update" in launched.ok("up").err
    (row,) = json.loads(launched.ok("status", "iris", "--json").out)
    assert row["ready"] == "2/2"
    launched.change("models", iris={})
    launched.ok("up")


def test_a_pool_of_another_shape_replaces_its_nodes(launched):
    launched.change(
        "cluster", pools={"h100": {"accelerator": "h100", "count": 8}, "l4": {"accelerator": "l4", "count": 4}}
    )
    done = launched.ok("up")
    assert "1 delete" in done.err
    node = json.loads(kubectl(launched, "get", "node", "l4-0", "-o", "json"))
    assert node["status"]["allocatable"]["nvidia.com/gpu"] == "4"
    assert node["metadata"]["labels"]["node.kubernetes.io/instance-type"] == "g6.12xlarge"


def test_drift_is_seen_and_mended(launched):
    kubectl(launched, "delete", "service", "iris", "-n", "science")
    kubectl(launched, "scale", "deployment", "house-price", "-n", "science", "--replicas=0")
    launched.ok("pulumi", "--", "refresh", "--yes", "--non-interactive")
    assert launched.slipway("preview", "--expect-no-changes").code == 7
    done = launched.ok("up")
    assert "1 create" in done.err
    assert "1 update" in done.err
    launched.ok("predict", "iris")
    launched.ok("predict", "house-price")
