"""The provider as a process: where it starts, whom it talks to, when it ends."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from providers import wire
from tests.kubernetes.driver import CLONE, Failed, Provider, environment
from tests.ports import free_port

START = [sys.executable, "-m", "sandbox.providers.kubernetes", "127.0.0.1:1"]


@pytest.fixture
def fresh(tmp_path):
    running = Provider(tmp_path)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def idle(tmp_path_factory):
    """A provider that is never configured."""
    running = Provider(tmp_path_factory.mktemp("idle"))
    try:
        yield running
    finally:
        running.stop()


def unreachable():
    return f"""{{"current-context": "c", "contexts": [{{"name": "c", "context": {{"cluster": "c"}}}}],
        "clusters": [{{"name": "c", "cluster": {{"server": "http://127.0.0.1:{free_port()}"}}}}]}}"""


@pytest.mark.parametrize(
    "change",
    [
        {"SLIPWAY_STANDIN_HOME": ""},
        {"SLIPWAY_STANDIN_HOME": "/tmp"},
        {"PULUMI_HOME": ""},
        {"PULUMI_BACKEND_URL": "file:///tmp"},
        {"PULUMI_BACKEND_URL": "s3://bucket"},
        {"PULUMI_BACKEND_URL": ""},
    ],
)
def test_it_starts_only_for_an_engine_that_slipway_made(tmp_path, change):
    done = subprocess.run(
        START, check=False, cwd=CLONE, env=environment(tmp_path) | change, capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "stand-in: nothing would exist\n")


def test_it_does_not_start_in_a_home_without_the_mark(tmp_path):
    variables = environment(tmp_path)
    (tmp_path / "pulumi/home/made-by-slipway").unlink()
    done = subprocess.run(START, check=False, cwd=CLONE, env=variables, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (1, "stand-in: nothing would exist\n")


def test_it_says_which_provider_it_is(fresh, plane):
    assert fresh.call("GetPluginInfo", empty_pb2.Empty()).version == "4.34.2"
    answer = fresh.configure(kubeconfig=plane.kubeconfig)
    assert answer.acceptSecrets
    assert answer.supportsPreview
    assert [
        line
        for line in fresh.log.lines
        if line[2].startswith("kubernetes: Slipway stand-in 4.34.2 for https://127.0.0.1:")
    ]


def test_a_kubeconfig_may_be_a_path_and_a_secret(fresh, plane, config_map):
    fresh.configure(kubeconfig=wire.Secret(str(plane.kubeconfig_path)))
    assert fresh.resource(config_map()).create().id


def test_an_unreachable_cluster_is_one_clear_sentence(fresh):
    begun = time.monotonic()
    with pytest.raises(
        Failed,
        match=r"^kubeconfig \(http://127\.0\.0\.1:\d+\): the cluster cannot be reached: nothing listens at this address",
    ):
        fresh.configure(kubeconfig=unreachable())
    assert time.monotonic() - begun < 5


def test_a_refused_user_is_named_as_such(fresh, plane):
    stranger = plane.config_for("stranger", "nobody")
    fresh.configure(kubeconfig=stranger)
    with pytest.raises(Failed, match=r"(?s)forbidden: User .* fix: give the kubeconfig's user this right"):
        fresh.resource(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "default"}}
        ).create()


def test_a_cluster_that_is_not_known_yet_passes_inputs_through(fresh, config_map):
    fresh.configure(kubeconfig=wire.UNKNOWN)
    resource = fresh.resource(config_map())
    assert resource.news == config_map()
    with pytest.raises(Failed, match="kubeconfig: is not known yet"):
        resource.create()


def test_functions_are_refused_by_name(idle):
    with pytest.raises(Failed, match=r"kubernetes:yaml:decode: the stand-in has no functions"):
        idle.call("Invoke", provider_pb2.InvokeRequest(tok="kubernetes:yaml:decode"))


def test_methods_it_does_not_have_are_said_to_be_missing(idle):
    with pytest.raises(Failed, match="not implemented"):
        idle.call("Construct", provider_pb2.ConstructRequest())


def test_settings_it_would_not_follow_are_refused(idle):
    def failures(**settings):
        answer = idle.call("CheckConfig", provider_pb2.CheckRequest(news=wire.encode(settings)))
        return {failure.property for failure in answer.failures}

    assert failures(kubeconfig="x", namespace="y", enableConfigMapMutable="true") == set()
    assert failures(kubeconfig="x", renderYamlToDirectory="out") == {"renderYamlToDirectory"}
    assert failures(kubeconfig="x", enableServerSideApply="false") == {"enableServerSideApply"}
    assert failures() == {"kubeconfig"}


@pytest.mark.parametrize(
    ("old", "new", "replaces"),
    [
        ({"kubeconfig": "A", "clusterIdentifier": "i"}, {"kubeconfig": "B", "clusterIdentifier": "i"}, []),
        (
            {"kubeconfig": "A", "clusterIdentifier": "i"},
            {"kubeconfig": "A", "clusterIdentifier": "j"},
            ["clusterIdentifier"],
        ),
        ({"kubeconfig": "A", "clusterIdentifier": "i"}, {"kubeconfig": wire.UNKNOWN, "clusterIdentifier": "i"}, []),
        ({"kubeconfig": "A"}, {"kubeconfig": wire.UNKNOWN}, ["kubeconfig"]),
        ({"kubeconfig": "A"}, {"kubeconfig": "A", "namespace": "n"}, []),
        ({"kubeconfig": "A"}, {"kubeconfig": "B"}, ["kubeconfig"]),
    ],
)
def test_another_cluster_is_another_provider(idle, old, new, replaces):
    answer = idle.call("DiffConfig", provider_pb2.DiffRequest(old_inputs=wire.encode(old), news=wire.encode(new)))
    assert list(answer.replaces) == replaces


def test_the_same_server_with_new_credentials_is_the_same_cluster(idle, plane):
    old, new = {"kubeconfig": plane.kubeconfig}, {"kubeconfig": plane.config_for("other", "system:masters")}
    answer = idle.call("DiffConfig", provider_pb2.DiffRequest(old_inputs=wire.encode(old), news=wire.encode(new)))
    assert (answer.changes, list(answer.replaces)) == (2, [])


def test_it_starts_fast_and_stays_small(fresh, figure):
    memory = psutil.Process(fresh.process.pid).memory_info().rss / 2**20
    figure(f"kubernetes stand-in: starts in {fresh.started_s:.2f} s, {memory:.0f} MiB")
    assert fresh.started_s < 2, "0.3 s on an idle machine"
    assert memory < 90


def test_it_ends_with_its_engine(tmp_path):
    script = (
        "import subprocess, sys, time\np = subprocess.Popen(sys.argv[1:])\nprint(p.pid, flush=True)\ntime.sleep(60)"
    )
    engine = subprocess.Popen(
        [sys.executable, "-c", script, *START], cwd=CLONE, env=environment(tmp_path), stdout=subprocess.PIPE, text=True
    )
    with engine:
        child = psutil.Process(int(engine.stdout.readline()))
        assert engine.stdout.readline().strip().isdigit(), "the port"
        os.kill(engine.pid, signal.SIGKILL)
        engine.wait()
    _, alive = psutil.wait_procs([child], timeout=5)
    for process in alive:
        process.kill()
    assert not alive


def test_it_ends_with_an_engine_that_is_gone_before_it_has_started(tmp_path):
    """The engine is whoever reads the port; the process that has started the provider lives on."""
    provider = subprocess.Popen(START, cwd=CLONE, env=environment(tmp_path), stdout=subprocess.PIPE)
    assert provider.stdout
    provider.stdout.close()
    try:
        assert provider.wait(15) == 0
    finally:
        provider.kill()
