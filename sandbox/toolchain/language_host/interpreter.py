"""Which Python runs a program, and what that Python knows."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_QUESTION_SECONDS = 30

_VERSION = "import platform; print(platform.python_version())"
# Name and version of what is installed; without the argument "all", what no other distribution requires.
_DISTRIBUTIONS = """
import importlib.metadata as metadata, json, re, sys
found = {re.sub("[-_.]+", "-", each.name).lower(): each for each in metadata.distributions()}
used = {re.sub("[-_.]+", "-", re.match("[A-Za-z0-9._-]+", need)[0]).lower()
        for each in found.values() for need in each.requires or [] if "extra ==" not in need}
names = [name for name in sorted(found) if sys.argv[1:] == ["all"] or name not in used]
print(json.dumps([[name, found[name].version] for name in names]))
"""


class NoInterpreterError(Exception):
    """The project asks for an interpreter that is not there; the text says how to make it."""


def find_python(root: Path, options: Mapping[str, Any]) -> str:
    """The interpreter of a project.

    In this order: the `virtualenv` of Pulumi.yaml's runtime options; for the toolchain `uv`, the `.venv` of the project
    or of a folder above it; `VIRTUAL_ENV`; `PULUMI_PYTHON_CMD`; `python3`.

    Args:
        root: the folder of Pulumi.yaml (or PulumiPolicy.yaml, PulumiPlugin.yaml).
        options: the runtime options written there.

    Raises:
        NoInterpreterError: the virtual environment that the project names does not exist.
    """
    if named := options.get("virtualenv"):
        return _of_environment(root / str(named), f"{root}: the runtime option virtualenv names it")
    if options.get("toolchain") == "uv":
        for folder in (root, *root.parents):
            if (folder / ".venv").is_dir():
                return _of_environment(folder / ".venv", "it is half-made")
    if active := os.environ.get("VIRTUAL_ENV"):
        return _of_environment(Path(active), "VIRTUAL_ENV names it")
    command = os.environ.get("PULUMI_PYTHON_CMD", "python3")
    if found := shutil.which(command):
        return found
    raise NoInterpreterError(f"{command} is not on PATH: install Python, or name one in PULUMI_PYTHON_CMD")


def version(python: str) -> str:
    """`3.11.7`."""
    if python == sys.executable:
        return platform.python_version()
    return _ask(python, _VERSION).strip()


def distributions(python: str, *, transitive: bool) -> list[tuple[str, str]]:
    """Name and version of what is installed; without `transitive`, only what nothing else requires."""
    said = _ask(python, _DISTRIBUTIONS, *(["all"] if transitive else []))
    return [(name, number) for name, number in json.loads(said)]


def _of_environment(environment: Path, why: str) -> str:
    python = environment / "bin" / "python"
    if not python.exists():
        raise NoInterpreterError(f"{environment} has no bin/python ({why}): run `make setup`, or make it")
    return str(python)


def _ask(python: str, code: str, *arguments: str) -> str:
    command = [python, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=_QUESTION_SECONDS, check=True).stdout
