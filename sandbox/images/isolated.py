"""Runs the builders so that nothing of them outlives us: in namespaces of their own, which end with this process."""

import os
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from catalog.errors import SlipwayError
from sandbox.node.packages import search_path

_PREFIX = (
    *("setpriv", "--pdeathsig", "KILL", "--"),
    *(
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child=SIGKILL",
        "--mount-proc",
        "--propagation",
        "private",
        "--",
    ),
)
_SHOWN = 12
"""How many of the last lines an error shows."""


def run(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None, directory: Path | None = None
) -> str:
    """Runs a program whose mounts and processes die with it, and it with us.

    Args:
        command: the program and its arguments.
        log: where its standard error is added.
        environment: what is added to ours.
        directory: where it runs; ours by default.

    Returns:
        Its standard output.

    Raises:
        SlipwayError: it failed; the last lines of the log say why.
    """
    whole = {**os.environ, "PATH": search_path(), **(environment or {})}
    with log.open("a") as errors:
        done = subprocess.run(
            [*_PREFIX, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=whole,
            cwd=directory,
            check=False,
        )
        output = done.stdout.decode(errors="replace")
        errors.write(output)
    if done.returncode:
        with log.open(errors="replace") as file:
            last = "".join(f"\n    {line.rstrip()}" for line in deque(file, _SHOWN))
        raise SlipwayError(
            f"images: {command[0]}", f"exit {done.returncode}", f"it failed:{last}", f"the whole log is {log}"
        )
    return output
