"""All rules of all engines: each has both ways, each is written down, and none is superfluous."""

import dataclasses
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings

from components.serving import fields
from components.serving.engines.context import BuildContext, EngineFacts
from components.serving.engines.registry import ENGINES
from components.serving.rules.all_rules import RULES, check
from components.serving.rules.base import findings
from scripts.rules_document import TARGET, text
from tests.counts import count
from tests.serving import common_cases
from tests.serving import test_fit as fit
from tests.serving.kserve import cases as kserve
from tests.serving.plain import cases as plain
from tests.serving.seldon1 import cases as seldon1
from tests.serving.seldon2 import cases as seldon2
from tests.serving.wild import wild

FACTS = EngineFacts(keda=True, prometheus="http://prometheus.monitoring:9090")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Both:
    """One row of any table."""

    engine: str
    broken: object
    fixed: object
    facts: EngineFacts
    fixed_facts: EngineFacts

    def holds(self, id_):
        """Whether the rule refuses the broken one and takes the fixed one."""
        return self._finds(id_, self.broken, self.facts) and not self._finds(id_, self.fixed, self.fixed_facts)

    def _finds(self, id_, declaration, facts):
        return any(rule.id == id_ for rule, _ in findings(declaration, self.engine, facts))


def tables():
    found = defaultdict(list)
    for id_, broken, fixed, facts in seldon1.CASES:
        found[id_].append(Both(engine="seldon1", broken=broken, fixed=fixed, facts=facts, fixed_facts=facts))
    named = [("kserve", c) for c in kserve.CASES] + [("seldon2", c) for c in seldon2.CASES]
    named += [(c.engine, c) for c in (*plain.CASES, *common_cases.CASES)]
    for engine, case in named:
        after = getattr(case, "fixed_facts", None) or case.facts
        row = Both(engine=engine, broken=case.broken, fixed=case.fixed, facts=case.facts, fixed_facts=after)
        found[case.id].append(row)
    for id_, broken, fixed in fit.CASES:
        facts = EngineFacts()
        found[id_].append(Both(engine="plain", broken=broken, fixed=fixed, facts=facts, fixed_facts=facts))
    return found


ROWS = tables()


def test_every_rule_has_both_ways_and_every_row_a_rule():
    assert sorted(ROWS) == sorted(RULES)


@pytest.mark.parametrize("family", sorted({id_.partition("-")[0] for id_ in RULES}))
def test_without_a_rule_its_rows_fail(family, monkeypatch):
    """No rule can be taken away, because no other finds what it finds."""
    for id_ in (i for i in RULES if i.startswith(f"{family}-")):
        assert all(row.holds(id_) for row in ROWS[id_]), id_
        with monkeypatch.context() as patch:
            patch.setitem(RULES, id_, dataclasses.replace(RULES[id_], check=lambda declaration, facts: iter(())))
            assert not any(row.holds(id_) for row in ROWS[id_]), id_


@settings(
    max_examples=count(test=40, prove=300, soak=10000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(wild())
def test_whatever_is_declared_is_judged_and_what_is_accepted_is_built(declaration):
    """No rule fails on what another one refuses, and no builder on what all rules take."""
    for engine in ENGINES:
        found = check("m", declaration, engine, FACTS)
        assert all(error.path and error.why and error.fix and error.rule for error in found)
        if not found:
            known = BuildContext(namespace="t", engine=engine, nodes={}, facts=FACTS)
            assert [e for m in ENGINES[engine].build(declaration, known).values() for e in fields.errors(m)] == []


def test_every_rule_says_what_it_demands_and_where_that_is_from():
    for rule in RULES.values():
        assert rule.text.endswith("."), rule.id
        assert rule.source, rule.id


def test_the_page_is_what_the_rules_are():
    assert TARGET.read_text() == text(), "python -m scripts.rules_document"
