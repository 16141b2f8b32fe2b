"""The simulation of the scheduler beside the real one: the same pods on the same simulated nodes."""

import random
import time
from typing import Any

import pytest

from catalog.scheduler import Node, Pod, schedule, why_not
from tests.counts import count

pytestmark = pytest.mark.cluster

GPU = "nvidia.com/gpu"


def own(case: str) -> dict[str, str]:
    """The taint of a case, which is its toleration too."""
    return {"key": "case", "value": case, "effect": "NoSchedule"}


def node(chance: random.Random, case: str, number: int) -> dict[str, Any]:
    allocatable = {
        "cpu": str(chance.choice([2, 4, "3500m", 16])),
        "memory": chance.choice(["4Gi", "8Gi", "62000Mi"]),
        "pods": str(chance.choice([2, 110])),
        **({GPU: str(chance.choice([1, 2, 8]))} if chance.random() < 0.6 else {}),
    }
    taints = [
        {"key": GPU, "value": "present", "effect": "NoSchedule"},
        {"key": "spot", "value": "true", "effect": chance.choice(["NoSchedule", "NoExecute", "PreferNoSchedule"])},
    ]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": f"{case}-{number}",
            "labels": {
                "case": case,
                "zone": chance.choice("ab"),
                "generation": str(chance.randint(1, 9)),
                "kind": chance.choice(["l4", "h100"]),
            },
            "annotations": {"kwok.x-k8s.io/node": "fake"},
        },
        # Pods of other tests, which may wait for a node, stay away by a taint of the case's own.
        "spec": {"taints": [own(case), *(taint for taint in taints if chance.random() < 0.4)]},
        "status": {"allocatable": allocatable, "capacity": allocatable},
    }


def pod(chance: random.Random, case: str, number: int) -> dict[str, Any]:
    resources: dict[str, Any] = {"requests": {"cpu": chance.choice(["100m", "1", "1500m"]), "memory": "512Mi"}}
    if chance.random() < 0.5:
        resources["limits"] = {GPU: str(chance.choice([1, 2, 5]))}
    expressions = [
        {"key": "kind", "operator": "In", "values": chance.choice([["l4"], ["h100"], ["l4", "h100"]])},
        {"key": "zone", "operator": "NotIn", "values": ["b"]},
        {"key": "generation", "operator": chance.choice(["Gt", "Lt"]), "values": ["5"]},
        {"key": "kind", "operator": "Exists"},
        {"key": "absent", "operator": "DoesNotExist"},
    ]
    terms = [{"matchExpressions": chance.sample(expressions, 2)} for _ in range(chance.randint(1, 2))]
    tolerations = [
        {"key": GPU, "operator": "Exists", "effect": "NoSchedule"},
        {"key": "spot", "operator": "Equal", "value": chance.choice(["true", "false"])},
        {"operator": "Exists"},
    ]
    spec: dict[str, Any] = {
        "containers": [{"name": "model", "image": "none", "resources": resources}],
        "nodeSelector": {"case": case},
        "tolerations": [own(case), *(one for one in tolerations if chance.random() < 0.35)],
    }
    if chance.random() < 0.5:
        required = {"nodeSelectorTerms": terms}
        spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    if chance.random() < 0.4:
        step = {"name": "fetch", "image": "none", "resources": {"requests": {"cpu": chance.choice(["50m", "3"])}}}
        spec["initContainers"] = [step | ({"restartPolicy": "Always"} if chance.random() < 0.5 else {})]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"{case}-{number}"}, "spec": spec}


def ready(plane: Any, manifests: list[dict[str, Any]]) -> None:
    """Waits until the nodes have no other taints than their own: a new one is not ready yet."""
    for manifest in manifests:
        until = time.monotonic() + 60
        while True:
            live = plane.call("GET", f"/api/v1/nodes/{manifest['metadata']['name']}")
            if len(live["spec"].get("taints", ())) == len(manifest["spec"]["taints"]):
                break
            assert time.monotonic() < until, live
            time.sleep(0.02)


def decided(plane: Any, path: str, *, hopeful: bool) -> str | None:
    """The node that the real scheduler chose; None when it said that there is none.

    Args:
        hopeful: we found one; it may not have heard of all nodes when it first looked.
    """
    until = time.monotonic() + 30
    while time.monotonic() < until:
        live = plane.call("GET", path)
        if live["spec"].get("nodeName"):
            return str(live["spec"]["nodeName"])
        conditions = {c["type"]: c for c in live["status"].get("conditions", ())}
        refused = conditions.get("PodScheduled", {}).get("status") == "False"
        if refused and (not hopeful or time.monotonic() > until - 15):
            return None
        time.sleep(0.01)
    raise AssertionError(f"the scheduler said nothing of {path}")


def test_it_decides_as_the_real_one_does(controllers, namespace, figure):
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    placed = waiting = same = 0
    for number in range(count(test=4, prove=40, soak=200)):
        case = f"{namespace}-{number}"
        manifests = [node(chance, case, n) for n in range(4)]
        for manifest in manifests:
            controllers.call("POST", "/api/v1/nodes", manifest)
        nodes = {m["metadata"]["name"]: Node.of(m) for m in manifests}
        try:
            ready(controllers, manifests)
            for n in range(8):
                wanted = pod(chance, case, n)
                controllers.call("POST", f"/api/v1/namespaces/{namespace}/pods", wanted)
                ours = Pod.of(wanted["metadata"]["name"], wanted["spec"])
                reasons = {name: why_not(ours, one) for name, one in nodes.items()}
                copies = [Node(o.name, o.labels, o.taints, o.allocatable, dict(o.free)) for o in nodes.values()]
                foreseen = schedule([ours], copies)[ours.name]
                path = f"/api/v1/namespaces/{namespace}/pods/{ours.name}"
                chosen = decided(controllers, path, hopeful=foreseen is not None)
                if chosen is None and foreseen:  # on a busy machine a simulated node is late, and tainted for it
                    ready(controllers, manifests)
                    chosen = decided(controllers, path, hopeful=True)
                if chosen is None:
                    assert all(reasons.values()), (seed, wanted, reasons)
                    waiting += 1
                    continue
                assert reasons[chosen] is None, (seed, wanted, chosen, reasons)
                placed += 1
                same += foreseen == chosen
                for key, value in ours.requests.items():
                    nodes[chosen].free[key] -= value
        finally:
            for name in nodes:
                controllers.call("DELETE", f"/api/v1/nodes/{name}")
    assert placed
    assert waiting
    figure(
        f"scheduler: {placed + waiting} pods, each placed or not as foreseen; {same} of {placed} on the node foreseen"
    )
