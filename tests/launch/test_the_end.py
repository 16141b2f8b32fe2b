"""Destroy and down leave nothing."""

import subprocess

import psutil
import pytest

from tests.launch.test_recovery import in_state, marked

pytestmark = [pytest.mark.cluster, pytest.mark.root]


def test_destroy_leaves_nothing(launched):
    assert marked(launched)
    launched.ok("destroy", "--yes")
    assert marked(launched) == []
    assert in_state(launched) == []
    users = launched.state / "sandbox" / "data" / "s3" / "iam"
    assert "artifacts-iris" not in "".join(p.read_text() for p in users.rglob("*") if p.is_file())


def test_down_leaves_nothing(launched, figure):
    done = launched.ok("down")
    figure(f"down: {done.seconds:.2f} s with the command's own start (limit of the stop 1 s)")
    place = str(launched.path)
    for process in psutil.process_iter(["cmdline", "cwd"]):
        assert place not in " ".join(process.info["cmdline"] or []), process
    with open("/proc/mounts") as mounts:
        assert place not in mounts.read()
    for command in (["ip", "-o", "link"], ["nft", "list", "ruleset"]):
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        assert "cni0" not in said
        assert "kube-proxy" not in said
    assert (launched.state / "sandbox" / "data").exists()
