"""A real canary and a real shadow: two versions of a model behind the sandbox's gateway, and what each of them got."""

import math
import subprocess
import sys
import threading

import pytest
import urllib3

from tests.counts import count
from tests.launch.test_first_launch import kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.root]

DECLARATION = '''"""Iris in two versions."""

from components.serving.spec import Artifact, Format, ModelDeployment, ModelServer, Predictor, Resources


def version(name: str, artifact: str, **traffic: object) -> Predictor:
    server = ModelServer(
        format=Format.SKLEARN, artifact=Artifact(name=artifact), resources=Resources(cpu="100m", memory="768Mi")
    )
    return Predictor(name=name, graph=server, **traffic)


MODEL = ModelDeployment(
    name="iris",
    team="science",
    predictors=(version("stable", "iris", {stable}), version("next", "iris-next", {next})),
)
'''
BODY = {
    "inputs": [{"name": "measurements", "shape": [1, 4], "datatype": "FP32", "data": [5.1, 3.5, 1.4, 0.2]}],
}


@pytest.fixture(scope="module")
def versions(launched, tmp_path_factory):
    """Gives what writes the declaration with two versions; the second one's artifact is pushed."""
    declaration = launched.path / "stacks" / "models" / "iris.py"
    before = declaration.read_text()
    folder = tmp_path_factory.mktemp("next") / "iris"
    train = [sys.executable, launched.path / "examples" / "iris" / "train.py", folder, "--c", "0.5"]
    subprocess.run(train, check=True, capture_output=True)

    def write(stable: str, other: str) -> None:
        declaration.write_text(DECLARATION.format(stable=stable, next=other))

    write("traffic=90", "traffic=10")
    launched.ok("artifact", "push", "iris-next", str(folder))
    yield write
    declaration.write_text(before)
    launched.ok("up")


def answers(clone, wanted: int) -> list[str]:
    """The version that each of so many requests was answered by."""
    url = f"{clone.endpoints()['gateway']}/science/iris/v2/models/iris/infer"
    pool = urllib3.PoolManager(num_pools=1, maxsize=8)
    found: list[str] = []

    def ask(times: int) -> None:
        for _ in range(times):
            reply = pool.request("POST", url, json=BODY, retries=False, timeout=10)
            assert reply.status == 200, reply.data
            found.append(reply.json()["model_version"])

    threads = [threading.Thread(target=ask, args=(wanted // 8,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == wanted // 8 * 8, "a request failed"
    return found


def served(clone, predictor: str) -> int:
    """Inferences that the pods of a predictor have written into their logs."""
    selector = f"slipway.dev/model=iris,slipway.dev/predictor={predictor}"
    return kubectl(clone, "logs", "-n", "science", "-l", selector, "--tail=-1", "-c", "model").count("/infer")


def test_a_canary_gets_its_share(launched, versions, figure):
    versions("traffic=90", "traffic=10")
    shown = launched.ok("preview").out
    assert "iris-next" in shown
    assert "iris was not asked: its declaration has no sample request" in launched.ok("up").err
    found = answers(launched, count(test=800, prove=4000, soak=20_000))
    share = found.count("c-0.5") / len(found)
    # Five standard deviations: one run in a million is outside by chance.
    assert abs(share - 0.1) < 5 * math.sqrt(0.1 * 0.9 / len(found)), share
    assert set(found) == {"c-1", "c-0.5"}
    figure(f"canary of 10 %: {share:.1%} of {len(found)} requests")


def test_a_shadow_gets_copies_and_answers_nobody(launched, versions, figure):
    versions("", "shadow=True")
    launched.ok("up")
    before = served(launched, "next")
    found = answers(launched, count(test=400, prove=2000, soak=10_000))
    assert set(found) == {"c-1"}
    got = served(launched, "next") - before
    figure(f"shadow: {got} copies of {len(found)} requests, none answered by it")
    assert got == len(found)
