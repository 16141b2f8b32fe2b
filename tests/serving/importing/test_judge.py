"""Verdicts on their own: what a reader loses is found, and what belongs together is taken together."""

from dataclasses import replace

import pytest

from components.serving.importing import seldon1
from components.serving.importing.base import Difference, NoPlace, Rejected, SeveralProblems
from components.serving.importing.judge import judge, judge_together
from components.serving.importing.verdict import ABSENT, Outcome, changes

IRIS = {
    "apiVersion": "machinelearning.seldon.io/v1",
    "kind": "SeldonDeployment",
    "metadata": {"name": "iris", "labels": {"app": "a"}},
    "spec": {
        "predictors": [
            {
                "name": "p",
                "graph": {"name": "m", "type": "MODEL", "implementation": "SKLEARN_SERVER", "modelUri": "gs://m"},
            }
        ]
    },
}
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "iris"}, "spec": {"ports": []}}


def forgetful(manifest):
    """A reader that forgets the labels."""
    found = seldon1.read(manifest)
    return replace(found, declaration=found.declaration.model_copy(update={"labels": {}}))


def test_what_a_reader_forgets_is_refused():
    found = judge("f", IRIS, forgetful)
    assert (found.outcome, found.imported) == (Outcome.REFUSED, None)
    assert [reason.path for reason in found.reasons] == ["metadata.labels.app"]


def test_what_a_reader_names_is_equivalent():
    def named(manifest):
        return replace(forgetful(manifest), differences=(Difference(path="metadata.labels", rule="why"),))

    found = judge("f", IRIS, named)
    assert found.outcome is Outcome.EQUIVALENT
    assert found.differences == (Difference(path="metadata.labels.app", rule="why"),)


def test_a_difference_that_is_none_is_not_said():
    def careful(manifest):
        return replace(seldon1.read(manifest), differences=(Difference(path="metadata.labels", rule="why"),))

    assert judge("f", IRIS, careful).outcome is Outcome.EXACT


@pytest.mark.parametrize(
    ("original", "rebuilt", "paths"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"a": 1}, {"a": 1.0}, ["a"]),
        ({"a": {"b": 1, "c": [1, 2]}}, {"a": {"c": [1]}}, ["a.b", "a.c[1]"]),
        ({"a": {}}, {}, ["a"]),
        ({"a": None}, {}, ["a"]),
        ({"c": 1}, {"c": 1, "a": {"b": 1}}, ["a.b"]),
        ({"a": [1]}, {"a": [1, {"b": 2}]}, ["a[1].b"]),
        ({"a": {}}, {"a": {"b": 1}}, ["a"]),
        ({"x.y/z": 1}, {}, ['["x.y/z"]']),
    ],
)
def test_changes_are_named_by_leaf(original, rebuilt, paths):
    assert sorted(path for path, _ in changes(original, rebuilt)) == sorted(paths)


def test_what_is_only_in_the_rebuilt_object_is_absent():
    assert list(changes({"a": 1}, {"a": 1, "b": 2})) == [("b", ABSENT)]


def problems(*found):
    def read(_):
        raise SeveralProblems(list(found))

    return read


def test_every_problem_is_a_reason():
    found = judge("f", IRIS, problems(NoPlace("a", "no place"), Rejected("b", "R-1", "wrong")))
    assert found.outcome is Outcome.INVALID
    assert [(reason.path, reason.rule) for reason in found.reasons] == [("a", ""), ("b", "R-1")]


def test_objects_that_belong_together_are_refused_together():
    verdicts = judge_together("f", [IRIS, SERVICE], problems(NoPlace("Service/iris:spec.ports", "why")))
    assert [verdict.outcome for verdict in verdicts] == [Outcome.REFUSED, Outcome.REFUSED]
    assert [reason.path for reason in verdicts[1].reasons] == ["spec.ports"]
    assert verdicts[0].reasons[0].why == "another object that belongs with it is not taken"


def test_an_object_that_is_not_built_again_is_not_taken():
    """The reader says one declaration for both, but its builder makes only the first."""
    verdicts = judge_together("f", [IRIS, SERVICE], lambda parts: seldon1.read(parts[0]))
    assert not any(verdict.taken for verdict in verdicts)
    assert "spec.ports" in [reason.path for reason in verdicts[1].reasons]


def test_more_objects_than_there_were_are_not_the_same():
    def eager(manifest):
        found = seldon1.read(manifest)
        return replace(found, declaration=found.declaration.model_copy(update={"safe_defaults": True}))

    found = judge("f", IRIS, eager)
    assert found.outcome is Outcome.REFUSED
    assert "ServiceAccount iris would be made, too" in " ".join(reason.why for reason in found.reasons)
