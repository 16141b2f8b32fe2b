"""Every rule of Seldon Core 1, both ways."""

import re
from typing import Any

import pytest
from pydantic import BaseModel

from components.serving.rules.all_rules import RULES, findings
from tests.serving.seldon1.cases import CASES

IDS = [f"{id_}-{at}" for at, (id_, *_) in enumerate(CASES)]


def found(declaration, facts):
    return [(rule.id, finding) for rule, finding in findings(declaration, "seldon1", facts)]


@pytest.mark.parametrize(("id_", "broken", "fixed", "facts"), CASES, ids=IDS)
def test_it_finds_what_is_broken_and_only_that(id_, broken, fixed, facts):
    about = [finding for found_id, finding in found(broken, facts) if found_id == id_]
    assert about
    for finding in about:
        assert finding.why
        assert finding.fix
        assert resolves(broken, finding.path), finding.path
    assert id_ not in {found_id for found_id, _ in found(fixed, facts)}


def test_every_rule_has_a_case():
    entered = {rule.id for rule in RULES.values() if rule.id.startswith("S1-")}
    assert entered == {id_ for id_, *_ in CASES}


def test_every_rule_says_its_source_and_itself():
    for rule in RULES.values():
        if rule.id.startswith("S1-"):
            assert re.match(r"\w[\w-]*/", rule.source), rule.id
            assert rule.text.endswith("."), rule.id
            assert rule.trap == rule.id.startswith("S1-T"), rule.id


@pytest.mark.parametrize("case", [case for case in CASES if case[0].startswith("S1-T")], ids=lambda case: case[0])
def test_an_acknowledged_trap_is_no_error(case):
    id_, broken, _, facts = case
    kept = broken.model_copy(update={"acknowledge": {id_: "it is wanted"}})
    assert id_ not in {found_id for found_id, _ in found(kept, facts)}


def test_no_other_engine_is_looked_at():
    for id_, broken, _, facts in CASES:
        assert id_ not in {rule.id for rule, _ in findings(broken, "plain", facts)}


def resolves(declaration: BaseModel, path: str) -> bool:
    """Whether a path leads to a field of the declaration, given or not."""
    value: Any = declaration
    for name, index, key in re.findall(r'(\w+)|\[(\d+)\]|\["([^"]+)"\]', path):
        if name and isinstance(value, BaseModel):
            if name not in type(value).model_fields:
                return False
            value = getattr(value, name)
        elif index:
            value = value[int(index)]
        elif isinstance(value, dict):
            value = value.get(key or name)
        elif value is not None:
            return False
    return True
