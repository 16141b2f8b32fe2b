"""A third cloud: what it takes, and that nothing of the product has to know of it beside that.

The files of a toy cloud are laid into a copy of the product, and a few lines are added to the registries, the catalogue
and the unions of the settings. Then its stack is checked and drawn.
"""

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.counts import level

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("accounts", "catalog", "cli", "components", "delivery", "providers", "runner", "sandbox", "stacks")
TOY = Path(__file__).parent / "third_cloud"

# By file, what is replaced in it; everything else a new cloud brings in files of its own.
CHANGES = {
    "catalog/machines.py": [
        ('    GCP = "gcp"\n', '    GCP = "gcp"\n    TOY = "toy"\n'),
        ("    from catalog import aws, google\n\n    match", "    from catalog import aws, google, toy\n\n    match"),
        ("        case None:\n", "        case Cloud.TOY:\n            return toy.machines()\n        case None:\n"),
    ],
    "catalog/regions.py": [
        ("from catalog import aws, google\n", "from catalog import aws, google, toy\n"),
        ("    return aws.regions()", "    if cloud is Cloud.TOY:\n        return toy.regions()\n    return aws.regions()"),
    ],
    "components/clusters/spec/__init__.py": [
        ("EksCluster | GkeCluster |", "EksCluster | GkeCluster | ToyCluster |"),
        ('    "gke": GkeCluster,\n', '    "gke": GkeCluster,\n    "toy": ToyCluster,\n'),
        ("\nClusterSpec =", "from components.clusters.spec.toy import ToyCluster\n\nClusterSpec ="),
    ],
    "components/storage/spec/__init__.py": [
        ("S3Store | AwsS3Store |", "S3Store | ToyStore | AwsS3Store |"),
        ('"gcs": GcsStore}', '"gcs": GcsStore, "toy-blob": ToyStore}'),
        ("\nStoreSpec =", "from components.storage.spec.toy import ToyStore\n\nStoreSpec ="),
    ],
    "components/clusters/registry.py": [
        ("COMPONENTS = {\n", 'COMPONENTS = {\n    "toy": ("components.clusters.toy.cluster", "ToyCluster"),\n'),
    ],
    "components/storage/registry.py": [
        ("COMPONENTS = {\n", 'COMPONENTS = {\n    "toy-blob": ("components.storage.toy.store", "ToyArtifactStore"),\n'),
    ],
    "components/identity/registry.py": [
        ("COMPONENTS = {\n", 'COMPONENTS = {\n    "toy": ("components.identity.toy", "ToyModelReader"),\n'),
    ],
}  # fmt: skip

# Where a cloud may be called by its name. A stack is declared, checked, drawn and made by what is not among these; what
# the last line names talks to a cloud itself, with a client of it, or stands in for it.
PLACES = re.compile(
    r"catalog/|components/\w+/registry\.py|components/\w+/spec/"
    r"|components/(aws|google)/|components/(clusters|storage)/(eks|gke|aws|google)/|components/identity/(aws|google)\.py"
    r"|accounts/|delivery/|runner/artifacts\.py|sandbox/providers/(cloud/|stand_in\.py)"
)
KINDS = {"eks", "gke", "aws-s3", "gcs", "aws", "gcp", "google"}
NAME = re.compile(r"(Eks|Gke|Gcs|Aws|Google)[A-Z]|^(AWS|GCP|GOOGLE|aws|gcp|gcs|eks|gke|google)$")


@pytest.fixture(scope="module")
def product(tmp_path_factory) -> Path:
    """The product with a third cloud."""
    copy = tmp_path_factory.mktemp("product")
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"), symlinks=True)
    for name in ("examples", "Pulumi.yaml", "pyproject.toml"):
        (copy / name).symlink_to(ROOT / name)
    for file, changes in CHANGES.items():
        text = (copy / file).read_text()
        for before, after in changes:
            assert text.count(before) == 1, (file, before)
            text = text.replace(before, after)
        (copy / file).write_text(text)
    for path in TOY.rglob("*"):
        if path.is_file() and path.suffix in (".py", ".yaml"):
            target = copy / path.relative_to(TOY)
            assert not target.exists(), f"{target.name} is a file of its own"
            target.parent.mkdir(exist_ok=True)
            shutil.copy(path, target)
    lock = json.loads((ROOT / "stacks/locks/prod-eks.json").read_text())
    (copy / "stacks/locks/toy.json").write_text(json.dumps(lock))
    return copy


