"""`slipway render` and `slipway engines`: what a run would register, and who could serve it."""

import json
import textwrap

import pytest
import yaml

from catalog.errors import SeveralErrors, SlipwayError
from cli import group
from components.serving.importing.run import read
from runner import engines, rendering
from stacks import platform
from stacks.locks import LockEntry, LockFile
from stacks.settings import from_file, stack_file
from tests.mocks.recorder import record
from tests.stacks import local

CANARY = """
from components.serving.spec import Artifact, Exposure, Format, HeaderMatch, ModelDeployment, ModelServer, Predictor

def served(artifact):
    return ModelServer(format=Format.SKLEARN, artifact=Artifact(name=artifact))

MODEL = ModelDeployment(
    name="flowers",
    team="science",
    predictors=(
        Predictor(graph=served("iris"), traffic=90),
        Predictor(name="canary", graph=served("iris-next"), traffic={share}),
    ),
)
"""


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path))
    return tmp_path


@pytest.fixture
def declared(tmp_path):
    """Writes a declaration; gives its path."""

    def write(text, **values):
        path = tmp_path / "flowers.py"
        path.write_text(textwrap.dedent(text).replace("{share}", str(values.get("share", 10))))
        return path

    return write


def by_name(manifests):
    return {(m["kind"], m["metadata"]["name"]): m for m in manifests}


def test_a_rendered_stack_is_what_a_run_registers(state):
    local.pretend(state)
    local.lock(state)
    settings = from_file(stack_file("local"))
    seen = record(lambda: platform.build(settings, "local", "slipway"), preview=False)
    registered = by_name(
        r.inputs for r in seen.resources if r.type.startswith("kubernetes:") and not r.type.endswith(":Node")
    )
    rendered = by_name(rendering.stack("local").objects)
    assert sorted(rendered) == sorted(registered)
    for key, manifest in rendered.items():
        if key[0] == "Secret":
            assert set(manifest.pop("stringData")) == set(registered[key].pop("stringData"))
        assert manifest == registered[key], key


@pytest.mark.parametrize("stack", ["dev-eks", "dev-gke", "dev-platform"])
def test_a_stack_in_a_cloud_is_rendered_as_a_run_registers_it(state, stack):
    settings = from_file(stack_file(stack))
    seen = record(lambda: platform.build(settings, stack, "slipway"), preview=False)
    registered = by_name(r.inputs for r in seen.resources if r.type.startswith("kubernetes:"))
    rendered = by_name(rendering.stack(stack).objects)
    of_the_cluster = {key for key in registered if registered[key]["metadata"].get("namespace") != "science"}
    assert sorted(rendered) == sorted(set(registered) - of_the_cluster | {("Namespace", "science")})
    for key, manifest in rendered.items():
        for account in (manifest, registered[key]) if key[0] == "ServiceAccount" else ():
            account["metadata"].get("annotations", {}).pop("iam.gke.io/gcp-service-account", None)
        assert manifest == registered[key], key
    named = [m for m in rendering.stack(stack).objects if "[known once made]" in str(m)]
    assert [m["metadata"]["name"] for m in named] == (["iris"] if stack == "dev-gke" else [])


def test_models_in_the_cluster_of_another_stack_are_rendered_for_that_cluster(state):
    there, here = (by_name(rendering.stack(stack).objects) for stack in ("dev-platform", "team-models"))
    assert ("Namespace", "science") in there
    assert ("Namespace", "science") not in here
    policy = here["NetworkPolicy", "iris"]
    assert policy["spec"]["ingress"][0]["from"][0]["ipBlock"]["cidr"] == "10.0.0.0/16"
    assert not [key for key in here if key[0] == "Secret"]


def test_one_model_of_a_stack_and_nothing_else(state):
    names = {m["metadata"]["name"] for m in rendering.stack("local", model="iris").objects}
    assert names == {"iris"}


def test_what_no_lock_says_is_named_and_not_made_up(state):
    found = rendering.stack("local", model="iris")
    assert [name.partition(" ")[0] for name in found.unlocked] == ["models.iris.artifact", *["models.iris.image"] * 2]
    (pod,) = [m["spec"]["template"]["spec"] for m in found.objects if m["kind"] == "Deployment"]
    assert "initContainers" not in pod
    assert pod["containers"][0]["image"] == "sandbox/images/mlserver"


REGISTERED = """
from components.serving.spec import MlflowModel, ModelDeployment, ModelServer, Predictor

MODEL = ModelDeployment(
    name="flowers",
    team="science",
    predictors=(Predictor(graph=ModelServer(format="sklearn", artifact=MlflowModel(model="flowers"))),),
)
"""


