"""The engine on the two programs of `programs/`: the same stack, by Slipway and by hand."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from runner import engine
from runner import workspace as workspaces

PROGRAMS: Final = Path(__file__).parent / "programs"
VARIANTS: Final = ("slipway", "raw")
_NAME: Final = "bench"
_VERBS: Final = {"preview": [], "up": ["--yes", "--skip-preview"], "destroy": ["--yes", "--skip-preview"]}


@dataclass(frozen=True)
class Program:
    """One of the two programs, as a stack of its own.

    Attributes:
        variant: `slipway` or `raw`.
        environment: that of the runner's own engines, so that what is measured is what people have.
        config: the stack's configuration, with the salt of its secrets.
    """

    variant: str
    environment: dict[str, str]
    config: Path

    @classmethod
    def of(cls, variant: str) -> "Program":
        """Makes the stack below `$SLIPWAY_STATE` where it is not yet."""
        environment = engine.environment(workspaces.made("local"))
        del environment["PULUMI_OPTION_CONFIG_FILE"]
        folder = workspaces.directory() / f"bench-{variant}"
        backend = folder / "backend"
        backend.mkdir(parents=True, exist_ok=True)
        program = cls(
            variant, {**environment, "PULUMI_BACKEND_URL": f"file://{backend}"}, folder / f"Pulumi.{_NAME}.yaml"
        )
        if not program.config.exists():
            # In a project of its own: `stack init` writes into it.
            (folder / "Pulumi.yaml").write_text(f"name: {_NAME}\nruntime: python\n")
            program._pulumi(["stack", "init", _NAME, "--cwd", str(folder)], {})
            salt = yaml.safe_load(program.config.read_text())
            program.config.write_text(yaml.safe_dump({**salt, "config": {"pulumi:disable-default-providers": ["*"]}}))
        return program

    def run(self, verb: str, models: int, **variables: str) -> float:
        """Runs `preview`, `up` or `destroy` to its end.

        Args:
            verb: what to run.
            models: how many the program declares; `destroy` does not ask it.
            variables: added to the environment; an empty one is taken away.

        Returns:
            Wall time in seconds.

        Raises:
            RuntimeError: it failed; with the end of its output.
        """
        where = ["-s", _NAME, "--cwd", str(PROGRAMS / self.variant), "--config-file", str(self.config)]
        given = {"BENCH_MODELS": str(models), "BENCH_BUCKET": _NAME, **variables}
        return self._pulumi([verb, *where, *_VERBS[verb], "--suppress-outputs"], given)

    def _pulumi(self, arguments: list[str], variables: dict[str, str]) -> float:
        began = time.monotonic()
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color=never"],
            env={name: value for name, value in {**self.environment, **variables}.items() if value},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            said = "\n".join(done.stdout.splitlines()[-40:])
            raise RuntimeError(f"pulumi {' '.join(arguments)}: exit {done.returncode}\n{said}")
        return time.monotonic() - began
