"""The builder's objects: compared with committed files, with the field tables, and with what they must be.

`SLIPWAY_GOLDEN=write` writes the files anew; a missing or different one fails otherwise.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from catalog.errors import SlipwayError
from components.serving import fields
from components.serving.engines import seldon2
from components.serving.engines.context import NodeContext
from components.serving.engines.seldon2 import words
from components.serving.rules.all_rules import RULES
from components.serving.rules.base import findings
from components.serving.spec import Artifact, ModelDeployment, Scaling
from components.serving.spec.seldon2 import Seldon2, Seldon2Node
from tests.serving.seldon2.examples import EXAMPLES
from tests.serving.seldon2.parts import (
    FACTS,
    chain,
    context,
    deployment,
    detector,
    explainer,
    node,
    of,
    predictor,
    split_by_header,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "seldon2"
STACK = context(
    gateway=("gateway", "slipway-system"),
    nodes={"default/iris": NodeContext(uri="s3://artifacts/models/iris/sha256:ab/")},
)


@pytest.mark.parametrize("name", EXAMPLES)
def test_objects_are_the_committed_ones(name):
    text = yaml.safe_dump_all(seldon2.build(EXAMPLES[name], STACK).values(), sort_keys=True)
    path = GOLDEN / f"{name}.yaml"
    if os.environ.get("SLIPWAY_GOLDEN") == "write":
        path.write_text(text)
    assert path.read_text() == text


def test_every_committed_file_is_compared():
    assert {path.stem for path in GOLDEN.iterdir()} == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_objects_hold_against_the_tables_and_the_rules(name):
    made = seldon2.build(EXAMPLES[name], STACK)
    assert [error for one in made.values() for error in fields.errors(one)] == []
    assert [rule.id for rule, _ in findings(EXAMPLES[name], "seldon2", FACTS) if not RULES[rule.id].trap] == []


def made(declaration: ModelDeployment, **more) -> dict[str, dict]:
    """The specs by `<kind>/<name>`, nothing of a stack in them."""
    objects = seldon2.build(declaration.model_copy(update={"safe_defaults": False}), context(**more)).values()
    return {f"{one['kind']}/{one['metadata']['name']}": one["spec"] for one in objects}


def test_without_safe_defaults_only_what_is_declared_is_there():
    (one,) = seldon2.build(deployment(safe_defaults=False), context("")).values()
    assert one["metadata"] == {"name": "iris"}
    assert one["spec"] == {"storageUri": "s3://models/iris/", "requirements": ["mlserver", "sklearn"]}


def test_requirements_name_the_server_so_that_the_other_one_does_not_fit():
    both = {needed[0] for needed in words.REQUIREMENTS.values()}
    assert both == {"mlserver", "triton"}
    for needed in words.REQUIREMENTS.values():
        assert [name for name, has in words.SERVERS.items() if set(needed) <= set(has)] == [needed[0]]


def test_a_chain_reads_one_after_the_other():
    spec = made(of(chain("a", "b", "c")))["Pipeline/iris"]
    assert spec["steps"] == [
        {"name": "iris-a"},
        {"name": "iris-b", "inputs": ["iris-a"]},
        {"name": "iris-c", "inputs": ["iris-b"]},
    ]
    assert spec["output"] == {"steps": ["iris-c"]}


def test_a_combiner_comes_after_its_children_which_read_what_it_would():
    spec = made(EXAMPLES["joined"])["Pipeline/iris"]
    assert [step["name"] for step in spec["steps"]] == ["iris-left", "iris-right", "iris-vote"]
    assert spec["steps"][2] == {
        "name": "iris-vote", "inputs": ["iris-left", "iris-right"], "inputsJoinType": "any",
        "tensorMap": {"iris-left.outputs.y": "a"},
    }  # fmt: skip
    assert spec["output"] == {"steps": ["iris-vote"]}


def test_several_children_without_a_combiner_all_answer():
    graph = node(name="a", children=(node(name="b"), node(name="c")))
    assert made(of(graph))["Pipeline/iris"]["output"] == {"steps": ["iris-b", "iris-c"]}


def test_detectors_are_steps_that_nothing_waits_for_and_shadows_have_none():
    predictors = (predictor(name="a"), predictor(name="b", shadow=True))
    objects = made(deployment(*predictors, detectors=(detector(batch_size=20),)))
    assert objects["Pipeline/iris"]["steps"] == [
        {"name": "iris-model"}, {"name": "iris-drift", "batch": {"size": 20}}
    ]  # fmt: skip
    assert objects["Pipeline/iris"]["output"] == {"steps": ["iris-model"]}
    assert objects["Pipeline/iris-b"]["steps"] == [{"name": "iris-b-model"}]
    assert objects["Model/iris-drift"]["requirements"] == ["mlserver", "alibi-detect"]


@pytest.mark.parametrize(
    ("declared", "asked"),
    [
        (deployment(predictor(explainer=explainer())), {"modelRef": "iris"}),
        (deployment(predictor(explainer=explainer()), detectors=(detector(),)), {"modelRef": "iris-model"}),
        (deployment(predictor(graph=chain("a", "b"), explainer=explainer())), {"pipelineRef": "iris"}),
    ],
)
def test_an_explainer_asks_the_model_or_the_pipeline(declared, asked):
    assert made(declared)["Model/iris-explainer"]["explainer"] == {"type": "anchor_tabular", **asked}


def test_a_canary_leaves_the_model_as_it_runs_and_shares_its_requests():
    before = made(deployment(predictor(name="stable")))
    after = made(deployment(predictor(name="stable", traffic=90), predictor(name="canary", traffic=10)))
    assert before.items() <= after.items()
    assert after.keys() - before.keys() == {"Model/iris-canary", "Experiment/iris"}
    assert after["Experiment/iris"] == {
        "default": "iris",
        "resourceType": "model",
        "candidates": [{"name": "iris", "weight": 90}, {"name": "iris-canary", "weight": 10}],
    }


@pytest.mark.parametrize(("traffic", "percent"), [(None, 100), (20, 20), (0, 0)])
def test_a_shadow_is_a_mirror(traffic, percent):
    spec = made(deployment(predictor(), predictor(name="next", shadow=True, traffic=traffic)))["Experiment/iris"]
    assert spec["mirror"] == {"name": "iris-next", "percent": percent}
    assert spec["candidates"] == [{"name": "iris", "weight": 100}]


def test_a_shadow_first_is_still_none_of_the_candidates():
    spec = made(deployment(predictor(name="next", shadow=True), predictor()))["Experiment/iris"]
    assert spec["mirror"]["name"] == "iris-next"
    assert spec["default"] == "iris"


def test_all_candidates_are_of_one_kind():
    objects = made(EXAMPLES["pipelines"])
    assert objects["Experiment/iris"]["resourceType"] == "pipeline"
    assert {"Pipeline/iris", "Pipeline/iris-canary", "Model/iris-model", "Model/iris-canary-scale"} <= objects.keys()


def test_the_first_one_keeps_its_own_requests_where_that_is_said():
    own = split_by_header().model_copy(
        update={"exposure": deployment().exposure, "seldon2": Seldon2(split_default=False)}
    )
    assert "default" not in made(own)["Experiment/iris"]
    assert "default" not in made(split_by_header())["Experiment/iris"]


def test_an_autoscaled_model_says_no_number():
    spec = made(deployment(scaling=Scaling(min_replicas=2, max_replicas=4)))["Model/iris"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 4)
    assert "replicas" not in spec
    node_alone = of(node(seldon2=Seldon2Node(replicas=3)), scaling=Scaling(max_replicas=4))
    assert made(node_alone)["Model/iris"]["replicas"] == 3


def test_references_in_a_slot_are_to_nodes_and_become_steps():
    spec = made(EXAMPLES["conditional"])["Pipeline/iris"]
    assert spec["steps"][1] == {
        "name": "iris-answer", "inputs": ["iris.inputs.x"], "triggers": ["iris-check.outputs.ok"], "batch": {"size": 4}
    }  # fmt: skip
    assert spec["output"] == {"steps": ["iris-check", "iris-answer.outputs.y"], "stepsJoin": "any"}
    assert spec["input"] == {"externalInputs": ["other.step.first.outputs"]}


def test_the_stack_says_where_an_artifact_is():
    declared = of(node(artifact=Artifact(name="iris")))
    assert made(declared, nodes=STACK.nodes)["Model/iris"]["storageUri"] == "s3://artifacts/models/iris/sha256:ab/"
    with pytest.raises(SlipwayError) as caught:
        made(declared)
    assert caught.value.path == "predictors[0].graph.artifact"


def headers(declaration: ModelDeployment) -> list[str]:
    rules = seldon2.build(declaration, STACK)["route"]["spec"]["rules"]
    return [rule["filters"][1]["requestHeaderModifier"]["set"][0]["value"] for rule in rules]


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        (deployment(), ["iris"]),
        (of(chain("a", "b")), ["iris.pipeline"]),
        (split_by_header(), ["iris-canary", "iris.experiment"]),
        (deployment(predictor(explainer=explainer())), ["iris-explainer", "iris"]),
    ],
)
def test_the_route_says_by_a_header_who_is_meant(declared, sent):
    assert headers(declared) == sent


def test_there_is_no_route_without_a_gateway_or_to_the_outside():
    inside = deployment().exposure.model_copy(update={"external": False})
    assert "route" not in seldon2.build(deployment(), replace(STACK, gateway=None))
    assert "route" not in seldon2.build(deployment(exposure=inside), STACK)


def test_models_come_before_what_is_made_of_them():
    kinds = [one["kind"] for one in seldon2.build(EXAMPLES["joined"], STACK).values()]
    assert kinds == ["Model", "Model", "Model", "Pipeline", "Model", "HTTPRoute"]
    kinds = [one["kind"] for one in seldon2.build(EXAMPLES["shared"], STACK).values()]
    assert kinds == ["Model", "Model", "Model", "Experiment", "HTTPRoute"]
