"""`slipway import` from files to declarations."""

import json
import re
from pathlib import Path

import click.testing
import pytest
import yaml

from catalog.errors import SeveralErrors
from cli.import_ import command
from components.serving.importing import run
from components.serving.importing.source import python

IRIS = {
    "apiVersion": "machinelearning.seldon.io/v1",
    "kind": "SeldonDeployment",
    "metadata": {"name": "iris-model", "namespace": "science"},
    "spec": {
        "predictors": [
            {
                "name": "default",
                "graph": {"name": "m", "type": "MODEL", "implementation": "SKLEARN_SERVER", "modelUri": "gs://m"},
            }
        ]
    },
}
OLD = {**IRIS, "apiVersion": "machinelearning.seldon.io/v1alpha2"}
DEAD = {**IRIS, "spec": {**IRIS["spec"], "oauth_key": "k"}, "metadata": {"name": "dead"}}
WRONG = {**IRIS, "spec": {"predictors": []}, "metadata": {"name": "wrong"}}
TRAP = {
    **IRIS,
    "metadata": {"name": "trap"},
    "spec": {**IRIS["spec"], "annotations": {"seldon.io/rest-read-timeout": "100", "note": "a=b"}},
}
OTHER = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}


@pytest.fixture
def file(tmp_path):
    def write(*manifests, name="models.yaml") -> str:
        path = tmp_path / name
        path.write_text(yaml.safe_dump_all(manifests))
        return str(path)

    return write


def invoke(*arguments: str) -> tuple[int, str, str]:
    """Exit code as the command line would have it, standard output, standard error."""
    runner = click.testing.CliRunner()
    result = runner.invoke(command, arguments, standalone_mode=False)
    if isinstance(result.exception, SeveralErrors):
        return 2, result.stdout, str(result.exception)
    assert result.exception is None, result.exception
    return result.return_value, result.stdout, result.stderr


def verdicts(stdout: str) -> list[dict]:
    return [json.loads(line) for line in stdout.splitlines()]


def test_json_is_a_line_an_object(file):
    code, out, _ = invoke(file(IRIS, OLD, DEAD, WRONG, OTHER), "--round-trip", "--json")
    lines = verdicts(out)
    assert code == 2
    assert [line["verdict"] for line in lines] == ["exact", "equivalent", "refused", "invalid"]
    assert all(set(line) == {"file", "kind", "name", "verdict", "reasons", "differences"} for line in lines)
    assert [line["name"] for line in lines] == ["iris-model", "iris-model", "dead", "wrong"]
    assert lines[1]["differences"][0]["path"] == "apiVersion"
    assert lines[2]["reasons"][0]["path"] == "spec.oauth_key"
    assert lines[3]["reasons"][0]["rule"] == "S1-02"


@pytest.mark.parametrize(("manifests", "code"), [((IRIS, OLD), 0), ((OTHER,), 0), ((IRIS, DEAD), 2), ((WRONG,), 2)])
def test_exit_code(file, manifests, code):
    assert invoke(file(*manifests), "--json")[0] == code


def test_other_kinds_are_only_counted(file):
    assert invoke(file(OTHER, OTHER), "--json")[:2] == (0, "")
    assert run.read([Path(file(OTHER, OTHER, IRIS))]).others == {"ConfigMap": 2}


def test_traps_are_kept_and_acknowledged(file):
    (verdict,) = run.read([Path(file(TRAP))]).verdicts
    assert verdict.outcome.value == "exact"
    assert set(verdict.imported.declaration.acknowledge) == {"S1-T05", "S1-T10a"}
    assert any("S1-T05" in warning for warning in verdict.warnings)


def test_declarations_are_written(file, tmp_path):
    out = tmp_path / "models"
    code, _, _ = invoke(file(IRIS, TRAP), "-o", str(out))
    assert code == 0
    assert sorted(path.name for path in out.iterdir()) == ["iris_model.py", "trap.py"]
    for verdict in run.read([Path(file(IRIS, TRAP))]).verdicts:
        path = out / f"{verdict.name.replace('-', '_')}.py"
        assert loaded(path.read_text()) == verdict.imported.declaration
    # The same once more changes nothing; another file is never overwritten.
    assert invoke(file(IRIS, TRAP), "-o", str(out))[0] == 0
    (out / "trap.py").write_text("# mine\n")
    code, _, err = invoke(file(IRIS, TRAP), "-o", str(out))
    assert (code, (out / "trap.py").read_text()) == (2, "# mine\n")
    assert "another file is there already" in err


def test_nothing_is_written_where_something_is_refused(file, tmp_path):
    out = tmp_path / "models"
    assert invoke(file(IRIS, DEAD), "-o", str(out))[0] == 2
    assert not out.exists()
    assert invoke(file(IRIS, DEAD), "-o", str(out), "--partial")[0] == 2
    assert [path.name for path in out.iterdir()] == ["iris_model.py"]


def test_two_of_one_name_have_two_files(file, tmp_path):
    assert invoke(file(IRIS, OLD), "-o", str(tmp_path / "o"))[0] == 0
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == ["iris_model.py", "iris_model_2.py"]


def test_a_broken_file_hides_no_other(file, tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [")
    code, out, err = invoke(str(broken), file(IRIS), "--json", "-o", str(tmp_path / "o"))
    assert code == 2
    assert [line["verdict"] for line in verdicts(out)] == ["exact"]
    assert "broken YAML" in err
    assert not (tmp_path / "o").exists()


def test_without_options_the_declarations_are_shown(file):
    _, out, _ = invoke(file(IRIS))
    assert loaded(out).name == "iris-model"
    _, out, _ = invoke(file(OLD), "--round-trip")
    assert re.search(r"equivalent.* SeldonDeployment iris-model", out)
    assert "apiVersion: " in out


def test_a_declaration_is_written_as_a_person_would(file):
    (verdict,) = run.read([Path(file(IRIS))]).verdicts
    assert python(verdict.imported.declaration, "Iris.") == (
        '"""Iris."""\n\n'
        "from components.serving.spec import Format, ModelDeployment, ModelServer, Predictor, Uri\n\n"
        "MODEL = ModelDeployment(\n"
        '    name="iris-model",\n'
        '    team="science",\n'
        '    predictors=(Predictor(graph=ModelServer(name="m", format=Format.SKLEARN, artifact=Uri(uri="gs://m"))),),\n'
        "    safe_defaults=False,\n"
        ")\n"
    )


def loaded(text: str):
    names: dict = {}
    exec(compile(text, "m.py", "exec"), names)  # our own text
    return names["MODEL"]
