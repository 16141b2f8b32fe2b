"""A state that is lost, wrong or damaged, and two runs at a time: one clear error, and nothing is changed."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
import yaml

from catalog.errors import SlipwayError
from catalog.places import CLONE
from runner import engine, recovery, workspace

ANEW = "make clean && make up"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The state of a stack `lab` with a secret."""
    root = tmp_path_factory.mktemp("whole")
    (root / "Pulumi.lab.yaml").write_text(yaml.safe_dump({"config": {"slipway:workspace": "slipway"}}))
    with pytest.MonkeyPatch.context() as patch:
        at(root, patch)
        pulumi(workspace.made("lab"), "config", "set", "--secret", "key", "Sup3rS3cret")
    return root


@pytest.fixture
def made(whole, tmp_path, monkeypatch):
    """A copy of it."""
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    at(tmp_path, monkeypatch)
    return workspace.made("lab")


def at(root, patch):
    patch.setenv("SLIPWAY_STATE", str(root / "state"))
    patch.setattr(workspace, "stack_file", lambda _: root / "Pulumi.lab.yaml")


def pulumi(made, *arguments):
    project = made.backend.parent / "project"
    command = [made.pulumi, *arguments, "-s", "lab", "--cwd", project, "--non-interactive"]
    return subprocess.run(command, env=made.full_environment, capture_output=True, text=True, check=False)


def refused(act, path, why):
    before = kept()
    with pytest.raises(SlipwayError, match=why) as caught:
        act()
    assert caught.value.path == str(path)
    assert ANEW in caught.value.fix
    assert kept() == before


def kept():
    """What cannot be made again."""
    root = workspace.directory()
    files = [root / "passphrase", *(root / "backend").rglob("*.json"), *(root / "project").glob("Pulumi.lab.yaml")]
    return {path: path.read_bytes() for path in files if path.exists()}


def test_the_passphrase_is_lost(made):
    path = workspace.directory() / "passphrase"
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    path.unlink()
    refused(lambda: workspace.made("lab"), path, "the passphrase of this state is gone")
    path.write_text(text)
    assert pulumi(workspace.made("lab"), "config", "get", "key").stdout.strip() == "Sup3rS3cret"


@pytest.mark.parametrize("text", ["of another", ""])
def test_the_passphrase_is_wrong(made, text):
    path = workspace.directory() / "passphrase"
    path.write_text(text)
    said = pulumi(workspace.made("lab"), "config", "get", "key").stderr
    assert "Sup3rS3cret" not in said
    refused(lambda: engine._refuse_known(said, made), path, "does not open the secrets of this stack's state")
    engine._refuse_known("error: something else", made)


@pytest.mark.parametrize("text", ["", "{}\n", "encryptionsalt: [", "- a list\n", None])
def test_the_salt_is_lost_or_damaged(made, text):
    path = workspace.directory() / "project" / "Pulumi.lab.yaml"
    with_resources(made)
    path.unlink() if text is None else path.write_text(text)
    refused(lambda: workspace.made("lab"), path, "the encryption salt of this state is gone")


def with_resources(made):
    """A state that something was made in."""
    path = workspace.checkpoint(made)
    document = json.loads(path.read_text())
    document["checkpoint"]["latest"] = {"manifest": {}, "resources": [{"urn": "urn:pulumi:lab::slipway::a:b:C::d"}]}
    path.write_text(json.dumps(document))


def test_a_stack_that_was_killed_while_it_was_made_is_made_again(made):
    """Its state is there, its salt is not, and nothing was ever made in it."""
    (workspace.directory() / "project" / "Pulumi.lab.yaml").write_text("{}\n")
    again = workspace.made("lab")
    assert pulumi(again, "config", "set", "--secret", "other", "value").returncode == 0
    assert pulumi(workspace.made("lab"), "config", "get", "other").stdout.strip() == "value"


@pytest.mark.parametrize("text", ["half: {", "words"])
def test_the_kept_secrets_are_damaged(made, text):
    made.config_file.write_text(text)
    with pytest.raises(SlipwayError, match="it is not what Slipway wrote") as caught:
        workspace.made("lab")
    assert caught.value.path == str(made.config_file)
    assert "slipway pulumi -s lab -- config set --secret KEY" in caught.value.fix


@pytest.mark.parametrize("text", ["", "{", "[]", '{"checkpoint": 1}'])
def test_the_state_is_damaged(made, text):
    path = workspace.checkpoint(made)
    path.write_text(text)
    refused(lambda: recovery.recover(made), path, "this state cannot be read")


def test_a_second_run_at_the_same_time_is_refused_with_who_is_at_work(made):
    script = "import time\nfrom runner import recovery\n"
    script += "with recovery.one_at_a_time('lab'):\n print(flush=True)\n time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], cwd=CLONE, stdout=subprocess.PIPE) as first:
        assert first.stdout
        first.stdout.readline()
        with pytest.raises(SlipwayError, match=f"another run is under way: process {first.pid}, since") as caught:
            hold("lab")
        assert caught.value.fix == "wait for it"
        assert not hold("another").interrupted
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    found = hold("lab")
    assert (found.interrupted, found.broken) == (True, True), "it is taken up"
    assert hold("lab").interrupted, "until a run says that it was"


def hold(stack):
    with recovery.one_at_a_time(stack) as found:
        return found
