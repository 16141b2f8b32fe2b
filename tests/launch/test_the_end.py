"""Destroy and down leave nothing."""

import subprocess
from pathlib import Path

import psutil
import pytest

from providers.slipway_s3.store import connect
from providers.slipway_s3.users import Users
from tests.launch.killing import in_state, marked

pytestmark = [pytest.mark.cluster, pytest.mark.root]


def test_destroy_leaves_nothing(launched):
    assert marked(launched)
    launched.ok("destroy", "--yes")
    assert marked(launched) == []
    assert in_state(launched) == []
    users = Users(launched.store(), launched.endpoints()["s3_admin"]).all()
    assert "artifacts-iris" not in users
    assert "artifacts" not in {bucket["Name"] for bucket in connect(launched.store()).list_buckets()["Buckets"]}


def test_down_leaves_nothing(launched, figure):
    done = launched.ok("down")
    figure(f"down: {done.seconds:.2f} s with the command's own start (limit of the stop 1 s)")
    place = str(launched.path)
    for process in psutil.process_iter(["cmdline", "cwd"]):
        assert place not in " ".join(process.info["cmdline"] or []), process
    assert place not in Path("/proc/mounts").read_text()
    for command in (["ip", "-o", "link"], ["nft", "list", "ruleset"]):
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        assert "cni0" not in said
        assert "kube-proxy" not in said
    assert (launched.state / "sandbox" / "data").exists()
