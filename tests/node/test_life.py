"""Up and down: what a stop leaves, what survives it, and what a kill or a failure in between does."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog.errors import SlipwayError
from catalog.places import CLONE
from sandbox.node import life, network, ports, prepare, processes
from sandbox.node.endpoints import load
from sandbox.node.layout import Layout
from tests.counts import count
from tests.node.fixtures import Host, Sandbox, get, in_namespace, left_of, namespace_of, own_state, sandbox

__all__ = ["own_state", "sandbox"]
pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(1800)]
NOTE = "/api/v1/namespaces/default/configmaps/note"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state directory that the tests of this module bring up and down, in an order that needs few starts."""
    directory = tmp_path_factory.mktemp("life") / "state"
    yield directory
    life.reset(directory)


def brought_up(state: Path, **options: Any) -> Sandbox:
    return Sandbox(state, life.up(state, **options))


def been_up(state: Path) -> Layout:
    """A node that is down and was up before; it is started only for a test that is run alone."""
    layout = Layout.of(state)
    if not layout.identity.exists():
        life.up(state)
    life.down(state)
    return layout


def settled(layout: Layout, cluster_id: str, namespace: str) -> list[str]:
    """What a node left, after a moment: the processes of a killed one need a few milliseconds to end."""
    deadline = time.monotonic() + 2
    while (left := left_of(layout, cluster_id) + [f"pid {pid}" for pid in in_namespace(namespace)]) != []:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return left


def test_simulation_alone_then_real_pods(state: Path, figure) -> None:
    begun = time.monotonic()
    simulated = brought_up(state, simulation=True)
    figure(f"simulation only, from nothing: {time.monotonic() - begun:.1f} s")
    assert simulated.endpoints.missing == ("simulation only was asked for",)
    assert simulated.endpoints.node_name == network.SIMULATED_NODE
    assert "kubelet" not in {part.name for part in life.status(state)}
    runs_as_simulated(simulated)
    real = brought_up(state)
    assert real.endpoints.real_pods
    nodes = (real.api().get("/api/v1/nodes") or {})["items"]
    assert [node["metadata"]["name"] for node in nodes] == [network.NODE_NAME]


def runs_as_simulated(one: Sandbox) -> None:
    """A pod is placed on the simulated node and said to run there."""
    spec = {"containers": [{"name": "main", "image": "example.invalid/model:1"}]}
    thing = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pretend", "namespace": "default"}, "spec": spec}
    api, path = one.api(), "/api/v1/namespaces/default/pods/pretend"
    deadline = time.monotonic() + 30
    while api.get("/api/v1/namespaces/default/serviceaccounts/default") is None and time.monotonic() < deadline:
        time.sleep(0.05)
    api.apply(thing)
    while ((found := api.get(path)) or {})["status"].get("phase") != "Running":
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    assert found is not None
    assert found["spec"]["nodeName"] == network.SIMULATED_NODE
    assert found["status"]["podIP"].startswith("10.123.")
    # What the node controller does to the pods of a node that was late, as on a machine that slept.
    before = readiness(api.get(path))
    api.patch_status(path, {"conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": LONG_AGO}]})
    while (now := readiness(api.get(path)))["Ready"][0] != "True" or now["Ready"][1] == LONG_AGO:
        assert time.monotonic() < deadline, now
        time.sleep(0.05)
    assert before.pop("Ready")[0] == now.pop("Ready")[0] == "True"
    assert before == now, "nothing else changed"


LONG_AGO = "2026-01-01T00:00:00Z"


def readiness(found: dict[str, Any] | None) -> dict[str, tuple[str, str]]:
    """Status and time of every condition of a pod."""
    conditions = (found or {})["status"]["conditions"]
    return {each["type"]: (each["status"], each["lastTransitionTime"]) for each in conditions}


