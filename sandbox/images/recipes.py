"""What each image is made from; its key is the digest of exactly that."""

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalog.places import CLONE
from sandbox.images import rootfs
from sandbox.toolchain.locate import tool
from stacks.built import ALSO, digest_of

_HERE = Path(__file__).parent
Prepare = Callable[[Path, Path], None]
"""Given the build context and a log."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """One image of the sandbox.

    Args:
        name: the folder beside this file with its Containerfile and its lock.
        base: the image its Containerfile starts from; empty for none.
        files: further files of its build context, by their name there.
        prepare: makes what is not a file yet, in the build context.
        program: the source of `prepare`: when it changes, so may the image.
        seconds: what a build takes on two cores, for the display.
    """

    name: str
    base: str = ""
    files: Mapping[str, Path] = field(default_factory=dict)
    prepare: Prepare | None = None
    program: Path | None = None
    seconds: float = 5.0

    def sources(self) -> dict[str, Path]:
        """Every file of the build context, by its name there."""
        folder = _HERE / self.name
        own = {path.name: path for path in folder.iterdir() if path.suffix in ("", ".txt")}
        return {**own, **self.files}

    def key(self, base_key: str) -> str:
        """The digest of all that decides what the image holds."""
        parts = {name: _digest(path) for name, path in self.sources().items()}
        if self.program:
            parts["program"] = _digest(self.program)
        return digest_of({"base": base_key, **parts})


def recipes() -> dict[str, Recipe]:
    """The images of the sandbox, bases before what is built on them.

    Raises:
        SlipwayError: a program that goes into an image has not been built.
    """
    items = (
        Recipe(name="python-base", prepare=rootfs.build, program=Path(rootfs.__file__), seconds=60),
        Recipe(name="pause", files={"slipway-pause": tool("slipway-pause")}),
        Recipe(name="coredns", files={"coredns": tool("coredns")}),
        Recipe(
            name="artifact-fetch",
            base="python-base",
            files={n: CLONE / path for n, path in ALSO["sandbox/images/artifact-fetch"].items()},
            seconds=12,
        ),
        Recipe(name="mlserver", base="python-base", seconds=40),
    )
    return {item.name: item for item in items}


def keys(items: Mapping[str, Recipe]) -> dict[str, str]:
    """The key of each image, by its name."""
    result: dict[str, str] = {}
    for name, recipe in items.items():
        result[name] = recipe.key(result.get(recipe.base, ""))
    return result


def _digest(path: Path) -> str:
    found = path.stat()
    return _digest_as_of(path, found.st_ino, found.st_size, found.st_mtime_ns)


@functools.cache  # a command asks several times, and programs are large
def _digest_as_of(path: Path, *_: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
