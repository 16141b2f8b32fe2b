"""Every rule of Seldon Core 2, both ways; what it says; and that a trap can be wanted."""

from dataclasses import replace

import pytest

from components.serving.rules.all_rules import RULES
from components.serving.rules.base import as_error, findings
from tests.serving.seldon2.cases import CASES, UNSUPPORTED
from tests.serving.seldon2.parts import FACTS, chain, deployment, detector, model, of, split_by_header

OWN = {id_: rule for id_, rule in RULES.items() if id_.startswith("S2-")}
IDS = [f"{at}-{case.id}" for at, case in enumerate(CASES)]


def found(declaration, facts) -> list:
    return [(rule, finding) for rule, finding in findings(declaration, "seldon2", facts) if rule.id in OWN]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_rule_refuses_and_accepts(case):
    broken = found(case.broken, case.facts)
    assert case.path in [finding.path for rule, finding in broken if rule.id == case.id]
    assert case.id not in {rule.id for rule, _ in found(case.fixed, case.fixed_facts)}


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_what_is_mended_breaks_no_other_rule_of_the_engine(case):
    """Nothing is mended by breaking something else; what stays is what both have."""
    left, broken = (
        {rule.id for rule, _ in found(one, facts)}
        for one, facts in ((case.fixed, case.fixed_facts), (case.broken, case.facts))
    )
    assert left <= broken


def test_every_rule_has_a_case():
    assert {case.id for case in CASES} == set(OWN)


def test_ids_are_of_their_kind():
    assert [id_ for id_ in sorted(OWN) if id_[3:].isdigit()] == [f"S2-{number:02}" for number in range(1, 23)]
    assert all(rule.trap == id_.startswith("S2-T") for id_, rule in OWN.items())
    assert all(rule.text.endswith(".") and rule.source for rule in OWN.values())


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_finding_says_where_why_and_what_to_do(case):
    for rule, finding in found(case.broken, case.facts):
        error = as_error("models.iris", (rule, finding))
        assert all((finding.path, finding.why, finding.fix))
        assert f"[{rule.id}]" in str(error)


@pytest.mark.parametrize("id_", sorted({case.id for case in UNSUPPORTED} - {"S2-X16"}))
def test_what_cannot_be_expressed_names_the_engines_that_can(id_):
    for case in UNSUPPORTED:
        for rule, finding in found(case.broken, case.facts) if case.id == id_ else ():
            if rule.id == id_:
                assert "or use engine " in finding.fix
                assert any(engine in finding.fix for engine in ("seldon1", "kserve", "plain"))


def test_a_trap_that_is_wanted_is_left_out():
    declared = model(requirements=("python",))
    wanted = declared.model_copy(update={"acknowledge": {"S2-T02": "only mlserver runs here"}})
    assert {rule.id for rule, _ in found(declared, FACTS)} == {"S2-T02"}
    assert not found(wanted, FACTS)
    refused = deployment(feedback=True, acknowledge={"S2-X03": "please"})
    assert "S2-X03" in {rule.id for rule, _ in found(refused, FACTS)}


def test_a_finding_in_a_made_object_names_it_and_the_node():
    declared = of(chain("a", "b"), detectors=(detector(name="a"),))
    ((_, finding),) = [one for one in found(declared, FACTS) if one[0].id == "S2-X16"]
    assert (finding.path, finding.value) == ("predictors[0].graph", "iris-a")


def test_what_nobody_finds_is_sound():
    assert not found(split_by_header(), FACTS)


@pytest.mark.parametrize("facts", [{"seldon2_replicas": {"mlserver": 1}}, {"seldon2_memory": {"mlserver": "1Gi"}}])
def test_what_is_not_known_of_a_server_is_not_held_against_a_model(facts):
    """A second Server fits, of which nothing is known."""
    other = {"seldon2_servers": {"other": ("mlserver", "sklearn")}}
    large = model(memory="2Gi", min_replicas=2, max_replicas=2)
    assert found(large, replace(FACTS, **facts))
    assert not found(large, replace(FACTS, **facts, **other))
