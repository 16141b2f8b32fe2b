"""Where the tools are: what the rest of Slipway asks."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from catalog.places import cache_dir
from sandbox.toolchain import system
from sandbox.toolchain.progress import Progress, shown
from sandbox.toolchain.shipped import RECIPE
from sandbox.toolchain.toolchain import Tool, Toolchain, not_ready

__all__ = ["Tool", "data", "ensure", "listing", "missing", "prune", "pulumi_dir", "tool"]


def tool(name: str) -> Path:
    """The absolute path of a ready tool.

    Raises:
        SlipwayError: it is not ready, and how to make it; or there is no such tool.
    """
    return _ready(name).path


def data(name: str) -> Path:
    """The absolute path of data out of a Go module: `kwok-stages.yaml` (a file) or `gateway-crds` (a folder).

    Raises:
        SlipwayError: it is not ready, and how to make it; or there is no such data.
    """
    return _ready(name).path


def pulumi_dir() -> Path:
    """The directory that holds `pulumi` and its language host: Pulumi's own, or ours beside our build.

    Raises:
        SlipwayError: Pulumi is not ready, and how to make it.
    """
    return tool("pulumi").parent


def ensure(names: Iterable[str] | None = None, progress: Progress | None = None) -> dict[str, Tool]:
    """Makes what is missing, of the names or of everything, and returns what is ready by name.

    Args:
        names: tools and data; everything by default.
        progress: hears of every step; standard error by default.

    Raises:
        SlipwayError: something cannot be made. What was made before stays, and the next call goes on from there.
    """
    if progress is not None:
        return _toolchain(cache_dir()).ensure(names, progress)
    with shown() as display:
        return _toolchain(cache_dir()).ensure(names, display)


def listing() -> list[Tool]:
    """Every tool that is ready, those of the system and of wheels included."""
    toolchain = _toolchain(cache_dir())
    ours = [toolchain.find(name) for name in toolchain.tools()]
    return [each for each in (*ours, *system.found()) if each is not None]


def missing() -> list[str]:
    """The names of tools that `ensure` would make."""
    toolchain = _toolchain(cache_dir())
    return [name for name in toolchain.tools() if toolchain.find(name) is None]


def prune(days: float) -> list[Path]:
    """Removes the tools of other versions of Slipway that nobody has used for so long and nobody uses now."""
    with shown() as display:
        return _toolchain(cache_dir()).prune(days, display)


def _ready(name: str) -> Tool:
    found = _toolchain(cache_dir()).find(name)
    if found is None:
        raise not_ready(name)
    return found


@cache
def _toolchain(directory: Path) -> Toolchain:
    return Toolchain(RECIPE, directory)
