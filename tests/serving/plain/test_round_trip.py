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
    objects = list(plain.build(declaration, context(declaration)).values())
    scaled = {o["spec"]["scaleTargetRef"]["name"] for o in objects if "scaleTargetRef" in o.get("spec", {})}
    for manifest in objects:
        assert fields.errors(manifest) == []
        if manifest["kind"] == "Deployment":
            assert ("replicas" in manifest["spec"]) != (manifest["metadata"]["name"] in scaled)


@limited
@given(safe(), safe())
def test_a_selector_never_changes_while_the_names_stay(one, other):
    """Kubernetes refuses a changed selector: whatever else changes, the Deployment can be updated in place."""
    same = other.model_copy(update={"name": one.name})
    built = [plain.build(each, context(each)) for each in (one, same)]
    for role in built[0].keys() & built[1].keys():
        before, after = (objects[role] for objects in built)
        if before["kind"] == "Deployment":
            assert before["spec"]["selector"] == after["spec"]["selector"]
            assert before["metadata"]["name"] == after["metadata"]["name"]


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
