"""Where pods with accelerators go, and by which name they ask for them: what the nodes of the pool offer."""

import pytest
from pydantic import TypeAdapter

from catalog import gpu
from components.clusters.facts import pool_facts
from components.clusters.simulated_node import simulated_node
from components.clusters.spec import KINDS, NodePool
from components.serving.engines.context import BuildContext, NodeContext, place
from components.serving.engines.registry import ENGINES
from components.serving.spec import Accelerators, Container, Image, ModelDeployment, Predictor, Resources

EKS, GKE = KINDS["eks"].pool, KINDS["gke"].pool
# Type of the pool, its fields, what is asked for, and by which name.
CASES = {
    "whole": (NodePool, {"accelerator": "l4"}, {"kind": "l4"}, "nvidia.com/gpu"),
    "cut, mixed": (
        EKS, {"accelerator": "a100", "count": 8, "mig": "1g.5gb", "mig_strategy": "mixed"},
        {"kind": "a100", "mig": "1g.5gb", "count": 16}, "nvidia.com/mig-1g.5gb",
    ),
    "cut, single": (
        EKS, {"accelerator": "a100", "count": 8, "mig": "1g.5gb"}, {"kind": "a100", "mig": "1g.5gb"}, "nvidia.com/gpu",
    ),
    "shared": (EKS, {"accelerator": "l4", "time_slicing": 4}, {"kind": "l4", "shared": True}, "nvidia.com/gpu.shared"),
    "cut and shared": (
        EKS, {"accelerator": "a100", "count": 8, "mig": "1g.5gb", "mig_strategy": "mixed", "time_slicing": 2},
        {"kind": "a100", "mig": "1g.5gb", "shared": True}, "nvidia.com/mig-1g.5gb.shared",
    ),
    "cut on GKE": (
        GKE, {"accelerator": "a100", "mig": "1g.5gb"}, {"kind": "a100", "mig": "1g.5gb"}, "nvidia.com/gpu",
    ),
    "shared on GKE": (GKE, {"accelerator": "l4", "time_slicing": 4}, {"kind": "l4", "shared": True}, "nvidia.com/gpu"),
    "inferentia": (EKS, {"accelerator": "inferentia2"}, {"kind": "inferentia2"}, "aws.amazon.com/neuron"),
}  # fmt: skip


def facts(pool):
    return pool_facts({"p": pool}, simulated=False, system_simulated=False)


def made(engine, wanted, placement):
    node = Container(image=Image(reference="own:1"), resources=Resources(accelerators=wanted))
    model = ModelDeployment(name="m", team="t", predictors=(Predictor(graph=node),))
    context = BuildContext(namespace="t", engine=engine, nodes={"default/m": NodeContext(placement=placement)})
    return ENGINES[engine].build(model, context)


def pod_of(value):
    """The pod with a container, wherever an engine has it."""
    if isinstance(value, dict):
        if "containers" in value:
            return value
        return next((found for each in value.values() if (found := pod_of(each))), None)
    return next((found for each in value if (found := pod_of(each))), None) if isinstance(value, list) else None


@pytest.mark.parametrize("engine", ["plain", "seldon1", "kserve"])
@pytest.mark.parametrize("case", CASES)
def test_pods_ask_for_what_the_nodes_of_their_pool_offer(case, engine):
    kind, given, asked, name = CASES[case]
    pool, wanted = TypeAdapter(kind).validate_python(given), Accelerators(**asked)
    node = simulated_node("p-0", "p", pool.machine_type, pool.sharing)
    pod = pod_of(list(made(engine, wanted, place(Resources(accelerators=wanted), facts(pool))).values()))
    (container,) = pod["containers"]
    assert container["resources"]["limits"][name] == str(wanted.count)
    assert int(node["status"]["allocatable"][name]) >= wanted.count
    assert pod["nodeSelector"].items() <= node["metadata"]["labels"].items()
    tolerated = {each["key"] for each in pod["tolerations"]}
    assert {each["key"] for each in node["spec"]["taints"]} - tolerated == {gpu.SIMULATED_ANNOTATION}


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ({"mig": "1g.5gb"}, True),
        ({"mig": "1g.5gb", "count": 7}, True),
        ({"mig": "1g.5gb", "count": 8}, False),
        ({"mig": "2g.10gb"}, False),
        ({}, False),
        ({"shared": True}, False),
    ],
)
def test_a_pool_is_taken_for_what_it_offers_alone(asked, fits):
    pool = TypeAdapter(GKE).validate_python({"accelerator": "a100", "mig": "1g.5gb"})  # one, in seven parts
    there = pool_facts({"p": pool}, simulated=True, system_simulated=False)
    assert place(Resources(accelerators=Accelerators(kind="a100", **asked)), there).simulated is fits


@pytest.mark.parametrize("engine", ["plain", "seldon1", "kserve"])
def test_without_a_pool_all_engines_ask_by_the_same_name(engine):
    for asked, name in (
        ({"kind": "l4"}, "nvidia.com/gpu"),
        ({"kind": "a100", "mig": "1g.5gb"}, "nvidia.com/mig-1g.5gb"),
        ({"kind": "l4", "shared": True}, "nvidia.com/gpu.shared"),
    ):
        wanted = Accelerators(**asked)
        pod = pod_of(list(made(engine, wanted, place(Resources(accelerators=wanted), ())).values()))
        assert name in pod["containers"][0]["resources"]["limits"]
