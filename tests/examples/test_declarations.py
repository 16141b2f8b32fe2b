"""Every example on every engine that can: rendered, against committed files, and imported again without a difference.

`SLIPWAY_GOLDEN=write` writes the files anew; a missing or different one fails otherwise.
"""

import json
import os

import click.testing
import pytest

from catalog.places import CLONE
from cli.import_ import command as import_command
from cli.render import command as render_command
from components.serving import fields
from runner import engines, rendering
from stacks.models import load_file
from tests.examples.declarations import CAN, ENGINES, EXAMPLES, RENDERED, STACK, lock, path

GOLDEN = CLONE / "tests" / "golden" / "examples"


@pytest.fixture(autouse=True)
def everything_locked(monkeypatch):
    monkeypatch.setattr(rendering, "read_lock", lambda *_: lock())


def test_every_declaration_is_here():
    found = {file for file in EXAMPLES.rglob("*.py") if "\nMODEL = ModelDeployment(" in file.read_text()}
    assert found == {path(example) for example in CAN}


@pytest.mark.parametrize("example", CAN)
def test_engines_that_can(example):
    verdicts = engines.matrix(STACK, None, path(example))
    assert [verdict.engine for verdict in verdicts] == list(ENGINES)
    assert {verdict.engine for verdict in verdicts if not verdict.reasons} == CAN[example]


@pytest.mark.parametrize(("example", "engine"), RENDERED)
def test_objects_are_the_committed_ones(example, engine):
    rendered = rendering.file(path(example), STACK, engine)
    text = rendering.text(rendered.objects)
    golden = GOLDEN / engine / f"{example}.yaml"
    if os.environ.get("SLIPWAY_GOLDEN") == "write":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text)
    assert golden.read_text() == text
    for manifest in rendered.objects:
        assert fields.errors(manifest) == []


def test_no_file_is_left_over():
    written = {file.relative_to(GOLDEN).as_posix() for file in GOLDEN.rglob("*.yaml")}
    assert written == {f"{engine}/{example}.yaml" for example, engine in RENDERED}


@pytest.mark.parametrize(("example", "engine"), RENDERED)
def test_what_is_rendered_is_imported_without_a_difference(example, engine):
    golden = GOLDEN / engine / f"{example}.yaml"
    result = click.testing.CliRunner().invoke(
        import_command, [str(golden), "--round-trip", "--json"], standalone_mode=False
    )
    assert result.exception is None, result.exception
    verdicts = [json.loads(line) for line in result.stdout.splitlines()]
    assert {verdict["verdict"] for verdict in verdicts} == {"exact"}, verdicts
    assert {verdict["kind"] for verdict in verdicts} >= _KINDS[engine]
    assert result.return_value == 0


_KINDS = {
    "plain": {"Deployment", "Service"},
    "seldon1": {"SeldonDeployment"},
    "seldon2": {"Model"},
    "kserve": {"InferenceService"},
}


def test_render_takes_the_file_from_the_command_line(tmp_path):
    arguments = ["-s", STACK, "--file", str(path("svm/flask")), "--engine", "kserve", "-o", str(tmp_path)]
    result = click.testing.CliRunner().invoke(render_command, arguments, standalone_mode=False)
    assert (result.exception, result.return_value) == (None, 0)
    written = sorted(file.name for file in (tmp_path / "science").iterdir())
    assert "inferenceservice-svm-flask.yaml" in written


def test_an_engine_that_cannot_is_refused(tmp_path):
    with pytest.raises(rendering.SeveralErrors, match="S2-X07"):
        rendering.file(path("svm/flask"), STACK, "seldon2")


@pytest.mark.parametrize("example", CAN)
def test_a_declaration_says_what_to_ask(example):
    (model,) = load_file(path(example))
    assert model.sample
    assert model.safe_defaults
    assert not model.acknowledge