@pytest.mark.parametrize("victim", ["owner", "init"])
def test_one_kill_ends_all_and_up_starts_again(state: Path, victim: str) -> None:
    one = brought_up(state)
    owner = processes.read_owner(one.layout)
    assert owner is not None
    namespace, (init,) = namespace_of(one.layout), processes.children(owner.pid)
    os.kill(owner.pid if victim == "owner" else init, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while (in_namespace(namespace) or owner.alive) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert in_namespace(namespace) == []
    with pytest.raises(SlipwayError, match="is not up"):
        load(state)
    if victim == "owner":  # its empty control groups are all that is left; `down` removes them
        life.down(state)
        assert settled(one.layout, one.endpoints.cluster_id, namespace) == []
    assert life.up(state) == one.endpoints


def test_certificates_that_went_bad_are_issued_again(state: Path) -> None:
    one = brought_up(state)
    (one.layout.pki / "server.crt").write_text("damaged")
    (one.layout.pki / "scheduler.key").unlink()
    said: list[str] = []
    brought_up(state, progress=lambda part, text, seconds: said.append(f"{part}: {text}"))
    assert "certificates: certificate server cannot be read (damaged file): issued again" in said
    assert "certificates: certificate scheduler has lost its key file: issued again" in said
    assert "node: is started again: its configuration has changed" in said
    assert one.api().request("GET", "/readyz").status == 200


def test_an_up_that_is_killed_is_resumed(state: Path, figure) -> None:
    kills = count(test=1, prove=5, soak=20)
    chance = random.Random(7)
    for _ in range(kills):
        life.down(state)
        argv = [sys.executable, "-m", "sandbox.node", "up"]
        started = subprocess.Popen(
            argv, cwd=CLONE, env={**os.environ, "SLIPWAY_STATE": str(state)}, stderr=-3, stdout=-3
        )
        time.sleep(chance.uniform(0.3, 4.0))
        started.kill()
        started.wait()
        one = brought_up(state)
        assert one.api().request("GET", "/readyz").status == 200
        assert {part.state for part in life.status(state)} == {"ready"}
    figure(f"{kills} kills of a start: all resumed")


def test_two_sandboxes_live_beside_each_other(sandbox: Sandbox, state: Path) -> None:
    other = brought_up(state)
    note = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "own", "namespace": "default"}}
    other.api().apply(note)
    assert sandbox.api().get("/api/v1/namespaces/default/configmaps/own") is None
    assert other.endpoints.cluster_id != sandbox.endpoints.cluster_id
    for one in (sandbox, other):
        assert get(f"{one.endpoints.s3}/healthz")[0] == 200
        assert {part.state for part in life.status(one.state)} == {"ready"}
    life.down(state)
    assert sandbox.api().request("GET", "/readyz").status == 200


def test_cycles_leave_nothing_and_lose_nothing(state: Path, figure) -> None:
    cycles = count(test=1, prove=5, soak=50)
    life.down(state)
    before = Host()
    starts, stops = [], []
    for cycle in range(cycles):
        begun = time.monotonic()
        one = brought_up(state)
        starts.append(time.monotonic() - begun)
        assert Host() == before, "while it is up"
        api, namespace = one.api(), namespace_of(one.layout)
        note = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "note", "namespace": "default"}}
        if cycle == 0:
            api.apply({**note, "data": {"said": "once"}})
        assert (api.get(NOTE) or {})["data"] == {"said": "once"}
        kept = (one.endpoints.cluster_id, ports.read(one.layout.ports))
        begun = time.monotonic()
        life.down(state)
        stops.append(time.monotonic() - begun)
        # Whatever is left of a killed group of threads is gone now, not soon.
        assert left_of(one.layout, one.endpoints.cluster_id) == []
        assert in_namespace(namespace) == []
        assert Host() == before
        assert kept == ((one.layout.identity.read_text(), ports.read(one.layout.ports)))
    figure(
        f"{cycles} up/down cycles: start {min(starts):.1f}-{max(starts):.1f} s, stop {min(stops):.2f}-{max(stops):.2f} s"
    )
    assert sorted(stops)[len(stops) // 2] <= 1.0


def test_after_down_there_is_no_sandbox(state: Path) -> None:
    been_up(state)
    life.down(state)
    assert [part.state for part in life.status(state)] == ["stopped"]
    with pytest.raises(SlipwayError, match="slipway sandbox up"):
        load(state)


def test_a_taken_port_is_an_error_before_anything_starts(state: Path) -> None:
    layout = been_up(state)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", ports.read(layout.ports)["gateway"]))
        other.listen()
        with pytest.raises(SlipwayError, match=r"to have new ports chosen$") as caught:
            life.up(state)
    assert f"taken by pid {os.getpid()}" in caught.value.value
    assert processes.of_node(layout) == []
    assert not layout.owner.exists()


def test_a_part_that_cannot_run_is_named_and_nothing_stays(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    life.down(state)
    before, tool = Host(), prepare.locate.tool
    broken = {"kube-scheduler": Path("/bin/false")}
    monkeypatch.setattr(prepare.locate, "tool", lambda name: broken.get(name) or tool(name))
    with pytest.raises(SlipwayError, match=r"slipway sandbox logs scheduler`") as caught:
        life.up(state)
    assert caught.value.path == "sandbox part scheduler"
    assert "exited with 1" in caught.value.why
    cluster_id = Layout.of(state).identity.read_text()
    assert left_of(Layout.of(state), cluster_id) == []
    assert Host() == before


def test_a_full_disk_is_an_error_before_anything_starts(own_state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.node.host.NEEDED_BYTES", 2**60)
    with pytest.raises(SlipwayError, match="SLIPWAY_STATE"):
        life.up(own_state, simulation=True)
    assert processes.of_node(Layout.of(own_state)) == []
