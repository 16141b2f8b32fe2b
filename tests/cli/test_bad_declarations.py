"""What a person may declare wrongly, through the command line: one clear error each, all together, exit 2, no file.

Each rule has its own tests; here it is that `render`, `check` and `import` say it, and write nothing.
"""

import re

import pytest
import yaml

from cli.main import main
from components.serving.importing.documents import LIMIT

HEAD = """
from components.serving.spec import *
from components.serving.spec.kserve import KServe
from components.serving.spec.seldon1 import Hpa, Seldon1Component, Seldon1Predictor

APP = Image(reference="registry.test/app@sha256:" + "ab" * 32)

def own(name=None, *children, **more):
    return Container(name=name, image=APP, children=children, **more)

def served(uri="pvc://claim", **more):
    return ModelServer(format="sklearn", artifact=Uri(uri=uri), **more)

def predictor(name="default", graph=None, **more):
    return Predictor(name=name, graph=graph or own(), **more)

def model(*predictors, name="bad", **more):
    return ModelDeployment(name=name, team="science", predictors=predictors or (predictor(),), **more)

def deep(levels):
    return own(f"n{levels}", *([deep(levels - 1)] if levels else []), role="transformer" if levels else "model")

def gpu(kind):
    return Resources(cpu="1", memory="1Gi", accelerators=Accelerators(kind=kind))
"""
# What is wrong: engine, declaration, the paths of all errors below the model's, words of the first one.
CASES = {
    "traffic 90 + 20": (
        "plain", "model(predictor(traffic=90), predictor('b', traffic=20))", ["predictors"], "add up to 110",
    ),
    "traffic -50 + 150": (
        "plain", "model(predictor(traffic=-50), predictor('b', traffic=150))",
        ["predictors[0].traffic", "predictors[1].traffic"], "below 0 or above 100",
    ),
    "two shadows": (
        "plain", "model(predictor(), predictor('b', shadow=True), predictor('c', shadow=True))", ["predictors[2].shadow"],
        "another shadow",
    ),
    "canary on one predictor": ("plain", "model(predictor(traffic=10))", ["predictors[0].traffic"], "a canary needs"),
    "node names twice": (
        "seldon1", "model(predictor(graph=own('a', own('a'), role='transformer')))",
        ["predictors[0].graph.children[0].name"], "has this name already",
    ),
    "names too long on plain": (
        "plain", "model(predictor('p' * 40, traffic=50), predictor(traffic=50), name='m' * 30)", ["predictors[0].name"],
        "71 characters",
    ),
    "names too long on seldon1": (
        "seldon1", "model(predictor('p' * 30), name='m' * 16)", ["predictors[0].graph.name"], "64 characters",
    ),
    "names too long on seldon2": (
        "seldon2", "model(predictor(graph=served(), traffic=50), predictor('p' * 40, served(), traffic=50), name='m' * 30)",
        ["predictors[1].graph"], "71 characters",
    ),
    "names too long on kserve": ("kserve", "model(name='m' * 60)", ["name"], "78 characters"),
    "protocol that no server of the format speaks, plain": (
        "plain", "model(predictor(graph=served()), protocol='openai')", ["protocol"], "speaks it",
    ),
    "protocol that no server of the format speaks, seldon1": (
        "seldon1", "model(predictor(graph=served()), protocol='tensorflow')", ["protocol"], "speaks it",
    ),
    "protocol that no server of the format speaks, seldon2": (
        "seldon2", "model(predictor(graph=served()), protocol='openai')", ["protocol"], "speaks it",
    ),
    "protocol that no server of the format speaks, kserve": (
        "kserve", "model(predictor(graph=served()), protocol='openai')", ["protocol"], "speaks it",
    ),
    "foreign URI": (
        "kserve", "model(predictor(graph=served('ftp://a/b')))", ["predictors[0].graph.artifact.uri"], "knows this scheme",
    ),
    "autoscaler and replicas": (
        "seldon1", ("model(predictor(graph=own('a'), seldon1=Seldon1Predictor(components=("
        "Seldon1Component(containers=('a',), replicas=2, hpa=Hpa(max_replicas=3)),))))"),
        ["predictors[0].seldon1.components[0].replicas"], "beside an autoscaler",
    ),
    "accelerator without a pool": (
        "plain", "model(predictor(graph=own(resources=gpu('b200'))))", ["predictors[0].graph.resources.accelerators"],
        "no pool of the cluster",
    ),
    "least above most": (
        "plain", "model(scaling=Scaling(min_replicas=4, max_replicas=2))", ["scaling.min_replicas"], "above the most",
    ),
    "no replica of an accelerator": (
        "seldon1", ("model(predictor(graph=own(resources=gpu('l4'))), scaling=Scaling(min_replicas=0, max_replicas=2, "
        "metrics=(PrometheusQuery(query='up', target=1.0, server='http://p:9090'),)), acknowledge={'S1-T06c': 'x'})"),
        ["scaling.min_replicas"], "waits for a node",
    ),
    "equals sign in an annotation": (
        "seldon1", "model(predictor(annotations={'note': 'a=b'}))", ['predictors[0].annotations["note"]'],
        "reads none of its annotations",
    ),
    "nested too deeply": (
        "seldon1", "model(predictor(graph=deep(11)))", ["predictors[0].graph" + ".children[0]" * 11], "more than 10 levels",
    ),
    "router without children": (
        "seldon1", "model(predictor(graph=own('r', role='router')))", ["predictors[0].graph.children"], "chooses from",
    ),
    "option of another engine": ("plain", "model(kserve=KServe())", ["kserve"], "does not read what is kserve's"),
}  # fmt: skip


