"""The size of files that a stack's lock says: what is refused for it, and the time that pods get."""

import pytest

from catalog.errors import SeveralErrors
from components.serving.spec import Accelerators, Artifact, ModelDeployment, ModelServer, Predictor, Resources
from runner import checking, rendering
from stacks import sizes
from stacks.locks import LockEntry, LockFile
from stacks.models import CATALOG
from stacks.references import artifact_key, image_key
from stacks.resolution import parts
from stacks.settings import Engine, from_file, parse, stack_file
from tests.stacks.local import DIGEST

LARGE = ModelDeployment(
    name="large",
    team="science",
    predictors=(
        Predictor(
            graph=ModelServer(
                format="triton",
                artifact=Artifact(name="large"),
                resources=Resources(accelerators=Accelerators(kind="l4")),
            )
        ),
    ),
)


def lock(size):
    entry = LockEntry(reference="large", immutable="models/large/x/", digest=DIGEST, date="2026-11-21", bytes=size)
    return LockFile(entries={"artifact:large": entry})


@pytest.fixture
def settings(monkeypatch):
    monkeypatch.setitem(CATALOG, "large", LARGE)
    read = from_file(stack_file("local"))
    return parse(
        {
            "cluster": read.cluster.model_dump(mode="json", exclude_unset=True),
            "store": read.store.model_dump(mode="json", exclude_unset=True),
            "teams": {"science": {"owner": "science@example.com"}},
            "models": {"large": {}},
            "locks": "counted",
        }
    )


def test_a_lock_without_a_size_says_nothing(settings):
    assert sizes.sizes(settings.declarations(), lock(None)) == {}
    assert sizes.sizes(settings.declarations(), LockFile()) == {}
    assert sizes.sizes(settings.declarations(), lock(7)) == {Artifact(name="large"): 7}


def test_what_does_not_fit_by_its_lock_is_refused(settings):
    (error,) = sizes.errors(settings, lock(30 * 10**9))
    assert (error.path, error.rule) == ("models.large.predictors[0].graph.resources.accelerators", "FIT-2")
    assert "as the lock says" in error.why
    assert list(sizes.errors(settings, lock(10**9))) == []
    assert list(sizes.errors(settings, LockFile())) == []


def test_what_a_nodes_disk_does_not_hold_is_refused_by_its_lock(monkeypatch):
    """The image that the engine takes by itself, and the files: both as the lock says them."""
    settings = from_file(stack_file("dev-gke"))
    (model,) = (each for each in settings.declarations() if each.name == "llama-8b")
    (part,) = parts(model, settings.engine_of("llama-8b"))
    image = LockEntry(reference="vllm", immutable="vllm", digest=DIGEST, date="2026-11-21", bytes=10**10)
    known = {image_key(part.image): image, artifact_key(part.artifact): image}
    assert list(sizes.errors(settings, LockFile(entries=known))) == []
    known[image_key(part.image)] = image.model_copy(update={"bytes": 10**11})
    (error,) = sizes.errors(settings, LockFile(entries=known))
    assert (error.path, error.rule) == ("models.llama-8b.predictors[0].graph", "FIT-12")
    assert "3 times an image of 100 GB" in error.why
    assert 'acknowledge={"FIT-12"' in error.fix
    monkeypatch.setitem(CATALOG, "llama-8b", model.model_copy(update={"acknowledge": {"FIT-12": "streamed"}}))
    assert list(sizes.errors(settings, LockFile(entries=known))) == []


def test_check_and_render_ask_the_lock(settings, monkeypatch, tmp_path):
    for room in (checking, rendering):
        monkeypatch.setattr(room, "from_file", lambda _: settings)
        monkeypatch.setattr(room, "read_lock", lambda *_: lock(30 * 10**9))
    monkeypatch.setattr(checking, "lock_path", lambda *_: tmp_path)
    assert "FIT-2" in [error.rule for error in checking.check("local")]
    monkeypatch.setattr(rendering, "load_file", lambda _: [LARGE])
    with pytest.raises(SeveralErrors) as caught:
        rendering.file(tmp_path, "local")
    assert [error.rule for error in caught.value.errors] == ["FIT-2"]
    for room in (checking, rendering):
        monkeypatch.setattr(room, "read_lock", lambda *_: lock(10**9))
    assert "FIT-2" not in [error.rule for error in checking.check("local")]
    assert rendering.file(tmp_path, "local").objects


def test_the_downloaders_memory_is_held_against_what_the_lock_says(monkeypatch):
    """All models together, on the engine that is asked for: of a stack's own, and of `render --engine`."""
    settings = from_file(stack_file("dev-gke"))
    (iris,) = (each for each in settings.declarations() if each.name == "iris")

    def locked(size):
        entry = LockEntry(reference="iris", immutable="models/iris/x/", digest=DIGEST, date="2026-11-21", bytes=size)
        return LockFile(entries={artifact_key(iris.predictors[0].graph.artifact): entry})

    on_kserve = settings.model_copy(update={"engine": Engine.KSERVE})
    (error,) = sizes.errors(on_kserve, locked(4 * 10**10))
    assert (error.path, error.rule) == ("models.iris", "FIT-10")
    assert list(sizes.errors(on_kserve, locked(10**9))) == []
    assert list(sizes.errors(settings, locked(4 * 10**10))) == []

    monkeypatch.setattr(rendering, "from_file", lambda _: settings)
    monkeypatch.setattr(rendering, "read_lock", lambda *_: locked(4 * 10**10))
    with pytest.raises(SeveralErrors) as caught:
        rendering.stack("dev-gke", model="iris", engine="kserve")
    assert [error.rule for error in caught.value.errors] == ["FIT-10"]
    monkeypatch.setattr(rendering, "read_lock", lambda *_: locked(10**9))
    assert rendering.stack("dev-gke", model="iris", engine="kserve").objects


def test_pods_get_the_time_that_their_files_take(settings, monkeypatch, tmp_path):
    def deadline(size):
        monkeypatch.setattr(rendering, "from_file", lambda _: settings)
        monkeypatch.setattr(rendering, "read_lock", lambda *_: lock(size))
        (made,) = [each for each in rendering.stack("local").objects if each["kind"] == "Deployment"]
        probe = made["spec"]["template"]["spec"]["containers"][0]["startupProbe"]
        return made["spec"]["progressDeadlineSeconds"], probe["periodSeconds"] * probe["failureThreshold"]

    assert deadline(10**9) == (600, 600)
    longer, probed = deadline(20 * 10**9)
    assert longer == probed == 120 + 200 + 460 + 300  # the image, the files, what it takes to be ready, and a margin
