"""The TensorFlow examples: what their declarations ask is what the exported models take.

`signature.json` is what TensorFlow said of the export; `make prove` trains, exports and loads again and compares.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from catalog.places import CLONE, cache_dir
from stacks.models import load_file
from tests.counts import level
from tests.examples.declarations import EXAMPLES, path
from tests.examples.scripts import script

LOCK = EXAMPLES / "saved_model" / "requirements.txt"
ASKED = ["image_classifier/declaration", "mnist/declaration", "mnist/trained"]


def signature(example: str) -> dict:
    return json.loads((EXAMPLES / Path(example).parent / "signature.json").read_text())["signatures"]


def fits(shape: tuple[int, ...], declared: list[int | None]) -> bool:
    return len(shape) == len(declared) and all(d in (None, s) for s, d in zip(shape, declared, strict=True))


def asked(body: dict, signatures: dict) -> None:
    """A request of TF Serving's REST interface against the signature that it names."""
    inputs = signatures[body.get("signature_name", "serving_default")]["inputs"]
    for instance in body["instances"]:
        named = instance if isinstance(instance, dict) else dict.fromkeys(inputs, instance)
        assert set(named) == set(inputs)
        for name, value in named.items():
            assert fits((1, *np.shape(value)), inputs[name]["shape"]), (name, np.shape(value), inputs[name])


@pytest.mark.parametrize("example", ASKED)
def test_the_sample_fits_the_signature(example):
    (model,) = load_file(path(example))
    asked(model.sample.body, signature(example))
    assert model.sample.path == f"/v1/models/{model.name}:predict"


@pytest.mark.parametrize(
    "change",
    [
        {"signature_name": "classify"},
        {"instances": [{"images": [0.0] * 783}]},
        {"instances": [{"pixels": [0.0] * 784}]},
    ],
)
def test_another_sample_does_not_fit(change):
    (model,) = load_file(path("mnist/declaration"))
    with pytest.raises((AssertionError, KeyError)):
        asked(model.sample.body | change, signature("mnist/declaration"))


def test_the_proxy_is_told_what_the_signature_has():
    (model,) = load_file(path("mnist/proxied"))
    told = {parameter.name: parameter.value for parameter in model.predictors[0].graph.parameters}
    known = signature("mnist/proxied")[told["signature_name"]]
    assert list(known["inputs"]) == [told["model_input"]]
    assert list(known["outputs"]) == [told["model_output"]]
    assert told["model_name"] == model.name


@pytest.mark.parametrize(("folder", "labels"), [("mnist", 10), ("image_classifier", 3)])
def test_pictures_are_of_the_declared_shape(folder, labels, monkeypatch):
    data = script(f"{folder}/data.py", monkeypatch)
    images, truth = next(iter(data.SOURCES.values()))() if folder == "mnist" else data.shapes()
    declared = signature(f"{folder}/declaration")["serving_default"]
    (taken,), (given,) = declared["inputs"].values(), declared["outputs"].values()
    assert fits(images.shape, taken["shape"])
    assert images.dtype.name == taken["dtype"]
    assert 0 <= images.min() < 0.1 < 0.9 < images.max() <= 1
    assert sorted(set(truth.tolist())) == list(range(labels))
    assert given["shape"][-1] == labels


@pytest.fixture(scope="session")
def tensorflow() -> Path:
    """A Python that has the locked packages; installed once for their lock."""
    place = cache_dir() / "examples" / f"tensorflow-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"
    python = place / "bin" / "python"
    if not (place / "complete").exists():
        (uv,) = _run([sys.executable, CLONE / "scripts" / "bootstrap.py", "uv"]).split()
        _run([uv, "venv", "--clear", "--quiet", "--python", sys.executable, place])
        _run([uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", LOCK])
        (place / "complete").touch()
    return python


@pytest.mark.skipif(level() == "test", reason="TensorFlow is 1.3 GiB once installed: make prove")
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("folder", "accuracy"), [("mnist", 0.9), ("image_classifier", 0.9)])
def test_what_is_trained_and_exported_has_the_committed_signature(folder, accuracy, tensorflow, tmp_path, figure):
    said = _run([tensorflow, "-B", EXAMPLES / folder / "train.py", tmp_path / "model"])
    reached = float(said.split("accuracy ")[1].split()[0])
    figure(f"{folder}: accuracy {reached:.3f} on pictures it has not seen")
    assert reached > accuracy
    assert (tmp_path / "model" / "1" / "saved_model.pb").is_file()
    _run([tensorflow, "-B", EXAMPLES / "saved_model" / "signature.py", tmp_path / "model", tmp_path / "signature.json"])
    assert (tmp_path / "signature.json").read_text() == (EXAMPLES / folder / "signature.json").read_text()


def _run(command: list[object]) -> str:
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
