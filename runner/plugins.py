"""The provider plugins in a Pulumi home that Slipway made."""

from pathlib import Path

from catalog.places import CLONE

_STAND_IN = """#!/bin/sh
# Made by Slipway: the Kubernetes stand-in of the clone that runs it.
cd "{clone}" && exec "${{SLIPWAY_PYTHON:-python3}}" -m sandbox.providers.kubernetes "$@"
"""


def kubernetes(home: Path, version: str) -> str:
    """Makes sure that the home has a Kubernetes provider; says which.

    An official plugin that is there stays and is used. Otherwise the stand-in takes the directory of exactly the
    version the SDK asks for.

    Args:
        home: a Pulumi home made by Slipway.
        version: of the SDK.
    """
    directory = home / "plugins" / f"resource-kubernetes-v{version}"
    executable = directory / "pulumi-resource-kubernetes"
    if executable.exists() and not is_script(executable):
        return f"kubernetes: official {version}"
    directory.mkdir(parents=True, exist_ok=True)
    fresh = executable.with_suffix(".new")
    fresh.write_text(_STAND_IN.format(clone=CLONE))
    fresh.chmod(0o755)
    fresh.replace(executable)
    return f"kubernetes: Slipway's stand-in for {version}"


def is_script(executable: Path) -> bool:
    """Whether a plugin is a script, as the stand-in is and the official one never."""
    with executable.open("rb") as file:
        return file.read(2) == b"#!"
