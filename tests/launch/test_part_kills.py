"""Whatever part of the sandbox is killed in the middle of an `up`, the next one takes it up, and nothing else is needed."""

import json
import os
import signal
import time

import pytest

from tests.counts import count
from tests.launch.killing import consistent, engine_of

pytestmark = [pytest.mark.cluster, pytest.mark.root]


@pytest.mark.parametrize(
    "part",
    [
        "apiserver",
        "etcd",
        "s3",
        "kubelet",
        "containerd",
        "gateway",
        "envoy",
        "scheduler",
        "controller-manager",
        "kwok",
        "registry",
        "kube-proxy",
    ][: count(test=1, prove=12, soak=12)],
)
def test_a_part_killed_in_the_middle_of_an_up(launched, part):
    pids = {row.split()[0]: row.split() for row in launched.ok("sandbox", "status").out.splitlines()}
    assert part in pids, sorted(pids)
    launched.ok("destroy", "--yes")
    process = launched.start("up")
    until = time.monotonic() + 60
    while engine_of(process) is None and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(2.0)
    os.kill(int(pids[part][2]), signal.SIGKILL)
    process.communicate(timeout=240)
    launched.ok("up")
    consistent(launched)
    assert json.loads(launched.ok("predict", "iris").out)["outputs"][0]["data"] == [0, 2]
