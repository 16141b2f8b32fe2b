"""The rules of all engines, each both ways."""

import pytest

from components.serving.rules import all_rules
from components.serving.rules.base import findings
from components.serving.rules.common_engines import slots
from tests.serving.common_cases import CASES, DEEP_SLOT

IDS = [f"{case.id}-{at}" for at, case in enumerate(CASES)]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_refused(case):
    assert case.id in case.found()
    assert case.found() <= {case.id, *case.also}


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_accepted(case):
    assert case.id not in case.left()


def test_every_common_rule_has_a_case():
    assert {case.id for case in CASES} == {id_ for id_ in all_rules.RULES if id_.startswith("C-")}


def test_a_mistake_is_said_once():
    """Seldon Core 1 refuses it, too, at the same path."""
    case = next(c for c in CASES if c.id == "C-02")
    paths = [error.path for error in all_rules.check("m", case.broken, "seldon1", case.facts)]
    assert len(paths) == len(set(paths))


def test_slots_are_found_wherever_they_are():
    assert list(slots(DEEP_SLOT, "plain")) == ["predictors[0].graph.plain"]


def test_an_acknowledged_trap_is_not_found():
    case = next(c for c in CASES if c.id == "C-24")
    quiet = case.broken.model_copy(update={"acknowledge": {"C-24": "asked at night only"}})
    assert not list(findings(quiet, "plain", case.facts))


def test_one_report_names_path_rule_and_fix():
    case = next(c for c in CASES if c.id == "C-24")
    (error,) = all_rules.check("models.m", case.broken, "plain", case.facts)
    assert (error.path, error.rule) == ("models.m.scaling.min_replicas", "C-24")
    assert 'acknowledge={"C-24": "why"}' in error.fix
