"""The shipped examples: what trains them, and what they answer."""

import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from catalog.places import CLONE
from stacks.models import load_file
from tests.examples.scripts import script


def run(module: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["train.py", *arguments])
    module.main()


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_iris_is_the_same_file_each_time_and_another_one_for_another_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    train = script("iris/train.py", monkeypatch)
    for name, arguments in (("a", ()), ("b", ("--c", "1")), ("c", ("--c", "0.01"))):
        run(train, monkeypatch, str(tmp_path / name), *arguments)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert contents(tmp_path / "a")["model.joblib"] != contents(tmp_path / "c")["model.joblib"]
    accuracy = [float(line.split("accuracy ")[1].split()[0]) for line in capsys.readouterr().out.splitlines()]
    assert min(accuracy) > 0.8


def test_iris_is_laid_out_as_mlserver_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import joblib

    run(script("iris/train.py", monkeypatch), monkeypatch, str(tmp_path))
    settings = json.loads((tmp_path / "model-settings.json").read_text())
    assert settings["implementation"] == "mlserver_sklearn.SKLearnModel"
    model = joblib.load(tmp_path / settings["parameters"]["uri"])
    assert list(model.predict([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]])) == [0, 2]


def test_house_prices_are_what_the_script_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    train = script("house_price/train.py", monkeypatch)
    features, price = train.houses()
    intercept, coefficients = train.fit(features[: train.HOUSES * 4 // 5], price[: train.HOUSES * 4 // 5])
    shipped = json.loads((CLONE / "examples" / "house_price" / "coefficients.json").read_text())
    assert shipped["intercept"] == pytest.approx(intercept, rel=1e-6)
    assert list(shipped["coefficients"]) == list(train.FEATURES)
    assert list(shipped["coefficients"].values()) == pytest.approx(coefficients, rel=1e-6)


def test_house_prices_come_close_to_the_stated_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    train = script("house_price/train.py", monkeypatch)
    _, coefficients = train.fit(*train.houses())
    assert np.array(coefficients) == pytest.approx([2_900, 8_500, -1_400], rel=0.1)


def test_the_regression_is_what_the_script_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    document, explained = script("linear_regression/train.py", monkeypatch).fit()
    shipped = json.loads((CLONE / "examples" / "linear_regression" / "coefficients.json").read_text())
    assert shipped["intercept"] == pytest.approx(document["intercept"], rel=1e-4)
    assert list(shipped["coefficients"]) == list(document["coefficients"])
    assert list(shipped["coefficients"].values()) == pytest.approx(list(document["coefficients"].values()), rel=1e-4)
    assert explained > 0.3


def test_the_svm_tells_the_sample_s_wines_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import joblib

    run(script("svm/train.py", monkeypatch), monkeypatch, str(tmp_path))
    (model,) = load_file(CLONE / "examples" / "svm" / "flask.py")
    assert model.sample
    answer = joblib.load(tmp_path / "model.joblib").predict(model.sample.body["instances"])
    assert list(answer) == ["class_0", "class_1"]
