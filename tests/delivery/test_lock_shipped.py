"""The shipped cloud stacks: locked by content, and what no lock says is counted or refused."""

import re
import subprocess
import sys

import pytest

from catalog.places import CLONE
from components.serving.spec import BuiltImage, Image
from delivery.resolve import content
from runner import checking
from stacks import built
from stacks.locks import LockFile
from stacks.references import run_reference
from stacks.resolution import counted, images, lock_errors, read_lock, resolve
from stacks.settings import from_file, parse, stack_file
from tests.stacks.test_shipped import CLOUD_STACKS

REGISTRIES = {
    "dev-eks": "111122223333.dkr.ecr.us-east-1.amazonaws.com/example-dev-models",
    "prod-eks": "111122223333.dkr.ecr.us-east-1.amazonaws.com/example-prod-models",
    "dev-gke": "us-central1-docker.pkg.dev/example-dev-ml/example-dev-models",
    "prod-gke": "us-central1-docker.pkg.dev/example-prod-ml/example-prod-models",
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("iris") / "iris"
    subprocess.run([sys.executable, CLONE / "examples/iris/train.py", folder], check=True, capture_output=True)
    return content.resolve("iris", folder)


@pytest.mark.parametrize("stack", CLOUD_STACKS)
def test_the_shipped_lock_is_what_the_example_trains(stack, trained):
    entries = read_lock(stack, from_file(stack_file(stack))).entries
    assert set(entries) == {"artifact:iris"}
    assert entries["artifact:iris"].model_copy(update={"date": trained.date}) == trained


@pytest.mark.parametrize("stack", CLOUD_STACKS)
def test_a_shipped_stack_has_nothing_wrong_and_counts_what_no_lock_says(stack):
    assert checking.check(stack) == []
    assert [(said.rule, said.value) for said in checking.counted(stack)] == [
        ("LOCK-2", "examples/house_price"),
        ("LOCK-2", "sandbox/images/mlserver"),
        ("LOCK-2", "sandbox/images/artifact-fetch"),
        ("LOCK-4", "hf://meta-llama/Llama-3.1-8B-Instruct:main"),
        ("LOCK-3", "vllm/vllm-openai:v0.11.0"),
    ]


@pytest.mark.parametrize("stack", CLOUD_STACKS)
def test_where_locks_are_required_all_of_it_is_refused(stack):
    settings = from_file(stack_file(stack)).model_copy(update={"locks": "required"})
    lock = read_lock(stack, settings)
    assert len(list(lock_errors(stack, settings, lock, simulated=False))) == 5
    assert counted(stack, settings, lock) == []


def test_an_artifact_is_refused_in_either_way():
    settings = from_file(stack_file("prod-eks"))
    assert [e.rule for e in lock_errors("prod-eks", settings, LockFile(), simulated=False)] == ["LOCK-1"]


@pytest.mark.parametrize("stack", CLOUD_STACKS)
def test_a_built_image_runs_by_the_content_of_its_folder(stack):
    settings = from_file(stack_file(stack))
    lock, where = read_lock(stack, settings), built.registry(settings)
    assert where == REGISTRIES[stack]
    run = [p for m in settings.declarations() for p in resolve(m, settings.engine_of(m.name), lock, where)]
    key = built.folder_key("examples/house_price")[:20]
    assert [part.image for part in run] == [
        f"{where}/house-price:{key}",
        f"{where}/mlserver:{built.folder_key('sandbox/images/mlserver')[:20]}",
        "vllm/vllm-openai:v0.11.0",
    ]
    assert [part.fetch_image for part in run if part.fetch_image] == [
        f"{where}/artifact-fetch:{built.folder_key('sandbox/images/artifact-fetch')[:20]}"
    ]
    assert re.fullmatch(r"[0-9a-f]{20}", key)


def test_a_stack_that_says_no_registry_cannot_pull_what_is_built():
    values = {
        "cluster": {"kind": "existing", "name": "own", "kubeconfig": "~/.kube/config", "context": "own", "pools": {}},
        "store": {"kind": "s3", "bucket": "models", "endpoint": "https://s3.example.com"},
        "teams": {"science": {"owner": "a@example.com"}},
        "models": {"house-price": {}},
        "locks": "counted",
    }
    settings = parse(values)
    assert built.registry(settings) is None
    (error,) = lock_errors("own", settings, LockFile(), simulated=False)
    assert (error.rule, error.value) == ("LOCK-2", "examples/house_price")
    assert counted("own", settings, LockFile()) == []


def test_the_folders_of_built_images_are_there():
    for stack in CLOUD_STACKS:
        settings = from_file(stack_file(stack))
        for model in settings.declarations():
            for image in images(model, settings.engine_of(model.name)):
                assert isinstance(image, Image) or (CLONE / image.context / "Containerfile").is_file()


def folder(root, name, text="FROM slipway/python-base\n"):
    (root / name).mkdir(parents=True)
    (root / name / "Containerfile").write_text(text)


def test_the_key_follows_the_folder_and_its_base(tmp_path):
    folder(tmp_path, built.BASE_FOLDER, "FROM scratch\n")
    (tmp_path / "sandbox/images/rootfs.py").write_text("one")
    folder(tmp_path, "own")
    folder(tmp_path, "other", "FROM debian\n")
    first = {name: built.folder_key(name, tmp_path) for name in ("own", "other")}
    (tmp_path / "sandbox/images/rootfs.py").write_text("two")
    assert built.folder_key("own", tmp_path) != first["own"]
    assert built.folder_key("other", tmp_path) == first["other"]
    (tmp_path / "other" / "app.py").write_text("")
    assert built.folder_key("other", tmp_path) != first["other"]
    assert built.folder_key("other/", tmp_path) == built.folder_key("other", tmp_path)


def test_what_is_copied_from_elsewhere_is_part_of_the_key(tmp_path):
    folder(tmp_path, "sandbox/images/artifact-fetch", "FROM scratch\n")
    (tmp_path / "delivery/fetch").mkdir(parents=True)
    (tmp_path / "delivery/fetch/gcs.py").write_text("beside")
    (tmp_path / "delivery/fetch/fetch.py").write_text("one")
    first = built.tagged("sandbox/images/artifact-fetch", "registry", tmp_path)
    (tmp_path / "delivery/fetch/fetch.py").write_text("two")
    assert built.tagged("sandbox/images/artifact-fetch", "registry", tmp_path) != first


def test_a_locked_image_runs_by_its_digest(trained):
    image = BuiltImage(context="examples/house_price")
    entry = trained.model_copy(update={"immutable": "registry/house-price@sha256:" + "a" * 64})
    assert run_reference(image, LockFile(entries={"image:examples/house_price": entry}), "registry") == entry.immutable
    assert run_reference(image, LockFile(entries={"image:examples/other": entry})) == "examples/house_price"
