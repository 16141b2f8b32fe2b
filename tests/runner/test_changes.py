"""What KServe's webhooks refuse of a change is found before a run, by the state that the last one left."""

import json

import pytest

from components.serving.spec import Artifact, ModelDeployment, ModelServer, Predictor
from components.serving.spec.kserve import KServe, KServePredictor
from components.serving.spec.kserve_kinds import RuntimeWorker, ServingRuntime
from runner import changes, checking, rendering
from runner.workspace import state_file
from stacks import objects
from stacks.locks import LockEntry, LockFile
from stacks.models import CATALOG
from stacks.settings import from_file, parse, stack_file
from tests.stacks.local import DIGEST

POD = {"containers": [{"name": "kserve-container", "image": "registry.test/server:1"}]}
SEVERAL = ServingRuntime(name="several", pod=POD, worker=RuntimeWorker(pod=POD))


def flowers(artifact="iris", **fields):
    named = {"kserve": KServePredictor(name=fields.pop("named"))} if "named" in fields else {}
    graph = ModelServer(format="sklearn", artifact=Artifact(name=artifact))
    return ModelDeployment(
        **{"name": "flowers", "team": "science", "predictors": (Predictor(graph=graph, **named),)} | fields
    )


def lock():
    def entry(name):
        return LockEntry(reference=name, immutable=f"models/{name}/{DIGEST}/", digest=DIGEST, date="2026-11-21")

    return LockFile(entries={f"artifact:{name}": entry(name) for name in ("iris", "other")})


def settings(monkeypatch, declared, runtime=SEVERAL, mode="standard"):
    monkeypatch.setitem(CATALOG, "flowers", declared)
    monkeypatch.setitem(objects.OBJECTS, "several", runtime)  # the loader's own mapping
    read = from_file(stack_file("local"))
    return parse(
        {
            "cluster": read.cluster.model_dump(mode="json", exclude_unset=True),
            "store": read.store.model_dump(mode="json", exclude_unset=True),
            "teams": {"science": {"owner": "science@example.com"}},
            "models": {"flowers": {}},
            "objects": {"several": {"team": "science"}},
            "engine": "kserve",
            "engines": {"kserve": {"mode": mode}},
            "workspace": "slipway",
        }
    )


@pytest.fixture
def ran(monkeypatch, tmp_path):
    """The state of a first run."""
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path))
    for room in (checking, rendering):
        monkeypatch.setattr(room, "read_lock", lambda *_: lock())
    first = settings(monkeypatch, flowers())
    monkeypatch.setattr(rendering, "from_file", lambda _: first)
    resources = [{"type": "pulumi:pulumi:Stack"}, *({"inputs": each} for each in rendering.stack("local").objects)]
    return {"resources": resources}


CASES = {
    "the same": ({}, {}, []),
    "another name": ({"named": "v2"}, {}, ["KS-17"]),
    "another name with other files": ({"named": "v2", "artifact": "other"}, {}, []),
    "another mode": ({"kserve": KServe(deployment_mode="Knative")}, {}, ["KS-19"]),
    "another mode of the stack": ({}, {"mode": "knative"}, ["KS-19"]),
    "a worker less": ({}, {"runtime": SEVERAL.model_copy(update={"worker": None})}, ["KS-R03"]),
}


@pytest.mark.parametrize("case", CASES)
def test_changes(monkeypatch, ran, case):
    fields, changed, rules = CASES[case]
    then = settings(monkeypatch, flowers(**fields), **changed)
    found = list(changes.errors(then, lock(), changes.made(ran)))
    assert [error.rule for error in found] == rules
    assert list(changes.errors(then, lock(), [])) == []  # nothing has been made yet
    assert all(error.path.startswith(("models.flowers.", "objects.several.")) for error in found)


def test_check_reads_the_state_of_the_last_run(monkeypatch, ran):
    then = settings(monkeypatch, flowers(named="v2"))
    monkeypatch.setattr(checking, "from_file", lambda _: then)
    monkeypatch.setattr(checking, "lock_path", lambda *_: state_file("local").parent)
    state_file("local").parent.mkdir(parents=True)
    assert checking.check("local") == []  # nothing has run
    state_file("local").write_text(json.dumps({"checkpoint": {"latest": ran}}))
    assert [error.rule for error in checking.check("local")] == ["KS-17"]
    assert checking.changed("local", then.model_copy(update={"workspace": "own"}), lock()) == []
    state_file("local").write_text("{")
    assert "damaged" in checking.check("local")[0].why