@pytest.fixture
def said(capsys, tmp_path):
    """Runs a command; gives the exit code and the paths and reasons of its errors."""

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        text = capsys.readouterr().err
        assert "Traceback" not in text
        assert text.count("error: ") == text.count("  fix: "), text
        return ended.value.code, re.findall(r"^error: (\S+?)(?: \([^\n]*?\))?: (.*)$", text, re.MULTILINE)

    return run


@pytest.fixture
def declared(tmp_path):
    def write(*declarations):
        path = tmp_path / "declaration.py"
        path.write_text(f"{HEAD}\nMODELS = [{', '.join(declarations)}]\n")
        return str(path)

    return write


@pytest.mark.parametrize("case", CASES)
def test_a_bad_declaration_is_refused_and_nothing_is_rendered(case, said, declared, tmp_path):
    engine, declaration, paths, words = CASES[case]
    out = tmp_path / "out"
    code, errors = said("render", "-s", "local", "--file", declared(declaration), "--engine", engine, "-o", str(out))
    assert code == 2
    assert [path.partition(".")[2].partition(".")[2] for path, _ in errors] == paths, errors
    assert words in errors[0][1]
    assert not out.exists()


def test_everything_that_is_wrong_in_a_file_is_said_together(said, declared, tmp_path):
    bad = [CASES[case] for case in CASES if CASES[case][0] == "plain"]
    code, errors = said("render", "--file", declared(*(one[1] for one in bad)), "-o", str(tmp_path / "out"))
    assert code == 2
    assert len(errors) == sum(len(one[2]) for one in bad) > 8
    assert not (tmp_path / "out").exists()


def test_what_a_type_refuses_names_file_and_line(said, declared, tmp_path):
    code, errors = said("render", "--file", declared("model(replicas=3)"), "-o", str(tmp_path / "out"))
    assert code == 2
    assert len(errors) == 1
    assert "ModelDeployment.replicas: no such key" in errors[0][1]
    assert not (tmp_path / "out").exists()


STACK = {
    "cluster": {"kind": "existing", "name": "c", "kubeconfig": "none", "context": "c", "pools": {}},
    "store": {"kind": "s3", "bucket": "artifacts", "endpoint": "https://s3.test"},
    "teams": {"science": {"owner": "a@example.com"}},
    "models": {"iris": {}, "llama-8b": {"max_replicas": 2}},
    "locks": "required",
}


@pytest.fixture
def stack(tmp_path, monkeypatch):
    """Writes a stack file that is the only one there is."""
    for module in ("settings", "resolution"):
        monkeypatch.setattr(f"stacks.{module}.STACKS", tmp_path)

    def write(**sections):
        values = {f"slipway:{key}": value for key, value in (STACK | sections).items()}
        (tmp_path / "Pulumi.own.yaml").write_text(yaml.safe_dump({"config": values}))
        return "own"

    return write


def test_a_stack_is_told_everything_together(said, stack):
    code, errors = said("check", "-s", stack())
    assert code == 2
    paths = {path for path, _ in errors}
    assert {
        "models.llama-8b.max_replicas",
        "models.llama-8b.predictors[0].graph.resources.accelerators",
    } <= paths


def test_what_no_lock_says_is_refused_where_locks_are_demanded(said, stack):
    code, errors = said("check", "-s", stack(models={"iris": {}}))
    assert code == 2
    assert errors
    assert all("lock" in why for _, why in errors), errors
    assert said("check", "-s", stack(models={}))[0] == 0


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 10)
)
FILES = {
    "broken.yaml": ("a: [", "broken YAML: line 2"),
    "large.yaml": ("a: '" + "x" * 10 * 1024 * 1024 + "'", f"more than the {LIMIT // 2**20} MiB"),
    "bomb.yaml": (BOMB, "its aliases make more"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_imported_is_one_error(name, said, tmp_path):
    (tmp_path / name).write_text(FILES[name][0])
    code, errors = said("import", str(tmp_path / name), "-o", str(tmp_path / "out"))
    assert code == 2
    assert [path for path, _ in errors] == [str(tmp_path / name)]
    assert FILES[name][1] in errors[0][1]
    assert not (tmp_path / "out").exists()


def test_files_that_cannot_be_imported_are_named_together(said, tmp_path):
    for name, (text, _) in FILES.items():
        (tmp_path / name).write_text(text)
    code, errors = said("import", *(str(tmp_path / name) for name in FILES), "--json", "-o", str(tmp_path / "out"))
    assert (code, [path for path, _ in errors]) == (2, [str(tmp_path / name) for name in FILES])
    assert not (tmp_path / "out").exists()
