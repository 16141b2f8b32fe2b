"""The engine on the two programs of `programs/`: the same stack, by Slipway and by hand."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from runner import workspace as workspaces

PROGRAMS: Final = Path(__file__).parent / "programs"
VARIANTS: Final = ("slipway", "raw")
_PROJECT: Final = "bench"
_STACK: Final = "bench"


@dataclass(frozen=True)
class Program:
    """One of the two programs, as a stack of its own in the workspace that Slipway makes.

    Attributes:
        environment: that of every `slipway` command, so that what is measured is what people have.
        config: the stack's configuration, with the salt of its secrets.
    """

    variant: str
    environment: dict[str, str]
    config: Path

    @classmethod
    def of(cls, variant: str) -> "Program":
        """Makes the stack where it is not yet. `$SLIPWAY_STATE` says where."""
        made = dict(workspaces.made("local").environment)
        made.pop("PULUMI_OPTION_CONFIG_FILE")
        folder = workspaces.directory() / f"bench-{variant}"
        backend = folder / "backend"
        backend.mkdir(parents=True, exist_ok=True)
        made["PULUMI_BACKEND_URL"] = f"file://{backend}"
        config = folder / f"Pulumi.{_STACK}.yaml"
        program = cls(variant, {**os.environ, **made}, config)
        if not config.exists():
            (folder / "Pulumi.yaml").write_text(f"name: {_PROJECT}\nruntime: python\n")
            program._pulumi("stack", "init", _STACK, "--cwd", str(folder))
            salted = yaml.safe_load(config.read_text())
            config.write_text(yaml.safe_dump({**salted, "config": {"pulumi:disable-default-providers": ["*"]}}))
        return program

    def run(self, verb: str, models: int, **variables: str) -> float:
        """Runs `preview`, `up` or `destroy` with so many models.

        Args:
            verb: what to run.
            models: how many the program declares; `destroy` does not ask it.
            variables: added to the environment; an empty value removes one.

        Returns:
            Wall time in seconds.
        """
        how = {"preview": [], "up": ["--yes", "--skip-preview"], "destroy": ["--yes", "--skip-preview"]}[verb]
        given = {"BENCH_MODELS": str(models), "BENCH_BUCKET": "bench", **variables}
        where = ["--cwd", str(PROGRAMS / self.variant), "--config-file", str(self.config)]
        return self._pulumi(verb, "-s", _STACK, "--suppress-outputs", *where, *how, **given)

    def _pulumi(self, *arguments: str, **variables: str) -> float:
        environment = {key: value for key, value in {**self.environment, **variables}.items() if value}
        began = time.monotonic()
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color=never"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            said = "\n".join(done.stdout.splitlines()[-40:])
            raise RuntimeError(f"pulumi {' '.join(arguments)}: exit {done.returncode}\n{said}")
        return time.monotonic() - began
