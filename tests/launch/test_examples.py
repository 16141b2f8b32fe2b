"""The examples really answer: their images are built, their models trained and stored, their pods run.

One of them at every level; all of them in `make prove`.
"""

import json
import shutil
import time

import pytest
import urllib3
import yaml

from tests.counts import level
from tests.launch.load import Load
from tests.launch.test_first_launch import kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.root]

all_of_them = pytest.mark.skipif(level() == "test", reason="one example is enough here: make prove")
FLOWERS = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]
FEATURES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]


@pytest.fixture(scope="module")
def stack(launched):
    """Gives what puts examples into the stack, by file and name, and brings it up; the stack is as before afterwards."""
    before, models = launched.stack_file.read_text(), launched.path / "stacks" / "models"
    kept = {path: path.read_text() for path in models.glob("*.py")}

    def deploy(**examples: str):
        """Serves these beside the stack's own: files below `examples/` by the names of the declarations' files."""
        for name, example in examples.items():
            shutil.copy(launched.path / "examples" / f"{example}.py", models / f"{name}.py")
        document = yaml.safe_load(before)
        document["config"]["slipway:models"] |= {name.replace("_", "-"): {} for name in examples}
        launched.stack_file.write_text(yaml.safe_dump(document))
        # Where an image is not in the cache yet, it is built here.
        done = launched.slipway("up", seconds=900)
        assert done.code == 0, done.text

    yield deploy
    for path in models.glob("*.py"):
        path.unlink()
    for path, text in kept.items():
        path.write_text(text)
    launched.stack_file.write_text(before)
    launched.ok("up")


def ask(clone, path: str, body: dict, status: int = 200) -> dict:
    url = f"{clone.endpoints()['gateway']}/science/{path}"
    reply = urllib3.request("POST", url, json=body, retries=False, timeout=60)
    assert reply.status == status, reply.data
    return reply.json()


def sample(clone, model: str) -> dict:
    return json.loads(clone.ok("predict", model).out)


def check_svm(clone, model: str, refusal: int) -> None:
    assert sample(clone, model) == {"cultivars": ["class_0", "class_1"]}
    for wrong in ({}, {"instances": [[1.0]]}, {"instances": [["red"] * 13]}):
        assert ask(clone, f"{model}/predict", wrong, status=refusal)["detail"]


def test_an_svm_behind_flask_answers(launched, stack, figure):
    began = time.monotonic()
    stack(svm_flask="svm/flask")
    check_svm(launched, "svm-flask", 400)
    figure(f"svm behind Flask, image cached: {time.monotonic() - began:.1f} s to its answers")


@all_of_them
def test_own_containers_answer(launched, stack):
    stack(
        svm_flask="svm/flask",
        svm_fastapi="svm/fastapi",
        linear_regression="linear_regression/declaration",
        house_price="house_price/declaration",
    )
    check_svm(launched, "svm-flask", 400)
    check_svm(launched, "svm-fastapi", 422)
    rows = {row["name"]: row for row in json.loads(launched.ok("status", "--json").out)}
    assert rows["house-price"]["ready"] == "2/2"
    assert 300_000 < sample(launched, "house-price")["price_eur"] < 500_000
    check_regression(launched)


@all_of_them
def test_house_prices_roll_over_without_a_lost_request(launched, stack, figure):
    stack(house_price="house_price/declaration")
    declaration = launched.path / "stacks" / "models" / "house_price.py"
    image = 'image=BuiltImage(context="examples/house_price"), '
    assert declaration.read_text().count(image) == 1
    declaration.write_text(declaration.read_text().replace(image, f'{image}env={{"VERSION": "2"}}, '))
    url = f"{launched.endpoints()['gateway']}/science/house-price/predict"
    with Load(url, {"area_m2": 120.0, "rooms": 4, "age_years": 15.0}, rate=100.0) as load:
        time.sleep(2)
        said = launched.ok("up").err
        time.sleep(2)
    assert "1 update" in said
    assert load.bad == []
    figure(f"house-price: {len(load.seconds)} predictions while both replicas were replaced, none failed")


