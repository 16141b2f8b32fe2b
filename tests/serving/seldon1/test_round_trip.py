"""From a declaration to a manifest and back, and from manifests to declarations."""

import json

from hypothesis import HealthCheck, assume, given, settings

from components.serving import fields
from components.serving.engines.registry import ENGINES
from components.serving.importing import seldon1
from components.serving.importing.judge import judge
from components.serving.importing.verdict import Outcome
from components.serving.rules.all_rules import findings
from tests.counts import count
from tests.serving.seldon1.parts import ALL, context
from tests.serving.seldon1.strategies import declarations

_SETTINGS = settings(
    max_examples=count(test=25, prove=500, soak=5000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def built(model):
    return ENGINES["seldon1"].build(model, context())["seldon-deployment"]


@_SETTINGS
@given(declarations())
def test_a_declaration_comes_back_equal(model):
    assume(not list(findings(model, "seldon1", ALL)))
    manifest = built(model)
    assert fields.errors(manifest) == []
    verdict = judge("f", json.loads(json.dumps(manifest)), seldon1.read)
    assert verdict.outcome is Outcome.EXACT, verdict
    assert verdict.imported.declaration == model


@_SETTINGS
@given(declarations())
def test_with_safe_defaults_the_manifest_comes_back_equal(model):
    model = model.model_copy(update={"safe_defaults": True})
    assume(not list(findings(model, "seldon1", ALL)))
    manifest = built(model)
    assert fields.errors(manifest) == []
    assert judge("f", json.loads(json.dumps(manifest)), seldon1.read).outcome is Outcome.EXACT
