"""A stack for the user's own Pulumi: it is run as it is, or refused before anything starts, with all that is missing."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from components.versions import KUBERNETES_PROVIDER
from tests.runner.cloud import Cluster, Person
from tests.runner.own_home import fingerprint

READY = {
    "metadata": {"name": "house-price", "namespace": "science", "generation": 1},
    "spec": {"replicas": 1},
    "status": dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas", "observedGeneration"), 1),
}


@pytest.fixture(scope="module")
def cluster():
    server = Cluster()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def person(tmp_path, cluster):
    return Person(tmp_path, cluster)


def test_it_runs_as_the_user_made_it(person, cluster):
    plugin = person.official_plugin()
    before = fingerprint(person.home)
    person.extra = {"PULUMI_CONFIG_PASSPHRASE": "theirs", "AWS_PROFILE": "theirs"}
    cluster.answers = {
        "/apis/apps/v1/namespaces/science/deployments/house-price": (200, READY),
        "/api/v1/namespaces/science/pods": (200, {"items": []}),
        "/api/v1/namespaces/science/services/house-price:http/proxy/predict": (200, {"price": 1.5}),
    }
    done = person.slipway("up", "-s", "cloud")
    cluster.answers = {}
    assert done.code == 0, done.text
    assert f"official {KUBERNETES_PROVIDER}, {plugin}" in done.err
    assert f"your own Pulumi: {person.pulumi}, backend https://backend.invalid" in done.err
    assert "Kubernetes v1.33.7, as somebody@example.com" in done.err
    assert "2 create" in done.err
    assert '"price": 1.5' in done.out
    assert "stand-in" not in done.text
    told = person.told()
    assert told["PULUMI_HOME"] == str(person.home)
    assert (told["PULUMI_CONFIG_PASSPHRASE"], told["AWS_PROFILE"]) == ("theirs", "theirs")
    for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE", "SLIPWAY_STANDIN_HOME"):
        assert name not in told
    assert "PULUMI_OPTION_CONFIG_FILE" not in told
    (call,) = person.calls()
    assert call.startswith("up -s cloud ")
    assert fingerprint(person.home) == before
    assert not (person.state / "pulumi" / "home").exists()
    assert not (person.state / "sandbox").exists()


def test_a_plugin_that_its_pulumi_gets_itself_is_enough(person):
    done = person.slipway("preview", "-s", "cloud")
    assert done.code == 0, done.text
    assert f"kubernetes: official {KUBERNETES_PROVIDER}, which your Pulumi gets itself" in done.err


def test_a_killed_run_leaves_nothing_that_the_next_one_does_not_remove(person):
    temporary = person.directory / "tmp"
    temporary.mkdir()
    person.extra = {"TMPDIR": str(temporary)}
    (person.said / "hang").touch()
    killed = person.start("up", "-s", "cloud")
    deadline = time.monotonic() + 30
    while not (person.said / "log").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    log = Path((person.said / "log").read_text().strip())
    assert log.parent == person.state / "pulumi" / "run-cloud"
    assert log.parent.exists()
    (log.parent / "of-the-dead").touch()
    (person.said / "hang").unlink()
    done = person.slipway("preview", "-s", "cloud")
    assert done.code == 0, done.text
    assert not log.parent.exists()
    assert not list(temporary.iterdir())


def test_everything_that_is_missing_is_said_at_once(person):
    shutil.rmtree(person.home)
    person.pulumi.unlink()
    person.extra = {"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}
    done = person.slipway("up", "-s", "cloud")
    assert done.code == 2
    assert done.err.count("error:") == 1
    for words in (
        "the pulumi command on PATH",
        "a backend for the state (pulumi login, or PULUMI_BACKEND_URL)",
        f"pulumi plugin install resource kubernetes {KUBERNETES_PROVIDER}",
        "nothing has been started",
    ):
        assert words in done.err
    assert "Traceback" not in done.err
    assert not person.was_called()


def _slipways_own(person):
    """It lies in Slipway's cache, where an official download may be, too."""
    cache = person.directory / "cache"
    folder = cache / "toolchain" / "key" / "pulumi"
    folder.mkdir(parents=True)
    person.pulumi.rename(folder / "pulumi")
    person.extra = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "SLIPWAY_CACHE": str(cache)}
    return "the pulumi command on PATH, other than"


def _beside_our_language_host(person):
    host = person.pulumi.with_name("pulumi-language-python")
    host.write_text("#!/bin/sh\n# Slipway's; runs slipway\n")
    return "the pulumi command on PATH, other than"


def _made_home(person):
    (person.home / "made-by-slipway").touch()
    return "was made by Slipway for its sandbox"


def _made_backend(person):
    person.extra = {"PULUMI_BACKEND_URL": f"file://{person.state}/pulumi/backend"}
    return "a backend of your own"


def _stand_in(person):
    person.official_plugin().write_text("#!/bin/sh\n")
    return "is a stand-in; remove it"


def _stand_in_on_path(person):
    plugin = person.pulumi.with_name("pulumi-resource-kubernetes")
    plugin.write_text("#!/bin/sh\n")
    plugin.chmod(0o755)
    return "is a stand-in; remove it"


def _logged_out(person):
    (person.home / "credentials.json").write_text("{")
    return "a backend for the state"


def _no_cluster(person):
    path = person.directory / "kubeconfig"
    path.write_text(path.read_text().replace("http://127.0.0.1:", "http://127.0.0.1:1/"))
    return "cannot be reached"


def _no_lock(person):
    (person.path / "stacks" / "locks" / "cloud.json").unlink()
    return "models.house-price.image"


@pytest.mark.parametrize(
    "change",
    [
        _slipways_own,
        _beside_our_language_host,
        _made_home,
        _made_backend,
        _stand_in,
        _stand_in_on_path,
        _logged_out,
        _no_cluster,
        _no_lock,
    ],
    ids=lambda change: change.__name__.strip("_"),
)
def test_one_thing_missing_is_refused_before_the_engine_starts(person, change):
    words = change(person)
    done = person.slipway("up", "-s", "cloud")
    assert done.code == 2, done.text
    assert words in done.err
    assert done.err.count("error:") == 1
    assert "Traceback" not in done.err
    assert not person.was_called()
