"""The ways between a model's pods and everybody else, where the engine makes the pods: needed ones are open, no other.

Their labels are those that the engine gives them. On Seldon Core 2 a model has no pods: it runs in those of a Server,
whose ways are the installation's.
"""

from itertools import permutations

import pytest

from components import labels
from components.serving.engines.context import BuildContext, EngineFacts
from components.serving.engines.registry import ENGINES
from components.serving.reach import Peer, reaches
from components.serving.spec import (
    Container,
    Explainer,
    Exposure,
    Image,
    ModelDeployment,
    ModelServer,
    Predictor,
    Team,
    Uri,
)
from components.serving.spec import PayloadLogging as Logging
from components.teams import team_objects
from tests.serving.plain.test_reach import CALLER, EVENTS, GATEWAY, INTERNET, NAMES, NEIGHBOUR, STORE, STRANGER

KNATIVE = Peer(name="knative", address="10.122.7.12", namespace="knative-serving", labels={"app": "activator"})
OTHERS = (GATEWAY, STORE, INTERNET, NAMES, CALLER, EVENTS, STRANGER, NEIGHBOUR, KNATIVE)
PORTS = (53, 80, 443, 5001, 8000, 8080, 9000, 9500)
# Where Seldon Core 1's executor is asked.
EXECUTOR = {5001, 8000}


def server(uri="s3://models/iris/", **fields):
    return ModelServer(format="sklearn", artifact=Uri(uri=uri), **fields)


def own(name, *children, **fields):
    return Container(image=Image(reference="a:1"), name=name, children=children, **fields)


def model(graph, explainer=None, **fields):
    return ModelDeployment(name="iris", team="t", predictors=(Predictor(graph=graph, explainer=explainer),), **fields)


FILES = [(pod, "store", None) for pod in "ab"]
INSIDE = [("a", "b", None), ("b", "a", None)]
EXPLAINER = Explainer(method="custom", image=Image(reference="e:1"))
# By name: engine, how it is installed, declaration, and every way that it needs beside names.
# (who asks, who is asked, ports; None is every port); a and b are two pods of the model.
CASES = {
    "kserve": (
        "kserve", "standard", model(server(), exposure=Exposure(callers=("shop",))),
        [(one, pod, None) for one in ("gateway", "caller") for pod in "ab"] + INSIDE + FILES + [(p, "internet", {443}) for p in "ab"],
    ),
    "kserve from a volume, logged": (
        "kserve", "standard", model(server("pvc://claim"), explainer=EXPLAINER, logging=Logging(url="http://broker.events")),
        [("gateway", p, None) for p in "ab"] + INSIDE + FILES + [(p, "events", None) for p in "ab"],
    ),
    "kserve inside": (
        "kserve", "standard", model(own("front", own("behind"), role="transformer"), exposure=Exposure(external=False)), INSIDE,
    ),
    "kserve on Knative": (
        "kserve", "knative", model(own("app")),
        [(one, p, None) for one in ("gateway", "knative") for p in "ab"] + INSIDE,
    ),
    "seldon1": (
        "seldon1", "standard", model(server(), exposure=Exposure(callers=("shop",))),
        [(one, p, EXECUTOR) for one in ("gateway", "caller") for p in "ab"] + INSIDE + FILES + [(p, "internet", {443}) for p in "ab"],
    ),
    "seldon1 graph, logged": (
        "seldon1", "standard", model(own("front", own("behind"), role="transformer"), logging=Logging(url="http://broker.events")),
        [("gateway", p, EXECUTOR) for p in "ab"] + INSIDE + [(p, "events", None) for p in "ab"],
    ),
    "seldon1 explained": (
        "seldon1", "standard", model(own("app"), explainer=Explainer(method="anchor_tabular")),
        [("gateway", p, EXECUTOR | {9000}) for p in "ab"] + INSIDE,
    ),
}  # fmt: skip
GIVEN = {"kserve": {labels.MODEL: "iris"}, "seldon1": {"seldon-deployment-id": "iris"}}


def world(name):
    engine, mode, declaration, _ = CASES[name]
    known = BuildContext(
        namespace="t",
        engine=engine,
        nodes={},
        gateway=("gateway", "slipway-system"),
        gateway_cidrs=(f"{GATEWAY.address}/32",),
        store_cidrs=(f"{STORE.address}/32",),
        facts=EngineFacts(kserve_mode=mode),
    )
    made = ENGINES[engine].build(declaration, known).values()
    policies = [team_objects("t", Team(owner="o"))["network"], *(o for o in made if o["kind"] == "NetworkPolicy")]
    pods = [Peer(name=n, address=f"10.122.1.{at}", namespace="t", labels=GIVEN[engine]) for at, n in enumerate("ab")]
    return policies, pods


@pytest.mark.parametrize("name", CASES)
def test_exactly_the_needed_ways_are_open(name):
    policies, pods = world(name)
    needed = {(asks, asked): ports for asks, asked, ports in CASES[name][3]}
    needed |= {(pod.name, "names"): {53} for pod in pods}
    wrong = [
        (source.name, target.name, port)
        for source, target in permutations((*pods, *OTHERS), 2)
        if source in pods or target in pods
        for port in PORTS
        if reaches(policies, source, target, port)
        is not ((source.name, target.name) in needed and port in (needed[source.name, target.name] or PORTS))
    ]
    assert wrong == []


@pytest.mark.parametrize("name", CASES)
def test_without_the_models_policies_nothing_is_open(name):
    policies, pods = world(name)
    pairs = [pair for pair in permutations((*pods, *OTHERS), 2) if pair[0] in pods or pair[1] in pods]
    assert not any(reaches(policies[:1], *pair, port) for pair in pairs for port in PORTS)


def test_a_model_of_seldon_core_2_has_no_pods_and_no_policy():
    known = BuildContext(namespace="t", engine="seldon2", nodes={})
    made = ENGINES["seldon2"].build(model(server()), known)
    assert [one["kind"] for one in made.values()] == ["Model"]
