"""The shipped stacks under the real engine, with stand-ins for every provider that would need an account or a cluster."""

import json
import os
from pathlib import Path
from typing import Any

import yaml

from tests.cloud.stack import CLONE, Run, Stack

# The repository's own program; only its folder is another, so that nothing is written into the repository. As in
# `tests/cloud/whole.py` it does not look for garbage.
PROGRAM = f"""
import gc, runpy, sys
gc.disable()
sys.path.insert(0, {str(CLONE)!r})
runpy.run_path({str(CLONE / "__main__.py")!r}, run_name="__main__")
"""


class Shipped(Stack):
    """Stacks of `stacks/` in one home and one backend."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        program = folder / "program"
        (program / "__main__.py").write_text(PROGRAM)
        (program / "providers").symlink_to(CLONE / "providers")
        project = {
            "name": "slipway",
            "runtime": "python",
            "plugins": {"providers": [{"name": "slipway-s3", "path": "providers/slipway_s3"}]},
        }
        (program / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        self.environment |= {"SLIPWAY_STATE": os.environ.get("SLIPWAY_STATE", str(folder / "state"))}

    def init(self, stack: str, **config: Any) -> None:
        """Makes a stack with the configuration of the shipped one, and secrets beside it."""
        said = yaml.safe_load((CLONE / "stacks" / f"Pulumi.{stack}.yaml").read_text())
        said["config"] |= config
        (self.folder / "program" / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(said))
        self.run("stack", "init", stack, logged=False)

    def digest(self, stack: str) -> list[dict[str, Any]]:
        """The states that a preview foresees, by the engine's own digest."""
        done = self.run("preview", "-s", stack, "--json", logged=False)
        found = json.loads(done.output[done.output.index("{\n") :])
        return [step["newState"] for step in found["steps"]]


__all__ = ["Run", "Shipped"]
