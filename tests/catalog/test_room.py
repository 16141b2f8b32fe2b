"""Pods by the dozen: nodes that are alike, asked together, give what asking each of them gives."""

import random
from decimal import Decimal

from catalog.scheduler import Node, Pod, Room, _score, schedule, why_not
from tests.counts import count


def one_by_one(pods: list[Pod], nodes: list[Node]) -> dict[str, str | None]:
    """The plainest scheduler: every node is asked for every pod."""
    placed: dict[str, str | None] = {}
    for pod in pods:
        fitting = [node for node in nodes if why_not(pod, node) is None]
        best = max(fitting, key=lambda node: _score(pod, node), default=None)
        placed[pod.name] = best.name if best else None
        for key, wanted in pod.requests.items() if best else ():
            best.free[key] -= wanted
    return placed


def some_nodes(draw: random.Random) -> list[Node]:
    found = []
    for group in range(draw.randint(1, 4)):
        labels = {"pool": str(group % 3)}
        taints = [{"key": "gpu", "effect": "NoSchedule"}] if draw.random() < 0.3 else []
        sizes = {"cpu": (4, 8, 31), "memory": (16, 64), "pods": (3, 10), "gpu": (0, 1, 8)}
        whole = {key: Decimal(draw.choice(values)) for key, values in sizes.items()}
        found += [Node(f"{group}-{n}", labels, taints, whole, dict(whole)) for n in range(draw.randint(1, 6))]
    return found


def some_pods(draw: random.Random) -> list[Pod]:
    found = []
    for number in range(draw.randint(1, 40)):
        requests = {"cpu": Decimal(draw.choice(("0.1", "1", "3"))), "memory": Decimal(draw.choice((1, 2, 8)))}
        requests |= {"pods": Decimal(1)} | ({"gpu": Decimal(1)} if draw.random() < 0.3 else {})
        selector = {"pool": str(draw.randint(0, 2))} if draw.random() < 0.6 else {}
        elsewhere = [{"matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": ["0-0"]}]}]
        terms = elsewhere if draw.random() < 0.2 else []
        tolerations = [{"key": "gpu", "operator": "Exists"}] if draw.random() < 0.5 else []
        found.append(Pod(str(number), requests, selector, terms, tolerations))
    return found


def test_each_pod_goes_where_the_plainest_scheduler_puts_it():
    waiting = 0
    for seed in range(count(test=200, prove=2000, soak=20000)):
        expected = one_by_one(some_pods(random.Random(seed)), some_nodes(random.Random(seed + 1)))
        assert schedule(some_pods(random.Random(seed)), some_nodes(random.Random(seed + 1))) == expected, seed
        waiting += sum(place is None for place in expected.values())
    assert waiting


def test_a_pod_fits_where_some_node_takes_it():
    for seed in range(count(test=100, prove=1000, soak=10000)):
        nodes = some_nodes(random.Random(seed))
        for pod in some_pods(random.Random(seed + 1)):
            assert Room(nodes).fits(pod) == any(why_not(pod, node) is None for node in nodes), seed
