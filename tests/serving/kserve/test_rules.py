"""Every rule of KServe, both ways; what it says; and that a trap can be wanted."""

import pytest

from components.serving.rules.all_rules import RULES
from components.serving.rules.base import as_error, findings
from components.serving.spec.kserve import KServePredictor
from tests.serving.kserve.cases import CASES, STANDARD, Case, model, scaled

OWN = {id_: rule for id_, rule in RULES.items() if id_.startswith("KS-")}
IDS = [f"{at}-{case.id}" for at, case in enumerate(CASES)]


def found(case: Case, declaration) -> set[str]:
    return {rule.id for rule, _ in findings(declaration, "kserve", case.facts) if rule.id in OWN}


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_rule_refuses_and_accepts(case):
    assert case.id in found(case, case.broken)
    assert case.id not in found(case, case.fixed)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_what_is_mended_breaks_no_other_rule_of_the_engine(case):
    """Nothing is mended by breaking something else; what stays is what both have."""
    assert found(case, case.fixed) <= found(case, case.broken)


def test_every_rule_has_a_case():
    assert {case.id for case in CASES} == set(OWN)


def test_ids_are_in_the_order_of_the_reference():
    numbers = [id_ for id_ in OWN if len(id_) == len("KS-00") and id_[3:].isdigit()]
    assert sorted(numbers) == [f"KS-{number:02}" for number in range(1, 20)]
    assert all(rule.trap == ("-T" in id_ or "-GT" in id_ or "-RT" in id_) for id_, rule in OWN.items())
    assert all(rule.text.endswith(".") and rule.source.startswith("kserve v0.20.0: ") for rule in OWN.values())


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_finding_says_where_why_and_what_to_do(case):
    for rule, finding in findings(case.broken, "kserve", case.facts):
        error = as_error("models.iris", (rule, finding))
        assert all((finding.path, finding.why, finding.fix))
        assert f"[{rule.id}]" in str(error)


def test_a_trap_that_is_wanted_is_left_out():
    declared = scaled(KServePredictor(canary_traffic_percent=10))
    wanted = declared.model_copy(update={"acknowledge": {"KS-T01": "the next stack is Knative"}})
    assert {rule.id for rule, _ in findings(declared, "kserve", STANDARD)} == {"KS-T01"}
    assert not list(findings(wanted, "kserve", STANDARD))
    refused = model(feedback=True, acknowledge={"KS-X01": "please"})
    assert "KS-X01" in {rule.id for rule, _ in findings(refused, "kserve", STANDARD)}
