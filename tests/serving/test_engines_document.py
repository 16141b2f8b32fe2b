"""docs/engines.md is what the rules, builders and readers do, and would show another."""

import dataclasses
from types import SimpleNamespace

import pytest

from components.serving.engines.registry import ENGINES
from components.serving.importing import seldon2
from components.serving.rules.base import RULES
from scripts.engines_document import artifacts, figures, places, security
from scripts.engines_document.answers import answers
from scripts.engines_document.page import TARGET, text
from scripts.engines_document.probes import PROBES

EXPERIMENT = "mlops.seldon.io/v1alpha1 Experiment"


def probe(concept):
    (found,) = [each for each in PROBES if each.concept == concept]
    return found


def test_the_page_is_what_the_code_does():
    assert TARGET.read_text() == text(), "python -m scripts.engines_document"


def test_without_the_rule_a_refusal_is_another(monkeypatch):
    (answer,) = answers(probe("predictor by header"), "kserve")
    assert answer.rules == ("KS-X04",)
    monkeypatch.setitem(RULES, "KS-X04", dataclasses.replace(RULES["KS-X04"], check=lambda declared, facts: iter(())))
    assert [each.rules for each in answers(probe("predictor by header"), "kserve")] == [()]


def changed(monkeypatch, engine, change):
    """The engine with a builder whose objects are changed."""
    builder = ENGINES[engine].build
    other = SimpleNamespace(build=lambda declared, context: change(builder(declared, context)))
    monkeypatch.setitem(ENGINES, engine, other)


def test_a_builder_that_makes_nothing_of_it_is_seen(monkeypatch):
    (answer,) = answers(probe("timeout"), "plain")
    assert answer.kinds == ("HTTPRoute",)
    changed(monkeypatch, "plain", lambda made: {role: one for role, one in made.items() if one["kind"] != "HTTPRoute"})
    (answer,) = answers(probe("timeout"), "plain")
    assert answer.kinds == ()


def test_what_is_refused_without_the_concept_shows_nothing_of_it():
    broken = dataclasses.replace(probe("timeout"), said=tuple(reversed(probe("detector").said)))
    with pytest.raises(ValueError, match="is refused, too"):
        answers(broken, "seldon1")


def test_a_field_that_is_not_read_or_not_built_is_seen(monkeypatch):
    before = places.of_kind("seldon2", EXPERIMENT)
    assert "spec.default" in before.same
    assert before.refused.keys() == {"metadata.finalizers", "metadata.generateName", "metadata.ownerReferences"}
    with monkeypatch.context() as patch:
        patch.setitem(places.READERS, "seldon2", lambda m: seldon2.read(m | {"spec": without(m["spec"], "default")}))
        assert "spec.default" in places.of_kind("seldon2", EXPERIMENT).refused
    changed(
        monkeypatch, "seldon2", lambda made: {r: m | {"spec": without(m["spec"], "mirror")} for r, m in made.items()}
    )
    assert {"spec.mirror.name", "spec.mirror.percent"} <= places.of_kind("seldon2", EXPERIMENT).refused.keys()


def without(spec, name):
    return {key: value for key, value in spec.items() if key != name}


def test_pods_without_the_step_do_not_verify(monkeypatch):
    assert dict(artifacts.rows())["a model server"]["plain"] == artifacts.VERIFIED
    monkeypatch.setattr("scripts.engines_document.stand_in.is_verified", lambda part, engine: False)
    assert dict(artifacts.rows())["a model server"]["plain"] == artifacts.UNVERIFIED


def test_a_field_that_restricted_does_not_allow_is_named(monkeypatch):
    def shared(made):
        pods = [one["spec"]["template"]["spec"] for one in made.values() if one["kind"] == "Deployment"]
        for pod in pods:
            pod["hostNetwork"] = True
        return made

    changed(monkeypatch, "plain", shared)
    number, against = security.found("plain")
    assert number
    assert against == ("hostNetwork",)


def test_figures_are_shares_of_what_is_there_and_of_what_the_engine_accepts(monkeypatch):
    counted = {"exact": 6, "equivalent": 2, "refused": 1, "invalid": 1, "unreadable": 0, "lost": 0}
    said = {"date": "2026-01-02", "files": 3, "kinds": {"Model": counted}, "leaves": 9, "leaves lost": 0}
    monkeypatch.setattr("scripts.measured.read", lambda: {"samples": said | {"sources": ["a/b@1"]}})
    rows = list(figures.of_manifests("samples"))
    assert rows[2] == "| Model | 10 | 6 | 2 | 1 | 1 | 0 | 0 | 80.0% | 88.9% |"
    assert rows[-1] == "2026-01-02, 3 files of `a/b@1`: 9 values of what is taken, 0 of them lost."