def check_regression(clone) -> None:
    """The wrapper's answer is what the committed coefficients say, whatever the order of the columns."""
    known = json.loads((clone.path / "examples" / "linear_regression" / "coefficients.json").read_text())
    patient = {name: 1.0 + at for at, name in enumerate(known["coefficients"])}
    wanted = known["intercept"] + sum(known["coefficients"][name] * value for name, value in patient.items())
    for names in (list(patient), list(reversed(patient))):
        body = {"data": {"names": names, "ndarray": [[patient[name] for name in names]]}}
        data = ask(clone, "linear-regression/api/v1.0/predictions", body)["data"]
        assert data["names"] == ["progression"]
        assert data["ndarray"][0][0] == pytest.approx(wanted, abs=1e-3)
    wrong = {"data": {"names": ["x"], "ndarray": [[1.0]]}}
    said = ask(clone, "linear-regression/api/v1.0/predictions", wrong, status=400)
    assert "names must be these" in said["status"]["info"]


def explained(clone, stack, example: str) -> list[dict]:
    """What an explainer says of both flowers, and that it refuses what is no flower."""
    stack(iris=f"iris/{example}")
    assert sample(clone, "iris")["outputs"][0]["data"] == [0, 2]
    said = ask(clone, "iris/explain", {"instances": FLOWERS})
    assert said["model"] == "iris"
    assert [one["species"] for one in said["explanations"]] == ["setosa", "virginica"]
    ask(clone, "iris/explain", {"instances": [[1.0]]}, status=422)
    return said["explanations"]


@all_of_them
def test_shapley_values_add_up_to_the_answer(launched, stack):
    for one in explained(launched, stack, "shap"):
        assert list(one["parts"]) == FEATURES
        assert one["mean"] + sum(one["parts"].values()) == pytest.approx(one["probability"], abs=1e-6)
        assert max(one["parts"], key=lambda name: abs(one["parts"][name])).startswith("petal")


@all_of_them
def test_lime_fits_around_the_flower(launched, stack):
    for one in explained(launched, stack, "lime"):
        assert sorted(one["weights"]) == sorted(FEATURES)
        assert 0.3 < one["fit"] <= 1
        assert max(one["weights"], key=lambda name: abs(one["weights"][name])).startswith("petal")


@all_of_them
def test_anchors_hold_the_answer(launched, stack):
    for one in explained(launched, stack, "alibi"):
        assert any("petal" in rule for rule in one["anchor"])
        assert one["precision"] >= 0.95
        assert 0 < one["coverage"] < 1


def infer(clone, flowers: list[list[float]]) -> None:
    data = [value for flower in flowers for value in flower]
    content = {"name": "flowers", "shape": [len(flowers), 4], "datatype": "FP64", "data": data}
    ask(clone, "iris/v2/models/iris/infer", {"inputs": [content]})


def verdicts(clone, detector: str) -> list[dict]:
    selector = f"slipway.dev/model=iris,slipway.dev/detector={detector}"
    text = kubectl(clone, "logs", "-n", "science", "-l", selector, "--tail=-1", "-c", "model")
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def wait_for(clone, detector: str, number: int) -> list[dict]:
    deadline = time.monotonic() + 30
    while len(found := verdicts(clone, detector)) < number:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    return found


@all_of_them
def test_detectors_see_outliers_and_drift_in_copies_of_the_requests(launched, stack, figure):
    stack(iris="iris/watched")
    seen = len(verdicts(launched, "outliers"))
    infer(launched, FLOWERS)
    infer(launched, [*FLOWERS, [50.0, 1.0, 40.0, 9.0]])
    plain, odd = wait_for(launched, "outliers", seen + 2)[-2:]
    assert (plain["outliers"], odd["outliers"]) == ([], [2])
    assert odd["path"] == "/v2/models/iris/infer"
    drifted = len(verdicts(launched, "drift"))
    for _ in range(2):
        infer(launched, [[value + 2 for value in FLOWERS[0]]] * 50)
    assert all(one["drift"] for one in wait_for(launched, "drift", drifted + 2)[-1:])
    figure("iris: outlier and drift seen in mirrored requests")
