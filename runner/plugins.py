"""The provider plugins in a Pulumi home that Slipway made."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from catalog.places import CLONE
from components.clusters import spec as clusters
from components.storage import spec as storage

_STAND_IN = """#!/bin/sh
# Made by Slipway: the {name} stand-in of the clone that runs it.
cd "{clone}" && exec "${{SLIPWAY_PYTHON:-python3}}" -m {module} "$@"
"""


def kubernetes(home: Path, version: str) -> str:
    """Makes sure that the home has a Kubernetes provider; says which.

    An official plugin that is there stays and is used. Otherwise the stand-in takes the directory of exactly the
    version the SDK asks for.

    Args:
        home: a Pulumi home made by Slipway.
        version: of the SDK.
    """
    return _installed(home, "kubernetes", version, "sandbox.providers.kubernetes")


def cloud(home: Path, name: str) -> str:
    """Makes sure that the home has a provider for a cloud; says which. An official one goes first, as above.

    Args:
        home: a Pulumi home made by Slipway.
        name: of the provider: `aws` or `gcp`.
    """
    return _installed(home, name, version_of(name), f"sandbox.providers.cloud {name}")


def clouds(home: Path, config: Mapping[str, Any]) -> tuple[str, ...]:
    """Makes sure that the home has a provider for each cloud of a stack; says which.

    Args:
        home: a Pulumi home made by Slipway.
        config: of the stack file.
    """
    return tuple(cloud(home, name) for name in clouds_of(config))


def clouds_of(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the providers of a stack's clouds: `aws`, `gcp`; none where another stack makes what is in a cloud.

    Args:
        config: of the stack file.
    """
    known = {"cluster": clusters.KINDS, "store": storage.KINDS}
    specs = [kinds.get((config.get(f"slipway:{part}") or {}).get("kind", "")) for part, kinds in known.items()]
    names = [
        spec.cloud.value for spec in specs if spec and issubclass(spec, clusters.CloudCluster | storage.CloudStore)
    ]
    return tuple(dict.fromkeys(names))


def version_of(name: str) -> str:
    """The version of a provider that its SDK asks for."""
    return version(f"pulumi-{name}")


def _installed(home: Path, name: str, wanted: str, module: str) -> str:
    executable = home / "plugins" / f"resource-{name}-v{wanted}" / f"pulumi-resource-{name}"
    if executable.exists() and not is_script(executable):
        return f"{name}: official {wanted}"
    executable.parent.mkdir(parents=True, exist_ok=True)
    fresh = executable.with_suffix(".new")
    fresh.write_text(_STAND_IN.format(name=name, clone=CLONE, module=module))
    fresh.chmod(0o755)
    fresh.replace(executable)
    return f"{name}: Slipway's stand-in for {wanted}"


def is_script(executable: Path) -> bool:
    """Whether a plugin is a script, as the stand-in is and the official one never."""
    with executable.open("rb") as file:
        return file.read(2) == b"#!"
