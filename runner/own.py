"""The user's own Pulumi, its backend and the official plugins: taken as they are, or all that is missing is said."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from catalog.errors import SlipwayError
from catalog.places import cache_dir
from components.versions import KUBERNETES_PROVIDER
from runner import plugins
from runner.workspace import MADE_BY, Workspace, directory
from stacks.settings import stack_file


def workspace(stack: str) -> Workspace:
    """The workspace that the user has made. Nothing of it is changed here.

    Raises:
        SlipwayError: everything of it that is missing; nothing has been started then.
    """
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    pulumi, backend, wanted = _pulumi(), _backend(home), _wanted(stack)
    missing = [*_missing(home, pulumi, backend), *_missing_plugins(home, wanted)]
    if missing or pulumi is None:
        raise SlipwayError(
            "stack", stack, f"it runs with your own Pulumi, and there is missing: {'; '.join(missing)}",
            "add what is missing, or say `slipway:workspace: slipway` in the stack file; nothing has been started",
        )  # fmt: skip
    return Workspace(
        stack=stack,
        pulumi=pulumi,
        environment={"PULUMI_PYTHON_CMD": sys.executable, "SLIPWAY_PYTHON": sys.executable},
        config_file=None,
        backend=None,
        providers=(
            f"your own Pulumi: {pulumi}, backend {backend}",
            *(
                f"{name}: official {version}, {_plugin(home, name, version) or 'which your Pulumi gets itself'}"
                for name, version in wanted.items()
            ),
            "slipway-s3: Slipway's own",
        ),
    )


def _missing(home: Path, pulumi: Path | None, backend: str) -> Iterator[str]:
    if pulumi is None:
        yield "the pulumi command on PATH, other than the one of Slipway's sandbox (https://www.pulumi.com/docs/install/)"
    if (home / MADE_BY).exists():
        yield f"a PULUMI_HOME of your own ({home} was made by Slipway for its sandbox)"
    if not backend:
        yield "a backend for the state (pulumi login, or PULUMI_BACKEND_URL)"
    elif backend.startswith(f"file://{directory()}"):
        yield "a backend of your own for the state (this one was made by Slipway for its sandbox)"


def _wanted(stack: str) -> dict[str, str]:
    """The official plugins that the stack runs with, in the versions that their SDKs ask for."""
    config = yaml.safe_load(stack_file(stack).read_text())["config"]
    clouds = {name: plugins.version_of(name) for name in plugins.clouds_of(config)}
    return {**clouds, "kubernetes": KUBERNETES_PROVIDER}


def _missing_plugins(home: Path, wanted: Mapping[str, str]) -> Iterator[str]:
    itself = os.environ.get("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "").lower() not in ("1", "true")
    for name, version in wanted.items():
        plugin = _plugin(home, name, version)
        install = f"pulumi plugin install resource {name} {version}"
        if plugin is not None and plugins.is_script(plugin):
            yield f"the official {name} plugin ({plugin} is a stand-in; remove it, then {install})"
        elif plugin is None and not itself:
            yield f"the official {name} plugin, which your Pulumi is told not to get itself ({install})"


def _pulumi() -> Path | None:
    """The first `pulumi` on PATH that is not the one Slipway made for its sandbox."""
    for folder in os.get_exec_path():
        found = shutil.which("pulumi", path=folder) if folder else None
        if found and not _is_slipways(Path(found).resolve()):
            return Path(found)
    return None


def _is_slipways(pulumi: Path) -> bool:
    """Whether it lies in Slipway's cache, or beside Slipway's language host wherever somebody has put both."""
    if pulumi.is_relative_to(cache_dir().resolve()):
        return True
    try:
        with pulumi.with_name("pulumi-language-python").open("rb") as file:
            return b"slipway" in file.read(4096)
    except OSError:
        return False


def _backend(home: Path) -> str:
    """Where the state is kept, as Pulumi itself finds it; empty where nothing says it."""
    if url := os.environ.get("PULUMI_BACKEND_URL"):
        return url
    try:
        current = json.loads((home / "credentials.json").read_text()).get("current", "")
    except (OSError, ValueError, AttributeError):
        current = ""
    return str(current or ("https://api.pulumi.com" if os.environ.get("PULUMI_ACCESS_TOKEN") else ""))


def _plugin(home: Path, name: str, version: str) -> Path | None:
    """The plugin that Pulumi would take."""
    program = f"pulumi-resource-{name}"
    installed = home / "plugins" / f"resource-{name}-v{version}" / program
    if installed.exists():
        return installed
    ambient = None if os.environ.get("PULUMI_IGNORE_AMBIENT_PLUGINS") else shutil.which(program)
    return Path(ambient) if ambient else None
