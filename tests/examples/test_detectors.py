"""What the detectors of iris say of flowers that fit, and of flowers that do not."""

import numpy as np
import pytest
from sklearn.datasets import load_iris

from stacks.models import load_file
from tests.examples.declarations import path
from tests.examples.scripts import script


@pytest.fixture
def detect(monkeypatch):
    return script("iris/detectors/detect.py", monkeypatch)


@pytest.fixture
def flowers():
    return np.random.default_rng(1).permutation(load_iris().data)


def declared(name):
    (model,) = load_file(path("iris/watched"))
    (found,) = (detector for detector in model.detectors if detector.name == name)
    return found.watches, found.parameters, found.batch_size


def test_a_flower_like_none_is_an_outlier(detect, flowers):
    look = detect.detector(*declared("outliers"))
    assert look(np.vstack([flowers[:3], [[50.0, 1.0, 40.0, 9.0]]]))["outliers"] == [3]
    assert len(look(flowers)["outliers"]) <= 0.02 * len(flowers)


def test_drift_is_said_of_a_full_window_alone(detect, flowers):
    look = detect.detector(*declared("drift"))
    assert look(flowers[:49]) is None
    assert not look(flowers[49:50])["drift"]
    # The window starts anew.
    assert look(flowers[50:99] + 1) is None
    assert look(flowers[99:100] + 1)["drift"]


def test_false_alarms_are_as_rare_as_declared(detect, flowers):
    random, look = np.random.default_rng(2), detect.detector(*declared("drift"))
    windows = [look(random.choice(flowers, 50)) for _ in range(200)]
    assert sum(window["drift"] for window in windows) <= 8


def test_the_kind_decides(detect, flowers):
    assert "outliers" in detect.detector("outlier", {}, None)(flowers)
    assert "drift" in detect.detector("drift", {}, None)(flowers)
    with pytest.raises(TypeError):
        detect.detector("drift", {"contamination": 0.1}, None)


@pytest.mark.parametrize("data", [[5.1, 3.5, 1.4, 0.2] * 2, [[5.1, 3.5, 1.4, 0.2]] * 2])
def test_flowers_of_a_request(detect, data):
    assert detect.flowers_of({"inputs": [{"data": data}]}).shape == (2, 4)


@pytest.mark.parametrize(
    "body", [{}, {"inputs": []}, {"inputs": [{"data": [1, 2, 3]}]}, {"inputs": [{"data": ["x"] * 4}]}]
)
def test_what_is_no_request(detect, body):
    with pytest.raises(ValueError, match=r".+"):
        detect.flowers_of(body)
