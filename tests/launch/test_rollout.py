"""A new artifact version takes over without a lost request; a wrong one never does."""

import json
import subprocess
import sys
import time

import pytest

from tests.counts import count
from tests.launch.load import Load

pytestmark = [pytest.mark.cluster, pytest.mark.root]

RATE = 200.0


def _train(clone, folder, strength):
    command = [sys.executable, clone.path / "examples" / "iris" / "train.py", folder, "--c", str(strength)]
    subprocess.run(command, check=True, capture_output=True)


def _sample(clone):
    sys.path.insert(0, str(clone.path))
    from stacks.models import CATALOG

    sample = CATALOG["iris"].sample
    return f"{clone.endpoints()['gateway']}/science/iris{sample.path}", sample.body


def _version(clone) -> str:
    return json.loads(clone.ok("predict", "iris").out)["model_version"]


def test_a_new_version_rolls_over_without_a_failed_request(launched, tmp_path, figure):
    _train(launched, tmp_path / "iris", 0.5)
    before = _version(launched)
    assert "files" in launched.ok("artifact", "push", "iris", str(tmp_path / "iris")).err
    assert "already" in launched.ok("artifact", "push", "iris", str(tmp_path / "iris")).err
    url, body = _sample(launched)
    wanted = count(test=2000, prove=10_000, soak=10_000)
    with Load(url, body, RATE) as load:
        while len(load.seconds) < wanted // 2:
            time.sleep(0.1)
        first = len(load.seconds)
        began = time.monotonic()
        launched.ok("up")
        took = time.monotonic() - began
        while len(load.seconds) < wanted:
            time.sleep(0.1)
    assert _version(launched) != before
    assert load.bad == []
    slow = [s for s in load.seconds if s > 3.0]
    quiet, during = load.p99(200, first), load.p99(first)
    figure(
        f"rolling update: {len(load.seconds)} predictions at {RATE:.0f}/s, {len(load.bad)} failed, {len(slow)} over 3 s; "
        f"p99 {quiet * 1000:.0f} ms before, {during * 1000:.0f} ms during ({during / quiet:.1f} x, limit 5 x); up {took:.0f} s"
    )
    assert len(slow) <= 1


def test_a_wrong_digest_never_becomes_ready_and_says_so(launched):
    """The lock names a digest that the store's files do not have."""
    lock = launched.state / "locks" / "local.json"
    good = lock.read_text()
    document = json.loads(good)
    entry = document["entries"]["artifact:iris"]
    entry["digest"] = "sha256:" + "0" * 64
    lock.write_text(json.dumps(document))
    declaration = launched.path / "stacks" / "models" / "iris.py"
    text = declaration.read_text()
    declaration.write_text(
        text.replace("import Artifact", "import Rollout, Artifact").replace(
            'team="science",', 'team="science",\n    rollout=Rollout(deadline_seconds=15),'
        )
    )
    try:
        done = launched.slipway("up")
        assert done.code == 1
        assert "init container" in done.err
        assert "sha256:" + "0" * 12 in done.text
        (row,) = json.loads(launched.slipway("status", "iris", "--json").out)
        assert not row["is_ready"]
        assert any("init container" in reason for reason in row["reasons"])
        # The version before keeps answering.
        assert json.loads(launched.ok("predict", "iris").out)["outputs"][0]["data"] == [0, 2]
    finally:
        lock.write_text(good)
        declaration.write_text(text)
    launched.ok("up")
    assert json.loads(launched.ok("status", "iris", "--json").out)[0]["is_ready"]