@pytest.mark.parametrize("engine", ["seldon1", "seldon2", "kserve"])
def test_an_alias_of_which_no_lock_says_a_place_is_one_error_and_nothing_is_written(
    state, declared, tmp_path, monkeypatch, engine
):
    path, out = declared(REGISTERED), tmp_path / "out"
    with pytest.raises(SeveralErrors) as caught:
        group.run(["render", "--file", str(path), "--engine", engine, "-o", str(out)])
    (error,) = caught.value.errors
    assert (error.path, error.value) == ("models.flowers.artifact", "models:/flowers@champion")
    assert (error.rule, error.fix) == ("LOCK-1", "lock it: slipway lock flowers -s local")
    assert not out.exists()
    place = f"s3://registry/flowers/{local.DIGEST}/"
    entry = LockEntry(reference=error.value, immutable=place, digest=local.DIGEST, date="2026-11-21")
    monkeypatch.setattr(rendering, "read_lock", lambda *_: LockFile(entries={f"artifact:{error.value}": entry}))
    assert group.run(["render", "--file", str(path), "--engine", engine, "-o", str(out)]) == 0
    assert any(place in each.read_text() for each in out.rglob("*.yaml"))


def test_where_locks_are_required_nothing_is_rendered_without(state, monkeypatch):
    strict = from_file(stack_file("local")).model_copy(update={"locks": "required"})
    monkeypatch.setattr(rendering, "from_file", lambda _: strict)
    with pytest.raises(SeveralErrors) as caught:
        rendering.stack("local", model="iris")
    assert [error.rule for error in caught.value.errors] == ["LOCK-1", "LOCK-2", "LOCK-2"]
    local.lock(state)
    assert rendering.stack("local", model="iris").unlocked == []


def test_a_declaration_of_its_own(state, declared, tmp_path, capsys):
    path = declared(CANARY)
    texts = []
    for directory in (tmp_path / "a", tmp_path / "b"):
        assert group.run(["render", "--file", str(path), "-o", str(directory)]) == 0
        texts.append({p.relative_to(directory): p.read_text() for p in sorted(directory.rglob("*.yaml"))})
    assert texts[0] == texts[1]
    assert "science/httproute-flowers.yaml" in map(str, texts[0])
    (route,) = [yaml.safe_load(text) for name, text in texts[0].items() if "httproute" in name.name]
    assert [b["weight"] for b in route["spec"]["rules"][0]["backendRefs"]] == [90, 10]
    assert "not locked" in capsys.readouterr().err


def test_what_is_rendered_can_be_imported_again(state, declared, tmp_path):
    found = rendering.file(declared(CANARY), "local")
    path = tmp_path / "all.yaml"
    path.write_text(rendering.text(found.objects))
    report = read([path])
    assert {v.outcome.value for v in report.verdicts} == {"exact"}
    assert len(report.verdicts) == 4


@pytest.mark.parametrize("engine", ["seldon1", "kserve"])
def test_another_engine(state, declared, engine):
    found = rendering.file(declared(CANARY), "local", engine)
    kinds = {m["kind"] for m in found.objects}
    assert kinds & {"SeldonDeployment", "InferenceService"}
    main = next(m for m in found.objects if m["kind"] in ("SeldonDeployment", "InferenceService"))
    assert "pulumi.com/waitFor" in main["metadata"]["annotations"]


def test_a_broken_declaration_writes_nothing(state, declared, tmp_path):
    with pytest.raises(SeveralErrors) as caught:
        group.run(["render", "--file", str(declared(CANARY, share=20)), "-o", str(tmp_path / "out")])
    assert [error.rule for error in caught.value.errors] == ["C-02"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "path", "why"),
    [
        ("MODEL = 3", "flowers.py", "MODEL is no ModelDeployment"),
        ("", "flowers.py", "it declares nothing"),
        ("import nothing_such", "flowers.py:1", "No module named"),
        ("from components.serving.spec import Resources\nResources(cpu='lots')", "flowers.py:2: Resources.cpu", "quantity"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_declaration(state, declared, text, path, why):
    with pytest.raises(SeveralErrors) as caught:
        rendering.file(declared(text), "local")
    (error,) = caught.value.errors
    assert error.path.endswith(path)
    assert why in error.why


def test_what_is_not_there(state, tmp_path):
    for call in (
        lambda: rendering.file(tmp_path / "none.py", "local"),
        lambda: rendering.stack("local", model="irsi"),
        lambda: rendering.stack("local", engine="kserv"),
        lambda: engines.matrix("local", "irsi", None),
    ):
        with pytest.raises(SlipwayError, match=r"did you mean|no such file"):
            call()


def test_who_can_serve_it(state, declared, capsys):
    feedback = CANARY.replace('team="science",', 'team="science", feedback=True,')
    assert group.run(["engines", "--file", str(declared(feedback)), "--json"]) == 0
    rows = {row["engine"]: row for row in json.loads(capsys.readouterr().out)}
    assert sorted(rows) == ["kserve", "plain", "seldon1", "seldon2"]
    assert rows["seldon1"]["can"]
    assert not rows["plain"]["can"]
    assert [reason["rule"] for reason in rows["plain"]["reasons"]] == ["PL-X06"]
    assert "seldon1" in rows["plain"]["reasons"][0]["fix"]


def test_who_can_serve_it_as_a_table(state, capsys):
    assert group.run(["engines", "iris"]) == 0
    out = capsys.readouterr().out
    assert "plain" in out
    assert "S2-" in out
