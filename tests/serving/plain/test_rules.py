"""Every rule of the plain engine, both ways."""

import pytest

from components.serving.rules.all_rules import RULES
from components.serving.rules.base import as_error, findings
from tests.serving.plain.cases import CASES

OWN = {id_: rule for id_, rule in RULES.items() if id_.startswith("PL-")}
IDS = [f"{case.id}-{at}" for at, case in enumerate(CASES)]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_refused(case):
    assert case.found() == {case.id, *case.also}


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_accepted(case):
    assert case.left() == set()


def test_every_rule_has_a_case():
    assert {case.id for case in CASES} == set(OWN)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_finding_says_where_why_and_what_to_do(case):
    for found in findings(case.broken, "plain", case.facts):
        error = as_error("models.m", found)
        assert all((found[1].path, error.why, error.fix))


def test_what_plain_cannot_do_names_who_can():
    for case in CASES:
        if case.id in ("PL-X01", "PL-X02", "PL-X03", "PL-X04", "PL-X05", "PL-X06", "PL-X07", "PL-X14"):
            (finding,) = [f for rule, f in findings(case.broken, "plain", case.facts) if rule.id == case.id]
            assert "seldon1" in finding.fix
