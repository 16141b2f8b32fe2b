"""The workspace that Slipway makes: secrets are kept, and nothing of the user's own Pulumi is read or changed."""

import json
import shlex
import subprocess
import sys

import pytest
import yaml

from catalog.errors import SlipwayError
from catalog.places import CLONE, cache_dir
from runner import workspace
from tests.runner.own_home import fingerprint, poisoned_home

PLAIN = {"slipway:workspace": "slipway", "slipway:locks": "counted"}


@pytest.fixture
def stack(tmp_path, monkeypatch):
    """A stack file `lab` and an empty state, in directories of the test."""
    path = tmp_path / "Pulumi.lab.yaml"
    path.write_text(yaml.safe_dump({"config": PLAIN}))
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(workspace, "stack_file", lambda _: path)
    return path


def pulumi(made, *arguments):
    command = [made.pulumi, *arguments, "-s", "lab", "--cwd", made.backend.parent / "project", "--non-interactive"]
    return subprocess.run(command, env=made.full_environment, capture_output=True, text=True, check=True).stdout.strip()


def config(made):
    return yaml.safe_load(made.config_file.read_text())


def test_a_secret_is_kept_and_a_plain_value_comes_from_the_stacks_own_file(stack):
    made = workspace.made("lab")
    pulumi(made, "config", "set", "--secret", "key", "Sup3rS3cret")
    pulumi(made, "config", "set", "locks", "required")
    stack.write_text(yaml.safe_dump({"config": {**PLAIN, "slipway:engine": "plain"}}))
    again = workspace.made("lab")
    assert pulumi(again, "config", "get", "key") == "Sup3rS3cret"
    assert "Sup3rS3cret" not in again.config_file.read_text()
    assert {key: config(again)["config"][key] for key in (*PLAIN, "slipway:engine")} == {
        **PLAIN,
        "slipway:engine": "plain",
    }
    pulumi(again, "config", "rm", "key")
    assert "slipway:key" not in config(workspace.made("lab"))["config"]
    assert yaml.safe_load(stack.read_text())["config"] == {**PLAIN, "slipway:engine": "plain"}


def test_secrets_of_one_key_are_kept_together(stack):
    made = workspace.made("lab")
    for name, value in {"access_key": "reader", "secret_key": "Sup3rS3cret"}.items():
        pulumi(made, "config", "set", "--secret", "--path", f"readers.house-price.{name}", value)
    pulumi(made, "config", "set", "--secret", "--path", 'readers["iris.explainer"].access_key', "second")
    again = workspace.made("lab")
    assert json.loads(pulumi(again, "config", "get", "readers")) == {
        "house-price": {"access_key": "reader", "secret_key": "Sup3rS3cret"},
        "iris.explainer": {"access_key": "second"},
    }
    assert "Sup3rS3cret" not in again.config_file.read_text()


def test_encrypted_values_in_the_stacks_own_file_are_opened_with_their_salt(stack, tmp_path, monkeypatch):
    """As another clone has them, that was given the passphrase."""
    made = workspace.made("lab")
    pulumi(made, "config", "set", "--secret", "key", "Sup3rS3cret")
    stack.write_text(made.config_file.read_text())
    other = tmp_path / "other" / "pulumi"
    other.mkdir(parents=True)
    (other / "passphrase").write_text((made.backend.parent / "passphrase").read_text())
    monkeypatch.setenv("SLIPWAY_STATE", str(other.parent))
    assert pulumi(workspace.made("lab"), "config", "get", "key") == "Sup3rS3cret"


def test_encrypted_values_of_another_passphrase_are_refused(stack, tmp_path, monkeypatch):
    made = workspace.made("lab")
    pulumi(made, "config", "set", "--secret", "key", "Sup3rS3cret")
    stack.write_text(made.config_file.read_text())
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path / "other"))
    for _ in range(2):  # the refusal leaves nothing that the next run takes for its own
        with pytest.raises(SlipwayError, match="does not open the encrypted values"):
            workspace.made("lab")


def test_encrypted_values_of_another_state_are_refused(stack, tmp_path, monkeypatch):
    workspace.made("lab")
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path / "other"))
    stack.write_text(workspace.made("lab").config_file.read_text())
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path / "state"))
    with pytest.raises(SlipwayError, match="belong to another state"):
        workspace.made("lab")


def test_nothing_of_the_users_own_pulumi_is_read_or_changed(stack, tmp_path, monkeypatch):
    home = poisoned_home(tmp_path / "home")
    before = fingerprint(home)
    for name, value in {
        "SLIPWAY_CACHE": str(cache_dir()),
        "HOME": str(home.parent),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": "https://backend.invalid",
        "PULUMI_ACCESS_TOKEN": "pul-0000",
        "PULUMI_CONFIG_PASSPHRASE": "of the user",
        "PULUMI_OPTION_STACK": "of-the-user",
    }.items():
        monkeypatch.setenv(name, value)
    made = workspace.made("lab")
    pulumi(made, "config", "set", "--secret", "key", "Sup3rS3cret")
    assert made.full_environment["PULUMI_BACKEND_URL"] == f"file://{made.backend}"
    assert not {"PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_OPTION_STACK"} & set(made.full_environment)
    for name in ("PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"):
        monkeypatch.delenv(name)
    # What was encrypted there opens without the user's passphrase: that one was not taken.
    assert pulumi(workspace.made("lab"), "config", "get", "key") == "Sup3rS3cret"
    assert fingerprint(home) == before


def test_the_printed_environment_is_the_one_that_slipways_own_runs_have(tmp_path, monkeypatch):
    """Evaluated in the user's shell, with all that is set there."""
    theirs = {"PULUMI_ACCESS_TOKEN": "pul-0000", "PULUMI_CONFIG_PASSPHRASE": "of the user", "PULUMI_HOME": "/theirs"}
    for name, value in {"SLIPWAY_STATE": str(tmp_path), "AWS_PROFILE": "theirs", **theirs}.items():
        monkeypatch.setenv(name, value)
    slipway = shlex.join([sys.executable, "-c", "from cli.main import main; main(['env'])"])
    script = f'said=$({slipway}) && eval "$said" && env -0'
    done = subprocess.run(["bash", "-c", script], cwd=CLONE, capture_output=True, text=True, check=True)
    there = dict(line.split("=", 1) for line in done.stdout.split("\0") if line)
    assert not {"PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"} & there.keys()
    assert there["PULUMI_HOME"] == str(tmp_path / "pulumi" / "home")
    assert there["AWS_PROFILE"] == "theirs"
    expected = workspace.made("local").full_environment
    assert {k: v for k, v in there.items() if k.startswith(("PULUMI_", "SLIPWAY_"))} == {
        k: v for k, v in expected.items() if k.startswith(("PULUMI_", "SLIPWAY_"))
    }
