"""Any declaration: its objects hold against the field tables, and an import gives it back."""

import json

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from components.serving import fields
from components.serving.engines import seldon2
from components.serving.importing.judge import judge
from components.serving.importing.seldon2 import KINDS, read
from components.serving.importing.verdict import Outcome
from components.serving.rules.all_rules import RULES
from components.serving.rules.base import findings
from components.serving.spec import ModelDeployment
from tests.counts import count
from tests.serving.seldon2.parts import FACTS, context
from tests.serving.seldon2.strategies import experiments, imported, models, pipelines, servers, written

_SETTINGS = settings(
    max_examples=count(test=60, prove=600, soak=5000), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
_FEWER = settings(_SETTINGS, max_examples=count(test=30, prove=600, soak=5000))
ONE = st.one_of(imported(), models(), pipelines(), experiments(), servers())


@_SETTINGS
@given(declaration=ONE)
def test_round_trip(declaration):
    """Whatever the rules say of it: what can be built is read again as it was."""
    (made,) = seldon2.build(declaration, context()).values()
    again = read(json.loads(json.dumps(made)))
    assert again.differences == ()
    assert again.declaration == declaration
    assert list(seldon2.build(again.declaration, again.context).values()) == [made]


@_SETTINGS
@given(declaration=ONE)
def test_one_object_holds_against_the_tables(declaration):
    (made,) = seldon2.build(declaration, context()).values()
    assert fields.errors(made) == []


@_FEWER
@given(declaration=written())
def test_what_the_rules_accept_holds_against_the_tables_and_is_read_again(declaration):
    # Hypothesis fails the test itself where too few are accepted.
    assume(all(RULES[rule.id].trap for rule, _ in findings(declaration, "seldon2", FACTS)))
    made = seldon2.build(declaration, context(gateway=("gateway", "slipway-system")))
    assert [error for one in made.values() for error in fields.errors(one)] == []
    for one in made.values():
        if one["kind"] in KINDS:
            assert judge("made", json.loads(json.dumps(one)), read).outcome is Outcome.EXACT


@_FEWER
@given(declaration=written())
def test_nothing_empty_is_built_and_names_are_there_once(declaration):
    made = seldon2.build(declaration, context())
    names = [(one["kind"], one["metadata"]["name"]) for one in made.values()]
    assert len(set(names)) == len(names)
    empty = [path for one in made.values() for path, value in fields.leaves(one) if value in (None, [])]
    assert empty == []


@_FEWER
@given(declaration=written())
def test_a_second_predictor_leaves_the_first_as_it_runs(declaration):
    first = declaration.predictors[0].model_copy(update={"traffic": None})
    kind = {bool(d.graph.children or d.graph.seldon2) for d in declaration.predictors}
    assume(len(kind) == 1 or declaration.detectors)
    alone: ModelDeployment = declaration.model_copy(update={"predictors": (first,), "labels": {}})
    together = seldon2.build(declaration.model_copy(update={"labels": {}}), context()).values()
    for one in seldon2.build(alone, context()).values():
        assert one in together
