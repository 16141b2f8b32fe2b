"""Tools that are there already: on PATH."""

import os
import shutil
import subprocess
from pathlib import Path

from sandbox.toolchain.recipe import GoTool, same_version

_TIMEOUT = 3.0  # seconds; a tool that says its version takes a tenth of one
_LANGUAGE_HOST = "pulumi-language-python"


def on_path(tool: GoTool, version: str, own: Path) -> Path | None:
    """A tool on PATH that fits, resolved to its file.

    It fits if it says the pinned version. What lies in Slipway's own cache is not "on PATH", and a Pulumi fits only
    together with its own language host: a stand-in is ours, wherever somebody has put it.

    Args:
        tool: which one.
        version: the pinned one.
        own: Slipway's cache.
    """
    if not tool.question:
        return None
    folders = [each for each in os.get_exec_path() if each and not Path(each).resolve().is_relative_to(own.resolve())]
    found = shutil.which(tool.name, path=os.pathsep.join(folders))
    if found is None:
        return None
    path = Path(found).resolve()
    if path.is_relative_to(own.resolve()) or (tool.name == "pulumi" and not _has_language_host(path)):
        return None
    return path if same_version(_ask(path, tool.question), version, minor=tool.same_minor) else None


def _ask(command: Path, question: tuple[str, ...]) -> str:
    """What a tool says when asked for its version: without a home, since a question must leave no trace."""
    environment = os.environ | {"HOME": os.devnull, "PULUMI_HOME": os.devnull, "PULUMI_SKIP_UPDATE_CHECK": "1"}
    try:
        answer = subprocess.run(
            [command, *question],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT,
            check=True,
            cwd="/",
            env=environment,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout


def _has_language_host(pulumi: Path) -> bool:
    host = pulumi.with_name(_LANGUAGE_HOST)
    try:
        with host.open("rb") as file:
            return b"slipway" not in file.read(4096)
    except OSError:
        return False
