"""The running sandbox: what it offers, and that the host around it is as before."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from catalog.errors import SlipwayError
from catalog.places import CLONE
from sandbox.node import life, network, parts, processes
from sandbox.node.endpoints import load
from tests.counts import count
from tests.node.fixtures import Sandbox, get, image, pod, sandbox

__all__ = ["sandbox"]
pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(180)]


def wait_for(what: str, holds, seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not in {seconds:.0f} s: {what}"
        time.sleep(0.1)
    return found


def finished(sandbox: Sandbox, path: str) -> str | None:
    """The log of a pod that has ended."""
    api = sandbox.api()
    phase = (api.get(path) or {"status": {}})["status"].get("phase")
    if phase not in ("Succeeded", "Failed"):
        return None
    answer = api.request("GET", f"{path}/log")
    assert phase == "Succeeded", answer.body
    return str(answer.body.get("message") or json.dumps(answer.body))


def test_everything_is_reached_through_ports_on_the_loopback(sandbox: Sandbox) -> None:
    found = sandbox.endpoints
    assert sandbox.api().request("GET", "/readyz").status == 200
    assert get(f"{found.s3}/healthz")[0] == 200
    assert get(f"http://{found.registry}/v2/")[0] == 200
    assert get(found.gateway) == (404, "no model has this route\n")
    assert "<Error>" in get(found.s3_admin)[1]  # it asks for a signature
    assert all("127.0.0.1" in address for address in (found.api_server, found.s3, found.s3_admin, found.gateway))


def test_it_has_real_pods_and_says_so(sandbox: Sandbox) -> None:
    assert (sandbox.endpoints.real_pods, sandbox.endpoints.missing) == (True, ())
    assert load(sandbox.state) == sandbox.endpoints
    node = sandbox.api().get(f"/api/v1/nodes/{sandbox.endpoints.node_name}")
    assert node is not None
    assert node["metadata"]["labels"][network.POOL_LABEL] == "system"


def test_secrets_are_the_owners_alone(sandbox: Sandbox) -> None:
    private = [sandbox.endpoints.kubeconfig, sandbox.endpoints.s3_root_file, sandbox.layout.plan]
    assert {file.stat().st_mode & 0o777 for file in private} == {0o600}
    shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert json.loads(sandbox.endpoints.s3_root_file.read_text())["secret_key"] not in shown


def test_every_part_is_listed_with_its_process(sandbox: Sandbox) -> None:
    listed = life.status(sandbox.state)
    assert {part.state for part in listed} == {"ready"}
    assert {"node", "etcd", "apiserver", "kubelet", "containerd", "envoy", "s3"} <= {part.name for part in listed}
    for part in listed:
        assert part.pid is not None
        assert processes.started(part.pid) is not None
        life.logs(sandbox.state, part.name)
    etcd = next(part.pid for part in listed if part.name == "etcd")
    assert "etcd" in Path(f"/proc/{etcd}/cmdline").read_text()


SCRIPT = """
import json, socket, time, urllib.request
def reach(host):
    begun = time.monotonic()
    try:
        socket.create_connection((host, 80), 5)
    except OSError as error:
        return [error.errno, time.monotonic() - begun < 2]
names = ["kubernetes.default.svc.cluster.local", "s3.slipway-system.svc.cluster.local"]
found = {"names": [socket.gethostbyname(name) for name in names]}
try:
    socket.gethostbyname("nothing.default.svc.cluster.local")
except socket.gaierror as error:
    found["unknown"] = error.errno
found["s3"] = urllib.request.urlopen("http://s3.slipway-system.svc.cluster.local:9000/healthz", timeout=5).status
found["outside"], found["simulated"] = reach("192.0.2.1"), reach("10.123.0.7")
print(json.dumps(found))
"""


def test_a_pod_runs_resolves_names_reaches_s3_and_nothing_outside(sandbox: Sandbox) -> None:
    thing = pod("resolver", image(sandbox.endpoints, "python-base"), SCRIPT)
    path = "/api/v1/namespaces/default/pods/resolver"
    sandbox.api().apply(thing)
    try:
        said = json.loads(wait_for("the pod ends", lambda: finished(sandbox, path)))
    finally:
        sandbox.api().delete(path)
    assert said["names"][0] == network.API_SERVICE_IP
    assert said["s3"] == 200
    assert said["unknown"] < 0
    # Network or host unreachable, at once: nothing leaves the node.
    assert said["outside"] in ([101, True], [113, True])
    assert said["simulated"] in ([101, True], [113, True])


def test_a_restricted_namespace_takes_no_pod_that_may_do_more(sandbox: Sandbox) -> None:
    thing: Any = pod("loose", "x", "")
    thing["metadata"]["namespace"] = network.SYSTEM_NAMESPACE
    thing["spec"]["hostNetwork"] = True
    with pytest.raises(SlipwayError, match="slipway sandbox logs apiserver") as caught:
        sandbox.api().apply(thing)
    assert 'violates PodSecurity "restricted' in caught.value.why


def test_a_running_sandbox_is_up_at_once(sandbox: Sandbox, figure) -> None:
    times = []
    for _ in range(3):
        begun = time.monotonic()
        assert life.up(sandbox.state) == sandbox.endpoints
        times.append(time.monotonic() - begun)
    figure(f"up of a running sandbox: {min(times):.2f} s")
    assert min(times) < 3.0  # a start takes longer even where nothing else runs


def test_a_second_up_at_the_same_time_is_refused_with_who_is_at_it(sandbox: Sandbox, tmp_path: Path) -> None:
    holds = (
        "import sys; from pathlib import Path; from sandbox.node.layout import Layout; "
        "from sandbox.node.locking import exclusive\n"
        f"with exclusive(Layout.of(Path({str(sandbox.state)!r})), 'up'): print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", holds], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CLONE
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        for act in (life.up, life.down, life.reset):
            with pytest.raises(SlipwayError, match=r"run this again$") as caught:
                act(sandbox.state)
            assert f"`up` of pid {other.pid}" in caught.value.why
    finally:
        other.kill()
        other.communicate()
    assert life.up(sandbox.state) == sandbox.endpoints  # a lock dies with its holder


def test_whatever_is_killed_up_makes_it_well(sandbox: Sandbox, figure) -> None:
    """One part at a time in `prove`, a few at once in `test`."""
    slowest = ("", 0.0)
    before = {part.name: part.pid for part in life.status(sandbox.state)}
    for victims in batched((name for name in before if name != parts.NODE), count(test=4, prove=1, soak=1)):
        for name in victims:
            os.kill(before[name] or 0, signal.SIGKILL)
        begun = time.monotonic()
        assert life.up(sandbox.state) == sandbox.endpoints, victims
        slowest = max(slowest, (", ".join(victims), time.monotonic() - begun), key=lambda pair: pair[1])
        after = {part.name: part for part in life.status(sandbox.state)}
        for name in victims:
            assert after[name].pid not in (None, before[name]), name
        assert {part.state for part in after.values()} == {"ready"}, victims
        assert after[parts.NODE].pid == before[parts.NODE], victims  # healed, not started again
        before = {name: part.pid for name, part in after.items()}
    figure(f"healing what was killed: {slowest[1]:.1f} s at most ({slowest[0]})")


def batched(names: Iterable[str], size: int) -> Iterator[tuple[str, ...]]:
    rest = iter(names)
    while batch := tuple(islice(rest, size)):
        yield batch
