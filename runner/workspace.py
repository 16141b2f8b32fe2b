"""Where and with what Pulumi runs for a stack: its home, backend, passphrase, plugins, configuration."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from catalog.errors import SlipwayError
from catalog.places import state_dir
from components.versions import KUBERNETES_PROVIDER
from runner import plugins
from sandbox.toolchain import locate
from stacks.settings import PROJECT, SET_SECRET, is_encrypted, stack_file

MADE_BY = "made-by-slipway"


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """One stack's way of running Pulumi.

    Attributes:
        pulumi: the command.
        environment: what is added to the environment.
        config_file: the stack's configuration as the engine reads it, None for the stack's own file.
        backend: directory of the state, None where it is not a directory that Slipway made.
        providers: which providers run, in words.
    """

    stack: str
    pulumi: Path
    environment: Mapping[str, str]
    config_file: Path | None
    backend: Path | None
    providers: tuple[str, ...]

    @property
    def full_environment(self) -> dict[str, str]:
        """The process's environment with the workspace's; where Slipway made that, nothing of the user's Pulumi."""
        return {**(os.environ if self.backend is None else without_pulumi()), **self.environment}

    @property
    def unwanted(self) -> list[str]:
        """What `full_environment` leaves out of the process's environment."""
        return sorted(os.environ.keys() - self.full_environment.keys())


def without_pulumi() -> dict[str, str]:
    """The process's environment without what belongs to a Pulumi of the user: tokens, passphrases, options."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}


def directory(state: Path | None = None) -> Path:
    """Where the workspaces that Slipway makes are kept."""
    return (state or state_dir()) / "pulumi"


def made(stack: str) -> Workspace:
    """The workspace that Slipway makes: nothing of the user's own Pulumi is read or changed.

    Raises:
        SlipwayError: its passphrase is gone, or the stack cannot be made.
    """
    root = directory()
    home, backend = root / "home", root / "backend"
    for path in (home, backend):
        path.mkdir(parents=True, exist_ok=True)
    (home / MADE_BY).touch()
    passphrase = _passphrase(root, stack)
    pulumi = locate.pulumi_dir() / "pulumi"
    environment = {
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_SKIP_CONFIRMATIONS": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "1",
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "1",
        "PULUMI_ERROR_OUTPUT_STRING": "1",
        # A model that is waited for takes one of these places and no processor.
        "PULUMI_PARALLEL": "128",
        "PULUMI_PYTHON_CMD": sys.executable,
        "SLIPWAY_PYTHON": sys.executable,
        "SLIPWAY_STATE": str(state_dir()),
        "SLIPWAY_STANDIN_HOME": str(home),
        "PATH": f"{pulumi.parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    kubernetes = plugins.kubernetes(home, KUBERNETES_PROVIDER)
    clouds = plugins.clouds(home, yaml.safe_load(stack_file(stack).read_text())["config"])
    project = _initialised(root, backend, stack, pulumi, environment)
    config_file = _config_file(root, stack, project)
    return Workspace(
        stack=stack,
        pulumi=pulumi,
        environment={**environment, "PULUMI_OPTION_CONFIG_FILE": str(config_file)},
        config_file=config_file,
        backend=backend,
        providers=(*clouds, kubernetes, "slipway-s3: Slipway's own"),
    )


def checkpoint(workspace: Workspace) -> Path:
    """The file with the stack's state; it may not exist yet."""
    assert workspace.backend is not None, "only a made workspace has its state in a file"  # noqa: S101  a promise of the caller
    return state_file(workspace.stack, workspace.backend)


def state_file(stack: str, backend: Path | None = None) -> Path:
    """The file with a stack's state, where Slipway keeps it itself; it may not exist."""
    return (backend or directory() / "backend") / ".pulumi" / "stacks" / PROJECT / f"{stack}.json"


def latest(state: Path) -> dict[str, Any]:
    """What a state file says; empty before anything was made.

    Raises:
        SlipwayError: it is damaged.
    """
    try:
        return dict(json.loads(state.read_text())["checkpoint"].get("latest") or {})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SlipwayError(
            str(state), "", "this state cannot be read: it is damaged",
            "put a whole copy of the file back, or start anew with an empty state: make clean && make up",
        ) from error  # fmt: skip


