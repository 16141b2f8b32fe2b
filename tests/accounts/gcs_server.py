"""fake-gcs-server, built on demand from a Go module of its own: another server than Google's, and than ours."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from catalog.places import cache_dir
from sandbox.toolchain.progress import shown
from sandbox.toolchain.recipe import GoTool, Recipe
from sandbox.toolchain.toolchain import Toolchain

_GIB = 1024**3

RECIPE = Recipe(
    root=Path(__file__).parent,
    tools=(GoTool(name="gcs", package=".", folder="gcs", module="github.com/fsouza/fake-gcs-server", seconds=60),),
    disk=3 * _GIB,
)


def find() -> Path | None:
    """The server, if it was built already."""
    found = Toolchain(RECIPE, cache_dir()).find("gcs")
    return found.path if found else None


def build() -> Path:
    """The server, built if need be: a minute and a half of one processor."""
    with shown() as progress:
        return Toolchain(RECIPE, cache_dir()).ensure(["gcs"], progress)["gcs"].path


@contextlib.contextmanager
def running(server: Path) -> Iterator[str]:
    """Runs it, empty; gives its URL."""
    with subprocess.Popen(
        [server], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=dict(os.environ)
    ) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
