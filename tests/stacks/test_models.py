"""The loader of declarations: what it finds, and one report of all that is wrong with the files."""

import sys
import textwrap

import pytest

from stacks.models import CATALOG, ERRORS, load, not_read

GOOD = """
from components.serving.spec import Container, Image, ModelDeployment, Predictor
MODEL = ModelDeployment(name="{name}", team="t", predictors=(Predictor(graph=Container(image=Image(reference="a:1"))),))
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes a package of declarations and loads it."""
    root = tmp_path / "declared"
    root.mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(**files):
        for name, text in files.items():
            (root / f"{name}.py").write_text(textwrap.dedent(text))
        found = load("declared", [str(root)])
        return found.models, found.errors

    yield make
    for name in [n for n in sys.modules if n.startswith("declared")]:
        del sys.modules[name]


def test_the_shipped_declarations_are_found():
    assert ERRORS == []
    assert {"house-price", "iris", "llama-8b"} <= set(CATALOG)


def test_one_or_several_in_a_file(package):
    several = GOOD.format(name="b").replace("MODEL =", "_b =") + "MODELS = (_b,)\n"
    catalog, errors = package(a=GOOD.format(name="a"), b=several)
    assert sorted(catalog) == ["a", "b"]
    assert errors == []


def test_all_files_in_one_report_with_line_and_field(package):
    catalog, errors = package(
        good=GOOD.format(name="good"),
        again=GOOD.format(name="good"),
        field="from components.serving.spec import Resources\n\nResources(\n    memroy='1Gi')\n",
        name="MODEL = undefined\n",
        syntax="MODEL = (\n",
        other="MODEL = 3\n",
    )
    assert sorted(catalog) == ["good"]
    found = {e.path.partition(":")[0].rpartition("/")[2]: e for e in errors}
    assert sorted(found) == ["field.py", "good.py", "name.py", "other.py", "syntax.py"]
    assert found["field.py"].path.endswith("declared/field.py:3: Resources.memroy")
    assert found["field.py"].fix == "did you mean memory?"
    assert found["name.py"].path.endswith("name.py:1")
    assert "undefined" in found["name.py"].why
    assert found["syntax.py"].path.endswith("syntax.py:1")
    assert found["good.py"].why == "two declarations have this name"


@pytest.mark.parametrize(
    ("text", "value", "why"),
    [
        ("MODELS = 3", "int", "no ModelDeployment"),
        ("MODELS = 'iris'", "str", "no ModelDeployment"),
        ("import sys\nsys.exit(3)", "SystemExit", "3"),
    ],
)
def test_a_file_that_would_end_the_program_is_an_error_like_others(package, text, value, why):
    _, (error,) = package(fraud_model=text)
    assert error.path.partition(":")[0].endswith("declared/fraud_model.py")
    assert error.value == value
    assert why in error.why
    assert not_read([error]) == {"fraud-model"}
