"""Any declaration that the rules accept: its objects hold, and read again they give the same."""

from hypothesis import HealthCheck, given, settings

from components.serving import fields
from components.serving.engines import plain
from components.serving.importing.base import bare_context
from components.serving.importing.plain import read, together
from components.serving.rules.base import findings
from tests.counts import count
from tests.serving.plain.shapes import FACTS, context
from tests.serving.plain.strategies import imported, safe

limited = settings(
    max_examples=count(test=40, prove=400, soak=4000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@limited
@given(safe())
def test_what_the_rules_accept_holds_against_the_tables(declaration):
    assert [(rule.id, finding.path) for rule, finding in findings(declaration, "plain", FACTS)] == []
    for manifest in plain.build(declaration, context(declaration)).values():
        assert fields.errors(manifest) == []


@limited
@given(imported())
def test_an_imported_declaration_comes_back_the_same(declaration):
    traps = [rule.id for rule, _ in findings(declaration, "plain", FACTS) if not rule.trap]
    assert traps == []
    objects = list(plain.build(declaration, bare_context("science", "plain", {})).values())
    for manifest in objects:
        assert fields.errors(manifest) == []
    (group,), others = together(objects)
    assert others == []
    assert read(group).declaration == declaration


@limited
@given(safe())
def test_what_is_built_safely_can_be_imported_and_built_again(declaration):
    objects = list(plain.build(declaration, context(declaration)).values())
    groups, others = together(objects)
    works = [one for one in objects if one["kind"] == "Deployment"]
    assert len(groups) == len(works)
    assert not any(one["kind"] in ("Deployment", "Service", "HorizontalPodAutoscaler") for one in others)
    for group in groups:
        found = read(group)
        again = plain.build(found.declaration, found.context)
        assert sorted(again.values(), key=str) == sorted(group, key=str)
        assert found.differences == ()
