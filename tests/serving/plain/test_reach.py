"""The ways between a model's pods and everybody else: every one that is needed is open, every other one is closed."""

import pytest

from components import labels
from components.serving.engines import plain
from components.serving.reach import Peer, reaches
from components.serving.spec import Team
from components.teams import team_objects
from tests.serving.plain.shapes import SHAPES, context

GATEWAY = Peer(name="gateway", address="10.122.0.1")
STORE = Peer(name="store", address="10.200.0.9")
INTERNET = Peer(name="internet", address="93.184.216.34")
NAMES = Peer(name="names", address="10.122.7.7", namespace="kube-system", labels={"k8s-app": "kube-dns"})
CALLER = Peer(name="caller", address="10.122.7.8", namespace="shop", labels={"app": "shop"})
EVENTS = Peer(name="events", address="10.122.7.9", namespace="events", labels={"app": "broker"})
STRANGER = Peer(name="stranger", address="10.122.7.10", namespace="other", labels={"app": "other"})
NEIGHBOUR = Peer(name="neighbour", address="10.122.7.11", namespace="t", labels={labels.MODEL: "another"})
OTHERS = (GATEWAY, STORE, INTERNET, NAMES, CALLER, EVENTS, STRANGER, NEIGHBOUR)
PORTS = (53, 80, 443, 8000, 8080, 8081, 8500, 8501, 9000, 9090)

IRIS, EXPLAINER, DRIFT, OUTLIER = "iris", "iris-explainer", "iris-detector-drift", "iris-detector-outlier"
# Every way that a shape needs, beside names: (who asks, who is asked, ports; None is every port).
NEEDED = {
    "canary": [
        *(("gateway", name, {8080}) for name in ("iris", "iris-canary", "iris-shadow")),
        *((name, "store", None) for name in ("iris", "iris-canary", "iris-shadow")),
    ],
    "watched": [
        *(("gateway", name, {8080}) for name in (IRIS, EXPLAINER, DRIFT, OUTLIER)),
        *(("caller", name, {8080}) for name in (IRIS, EXPLAINER)),
        (EXPLAINER, IRIS, {8080}),
        (IRIS, "store", None),
        (DRIFT, "events", None),
    ],
    "scaled": [("gateway", name, {8080}) for name in ("m", "m-busy", "m-fixed")],
    "binary": [("gateway", "mnist", {8500, 8501})],
    "internal": [("caller", "llm", {8000}), ("llm", "internet", {443})],
}


def world(name):
    """The policies of a team with one model, its pods, and everybody else."""
    declaration = SHAPES[name]
    objects = plain.build(declaration, context(declaration))
    policies = [team_objects("t", Team(owner="o"))["network"]]
    policies += [o for o in objects.values() if o["kind"] == "NetworkPolicy"]
    works = [o for o in objects.values() if o["kind"] == "Deployment"]
    pods = [
        Peer(
            name=o["metadata"]["name"],
            address=f"10.122.1.{at}",
            namespace="t",
            labels=o["spec"]["template"]["metadata"]["labels"],
        )
        for at, o in enumerate(works)
    ]
    return policies, pods


def needed(name, source, target, port):
    if target is NAMES:
        return source not in OTHERS and port == 53
    return any(
        (source.name, target.name) == (asks, asked) and (ports is None or port in ports)
        for asks, asked, ports in NEEDED[name]
    )


@pytest.mark.parametrize("name", SHAPES)
def test_exactly_the_needed_ways_are_open(name):
    policies, pods = world(name)
    pairs = [(a, b) for a in (*pods, *OTHERS) for b in (*pods, *OTHERS) if a is not b and (a in pods or b in pods)]
    wrong = [
        (source.name, target.name, port)
        for source, target in pairs
        for port in PORTS
        if reaches(policies, source, target, port) != needed(name, source, target, port)
    ]
    assert wrong == []


def test_without_a_models_policy_nothing_is_open():
    policies, pods = world("watched")
    team = policies[:1]
    assert not any(reaches(team, a, b, p) for a in (*pods, *OTHERS) for b in pods for p in PORTS if a is not b)


def test_without_the_teams_denial_everything_is_open():
    _, pods = world("watched")
    assert reaches([], STRANGER, pods[0], 9999)


def test_a_policy_that_is_not_understood_is_not_taken_for_one_that_denies():
    policies, pods = world("watched")
    policies[1]["spec"]["podSelector"] = {"matchExpressions": []}
    with pytest.raises(NotImplementedError):
        reaches(policies, GATEWAY, pods[0], 8080)