def _mapping(path: Path) -> dict[str, Any]:
    """A YAML file's mapping; empty where there is none, or none any more."""
    try:
        found = yaml.safe_load(path.read_text())
    except (FileNotFoundError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def _passphrase(root: Path, stack: str) -> Path:
    path = root / "passphrase"
    if not path.exists():
        if (root / "backend" / ".pulumi" / "stacks" / PROJECT / f"{stack}.json").exists():
            raise SlipwayError(
                str(path), "", "the passphrase of this state is gone, and its secrets cannot be read without it",
                "put the file back, or start anew with an empty state: make clean && make up",
            )  # fmt: skip
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path


def _initialised(root: Path, backend: Path, stack: str, pulumi: Path, environment: dict[str, str]) -> Path:
    """Makes the stack where it is not yet; gives the configuration file with its encryption salt.

    `stack init` writes the salt into the project's configuration; it is given a project of its own, so that no file
    of the repository changes by being run.
    """
    project = root / "project"
    project.mkdir(exist_ok=True)
    (project / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
    salted = project / f"Pulumi.{stack}.yaml"
    state = backend / ".pulumi" / "stacks" / PROJECT / f"{stack}.json"
    given = yaml.safe_load(stack_file(stack).read_text()).get("encryptionsalt")
    if state.exists() and not (found := _mapping(salted).get("encryptionsalt")):
        if latest(state).get("resources"):
            raise SlipwayError(
                str(salted), "", "the encryption salt of this state is gone, and its secrets cannot be read without it",
                "put the file back, or start anew with an empty state: make clean && make up",
            )  # fmt: skip
        state.unlink()  # whoever made it was killed before the salt was written
    elif state.exists():
        if given and given != found:
            raise SlipwayError(
                f"stacks/Pulumi.{stack}.yaml", "encryptionsalt",
                "its encrypted values belong to another state than the one below .slipway/pulumi",
                f"remove encryptionsalt and the values, and set them again: {SET_SECRET.format(stack=stack)} KEY",
            )  # fmt: skip
        return salted
    salted.write_text(yaml.safe_dump({"encryptionsalt": given}) if given else "{}\n")
    done = subprocess.run(
        [pulumi, "stack", "init", stack, "--non-interactive", "--cwd", project],
        env={**without_pulumi(), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        salted.unlink(missing_ok=True)
        if given and "incorrect passphrase" in done.stderr:
            raise SlipwayError(
                str(root / "passphrase"), "", f"it does not open the encrypted values of stacks/Pulumi.{stack}.yaml",
                "put the passphrase they were made with into this file, or remove them and encryptionsalt",
            )  # fmt: skip
        raise SlipwayError("pulumi stack init", stack, done.stderr.strip(), "see the message above")
    return salted


def _config_file(root: Path, stack: str, salted: Path) -> Path:
    """The stack's own values with the salt of its state, and the secrets that `config set --secret` put there.

    Made anew for every run: a plain value belongs into the stack's own file, and so it is not kept.
    """
    values = yaml.safe_load(stack_file(stack).read_text())
    salt = _mapping(salted)
    path = root / "config" / f"Pulumi.{stack}.yaml"
    path.parent.mkdir(exist_ok=True)
    before = _mapping(path)
    if path.exists() and not isinstance(before.get("config"), dict):
        raise SlipwayError(
            str(path), "", "it is not what Slipway wrote; the secrets of the stack are in it",
            f"put it back, or remove it and set them again: {SET_SECRET.format(stack=stack)} KEY",
        )  # fmt: skip
    kept = {key: value for key, value in before.get("config", {}).items() if is_encrypted(value)}
    merged = {**values, **salt, "config": {**kept, **values["config"]}}
    fresh = path.with_suffix(".new")
    fresh.write_text(yaml.safe_dump(merged, sort_keys=True))
    fresh.replace(path)
    return path