def slipway(product: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", "from cli.main import main; main()", *arguments],
        cwd=product, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


def test_a_third_cloud_changes_registries_catalogue_and_unions_alone():
    files = {*CHANGES, *(path.relative_to(TOY).as_posix() for path in TOY.rglob("*.py"))}
    own = re.compile(r"components/(clusters|storage)/toy/|components/identity/toy\.py")
    assert {file for file in files if not (own.match(file) or PLACES.match(file))} == set()
    assert not any(file.startswith(("accounts/", "delivery/", "sandbox/")) for file in files)


def test_its_stack_is_checked_with_its_own_facts(product):
    assert "toy: nothing wrong" in slipway(product, "check", "-s", "toy").stderr
    path = product / "stacks/Pulumi.wrong.yaml"
    right = (product / "stacks/Pulumi.toy.yaml").read_text()
    wrong = right.replace("toytown", "toytwon").replace("accelerator: h100", "accelerator: a100")
    path.write_text(wrong.replace("kind: toy-blob", "kind: aws-s3"))
    rows = json.loads(slipway(product, "check", "-s", "wrong", "--json", code=2).stdout)
    found = {row["path"]: row["fix"] for row in rows}
    assert "toytown" in found["cluster.region"]
    assert "h100" in found["cluster.pools.h100"]
    path.write_text(right.replace("kind: toy-blob", "kind: aws-s3"))
    rows = json.loads(slipway(product, "check", "-s", "wrong", "--json", code=2).stdout)
    assert [(row["path"], row["fix"]) for row in rows] == [("store.kind", "give toy-blob")]


def drawn(product: Path, stack: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows of a stack's graph by type and name."""
    resources = json.loads(slipway(product, "graph", "-s", stack).stdout)["resources"]
    return {(row["type"], row["name"]): row for row in resources}


def test_its_stack_is_drawn_whole(product):
    toy = drawn(product, "toy")
    assert toy["toy:cluster:Cluster", "cluster"]["inputs"]["pools"] == {"system": "toy-cpu", "h100": "toy-h100"}
    assert toy["toy:cluster:Cluster", "cluster"]["options"]["protect"] is True
    assert toy["toy:storage:Bucket", "artifacts"]["options"]["retainOnDelete"] is True
    assert toy["toy:identity:Reader", "iris"]["inputs"]["prefixes"] == ["models/iris/"]
    account = toy["kubernetes:core/v1:ServiceAccount", "iris-service-account"]
    assert "toy.example/reader" in account["inputs"]["metadata"]["annotations"]
    pod = toy["kubernetes:apps/v1:Deployment", "llama-8b-deployment"]["inputs"]["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"slipway.dev/accelerator": "h100"}
    made = {key: row for key, row in toy.items() if row["custom"] and not key[0].startswith("pulumi:providers:")}
    assert all(row["provider"] for row in made.values())
    if level() != "test":
        eks = drawn(product, "prod-eks")
        assert in_the_cluster(toy) == in_the_cluster(eks), "the same declarations come to the same objects"


def in_the_cluster(rows: dict[tuple[str, str], dict[str, Any]]) -> set[tuple[str, str]]:
    """What teams and models come to; what a cluster brings along itself is its cloud's."""
    ours = ("kubernetes:", "slipway:serving:", "slipway:teams:")
    return {key for key in rows if key[0].startswith(ours) and not key[1].startswith("cluster-")}


def mentions(source: str) -> Iterator[str]:
    """The names of clouds in a module: kinds as texts, and names of classes and modules; comments say what they like."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str(text)) if text in KINDS:
                yield text
            case ast.Name(id=name) | ast.Attribute(attr=name) if NAME.search(name):
                yield name
            case ast.ImportFrom(names=names):
                yield from (each.name for each in names if NAME.search(each.name))


def test_no_other_module_calls_a_cloud_by_its_name():
    found = {}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if not PLACES.match(name) and (said := sorted(set(mentions(path.read_text())))):
                found[name] = said
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        'if cluster.kind == "eks": pass',
        "isinstance(store, GcsStore)",
        "from components.clusters.spec import GkeCluster",
        "cloud is Cloud.AWS",
        'own = {"gcs": 1}',
    ],
)
def test_the_rule_finds_a_name(source):
    assert list(mentions(source))


def test_the_rule_lets_everything_else_be():
    assert list(mentions('"""As on EKS."""\nsee = "s3"\nlog = "https://cloud.google.com"')) == []
