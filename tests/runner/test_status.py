"""What `status` says of a model that runs in several Deployments, and how `up` waits for models that start again."""

import pytest

from cli import show
from components.serving.spec import Container, Image, ModelDeployment, Predictor
from runner import status
from runner.engine import Outcome
from sandbox.providers.kubernetes.client import ApiError

DEPLOYMENTS = "/apis/apps/v1/namespaces/science/deployments/"
APP = Container(image=Image(reference="a:1"))
CANARY = ModelDeployment(
    name="fraud",
    team="science",
    predictors=(Predictor(graph=APP, traffic=90), Predictor(name="canary", graph=APP, traffic=10)),
)


class Cluster:
    """Answers with what it is given."""

    def __init__(self, **replicas: int) -> None:
        self._replicas = replicas

    def get(self, path: str, **_: str) -> dict:
        name = path.removeprefix(DEPLOYMENTS).replace("-", "_")
        if not path.startswith(DEPLOYMENTS):
            return {"items": []}
        if name not in self._replicas:
            raise ApiError(404, "NotFound", "not there")
        counts = dict.fromkeys(("replicas", "updatedReplicas"), 1) | {"availableReplicas": self._replicas[name]}
        return {
            "metadata": {"name": name, "namespace": "science", "generation": 1},
            "spec": {"replicas": 1},
            "status": {**counts, "observedGeneration": 1},
        }


def told(cluster: Cluster) -> status.ModelStatus:
    return status._status(cluster, "local", CANARY, "plain", "1", "http://g")


def test_all_predictors_are_counted():
    found = told(Cluster(fraud=1, fraud_canary=1))
    assert (found.ready, found.is_ready, found.reasons) == ("2/2", True, ())


def test_a_canary_that_is_not_ready_is_a_model_that_is_not(monkeypatch):
    monkeypatch.setattr(status.evidence, "collect", lambda client, deployment: ["probe: it fails"])
    found = told(Cluster(fraud=1, fraud_canary=0))
    assert (found.ready, found.is_ready, found.reasons) == ("1/2", False, ("fraud-canary: probe: it fails",))
    assert found.is_made
    found = told(Cluster(fraud=1))
    assert not found.is_made
    assert (found.ready, found.reasons) == ("1/2", ("fraud-canary: not deployed: slipway up -s local",))
    assert told(Cluster()).reasons == ("not deployed: slipway up -s local",)


@pytest.mark.parametrize(
    ("engine", "is_made", "waits", "code"),
    [("plain", True, True, 1), ("plain", False, False, 1), ("kserve", True, False, 0)],
)
def test_up_waits_for_models_that_start_again_and_fails_where_they_do_not(
    monkeypatch, capsys, engine, is_made, waits, code
):
    late = status.ModelStatus(
        name="fraud", team="science", engine=engine, ready="0/1", is_ready=False, nodes=(), simulated=False,
        version="1", url="", reasons=("probe: it fails",), is_made=is_made,
    )  # fmt: skip
    looks = []
    monkeypatch.setattr(status, "models", lambda stack: looks.append(stack) or [late])
    monkeypatch.setattr(status, "_PAUSE", 0.01)
    monkeypatch.setattr(show, "_PATIENCE", 0.05)
    monkeypatch.setattr("runner.predict.with_samples", lambda stack: set())
    assert show.after_up("local", Outcome(exit_code=0, changes={}, errors=[], seconds=1.0, saved=True)) == code
    assert (len(looks) > 1) == waits
    lines = capsys.readouterr().out.splitlines()
    assert "fraud: probe: it fails" in lines
    assert all(line == line.rstrip() for line in lines), "no blanks at the end"
