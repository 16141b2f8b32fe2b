"""The user's own buildah or docker, where images cannot be built by Slipway itself: without root, or not on Linux."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import SlipwayError
from delivery.image import CONTAINERFILE
from stacks.built import BASE, uses_base

Log = Callable[[str], None]
"""Hears each line of what the tool says."""

TOOLS = ("buildah", "docker")
_SHOWN = 12
"""How many of the last lines an error shows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A tool that builds images, in its own storage.

    Attributes:
        name: of it; both understand the same words, but for how an image's digest is had.
    """

    name: str

    def build(self, folder: Path, tag: str, log: Log) -> str:
        """Builds a folder; gives the id of the image in the tool's own storage.

        Raises:
            SlipwayError: the folder's base is Slipway's own, which only Slipway builds; or the build failed.
        """
        containerfile = folder / CONTAINERFILE
        if uses_base(containerfile.read_text()):
            raise SlipwayError(
                str(containerfile), BASE, f"this base is built by Slipway as root on Linux, not by {self.name}",
                "build there, or start from another base: FROM docker.io/library/python:3.11-slim",
            )  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="slipway-build-") as work:
            identity = Path(work) / "id"
            self._run(log, "build", "--file", str(containerfile), "--tag", tag, "--iidfile", str(identity), str(folder))
            return identity.read_text().strip()

    def push(self, tag: str, log: Log) -> str:
        """Puts an image that was built into its registry; gives the digest under which it is there.

        Raises:
            SlipwayError: it could not be pushed.
        """
        if self.name == "docker":
            self._run(log, "push", tag)
            said = self._run(log, "image", "inspect", tag)
            wanted = tag.rpartition(":")[0]
            digests = [str(name) for name in json.loads(said)[0]["RepoDigests"]]
            return next(name.rpartition("@")[2] for name in digests if name.startswith(f"{wanted}@"))
        with tempfile.TemporaryDirectory(prefix="slipway-push-") as work:
            digest = Path(work) / "digest"
            self._run(log, "push", "--digestfile", str(digest), tag, f"docker://{tag}")
            return digest.read_text().strip()

    def _run(self, log: Log, *arguments: str) -> str:
        with subprocess.Popen(
            [self.name, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as process:
            lines = []
            for line in process.stdout or ():
                lines.append(line.rstrip())
                if arguments[0] != "image":
                    log(lines[-1])
        if process.returncode:
            last = "".join(f"\n    {line}" for line in lines[-_SHOWN:])
            raise SlipwayError(
                f"{self.name} {arguments[0]}",
                f"exit {process.returncode}",
                f"it failed:{last}",
                self._fix(arguments[0]),
            )
        return "\n".join(lines)

    def _fix(self, verb: str) -> str:
        if verb == "push":
            return f"log in to the registry: {self.name} login HOST"
        return (
            "start its daemon, or correct the Containerfile" if self.name == "docker" else "correct the Containerfile"
        )


def found(why_not_slipway: str) -> Tool:
    """The first tool on PATH.

    Args:
        why_not_slipway: why images are not built by Slipway itself here.

    Raises:
        SlipwayError: there is none.
    """
    for name in TOOLS:
        if shutil.which(name):
            return Tool(name=name)
    raise SlipwayError(
        "images", "", f"{why_not_slipway}, and neither {' nor '.join(TOOLS)} is on PATH: nothing can build images",
        "install one of them; as root on Linux: apt-get install buildah debootstrap",
    )  # fmt: skip
