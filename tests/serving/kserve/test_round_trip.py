"""Any declaration that the rules accept: its objects hold against the field tables, and an import gives it back."""

import json

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from components.serving import fields
from components.serving.engines import kserve
from components.serving.engines.context import BuildContext, EngineFacts
from components.serving.importing.kserve import read
from components.serving.rules.all_rules import RULES
from components.serving.rules.base import findings
from components.serving.spec import ModelDeployment
from tests.counts import count
from tests.serving.kserve.strategies import declarations, graphs, runtimes

_SETTINGS = settings(
    max_examples=count(test=60, prove=600, soak=5000), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
ANY = st.one_of(declarations(), graphs(), runtimes())


def context(declaration) -> BuildContext:
    mode = "knative"
    if isinstance(declaration, ModelDeployment) and declaration.kserve.deployment_mode == "Standard":
        mode = "standard"
    namespace = "" if getattr(declaration, "cluster", False) else "science"
    return BuildContext(namespace=namespace, engine="kserve", nodes={}, facts=EngineFacts(keda=True, kserve_mode=mode))


@_SETTINGS
@given(declaration=ANY)
def test_round_trip(declaration):
    """Whatever the rules say of it: what can be built is read again as it was."""
    (made,) = kserve.build(declaration, context(declaration)).values()
    imported = read(json.loads(json.dumps(made)))
    assert imported.differences == ()
    assert imported.declaration.model_copy(update={"acknowledge": {}}) == declaration
    assert list(kserve.build(imported.declaration, imported.context).values()) == [made]


@_SETTINGS
@given(declaration=ANY)
def test_what_the_rules_accept_holds_against_the_tables(declaration):
    # Hypothesis fails the test itself where too few are accepted.
    assume(all(RULES[rule.id].trap for rule, _ in findings(declaration, "kserve", context(declaration).facts)))
    (made,) = kserve.build(declaration, context(declaration)).values()
    assert fields.errors(made) == []


@_SETTINGS
@given(declaration=declarations())
def test_safe_defaults_hold_against_the_tables_and_are_read_again(declaration):
    safe = declaration.model_copy(update={"safe_defaults": True})
    made = kserve.build(safe, context(declaration))
    assert [error for one in made.values() for error in fields.errors(one)] == []
    service = json.loads(json.dumps(made["inference-service"]))
    imported = read(service)
    assert kserve.build(imported.declaration, imported.context) == {"inference-service": service}
