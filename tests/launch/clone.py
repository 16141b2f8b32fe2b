"""A clone of the repository as a person has it, in a directory of the test."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from providers.slipway_s3.store import Store

ROOT = Path(__file__).resolve().parents[2]
_LEFT_OUT = {".git", ".venv", ".slipway", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str
    seconds: float

    @property
    def text(self) -> str:
        return self.out + self.err


class Clone:
    """The working tree at a place of its own, with its own state and the shared cache."""

    def __init__(self, path: Path) -> None:
        self.path = path
        shutil.copytree(ROOT, path, ignore=lambda _, names: _LEFT_OUT & set(names), symlinks=True)
        (path / ".venv").symlink_to(ROOT / ".venv")
        self.state = path / ".slipway"

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "SLIPWAY_STATE"))}
        return kept | {"PYTHONPATH": str(self.path), "NO_COLOR": "1"}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Starts `slipway ARGUMENTS` in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", "from cli.main import main; main()", *arguments],
            cwd=self.path,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def slipway(self, *arguments: str, seconds: float = 240) -> Done:
        """Runs `slipway ARGUMENTS` to its end."""
        began = time.monotonic()
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"slipway {arguments} took more than {seconds} s\n{out}\n{err}") from None
        return Done(process.returncode, out, err, time.monotonic() - began)

    def ok(self, *arguments: str, seconds: float = 240) -> Done:
        """The same, and it must succeed."""
        done = self.slipway(*arguments, seconds=seconds)
        assert done.code == 0, f"slipway {' '.join(arguments)}: exit {done.code}\n{done.out}\n{done.err}"
        return done

    @property
    def stack_file(self) -> Path:
        return self.path / "stacks" / "Pulumi.local.yaml"

    def change(self, key: str, **values: Any) -> None:
        """Changes values below `slipway:<key>` of the stack file."""
        document = yaml.safe_load(self.stack_file.read_text())
        document["config"][f"slipway:{key}"].update(values)
        self.stack_file.write_text(yaml.safe_dump(document))

    def state_of(self) -> list[dict[str, Any]]:
        """The resources in the stack's state."""
        path = self.state / "pulumi" / "backend" / ".pulumi" / "stacks" / "slipway" / "local.json"
        latest = json.loads(path.read_text())["checkpoint"]["latest"]
        return latest.get("resources", []) if latest else []

    def store(self) -> Store:
        """The sandbox's S3 server, as root."""
        said = self.endpoints()
        keys = json.loads(Path(said["s3_root_file"]).read_text())
        return Store(endpoint=said["s3"], region="us-east-1", **keys)

    def endpoints(self) -> dict[str, Any]:
        return json.loads((self.state / "sandbox" / "endpoints.json").read_text())
