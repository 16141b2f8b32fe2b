"""A shipped stack under the real engine: the platform's own program, with the stand-ins as its providers."""

import copy
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from stacks.settings import STACKS
from tests.cloud.stack import Run, Stack

# It lives for seconds: looking for garbage among the SDKs' classes would take a quarter of them.
_PROGRAM = """
import gc, os, pulumi
gc.disable()
from stacks import platform, settings
for name, value in platform.build(settings.load(), os.environ["TEST_STACK"], "slipway").items():
    pulumi.export(name, value)
"""


class Whole(Stack):
    """A shipped stack, whose values a test may change.

    Args:
        folder: for its home and its state.
        stack: name of the stack file.

    Attributes:
        always: changes of the stack's values, for every command.
    """

    def __init__(self, folder: Path, stack: str) -> None:
        super().__init__(folder)
        self.stack = stack
        self.always: dict[str, Any] = {}
        (folder / "program/__main__.py").write_text(_PROGRAM)
        self._file = folder / "program/Pulumi.test.yaml"
        self._made = yaml.safe_load(self._file.read_text()) if self._file.exists() else {}
        self.environment |= {"TEST_STACK": stack, "PULUMI_PARALLEL": "64"}

    def __call__(self, verb: str, *, code: int = 0, asked: bool = False, **changes: Any) -> Run:
        """Runs a command that ends with this exit code.

        Args:
            verb: `preview`, `up` or `destroy`.
            code: the exit code.
            asked: with the preview that comes before, as a person runs it.
            changes: of the stack's values, by section; mappings are merged, and None takes a key away.
        """
        config = yaml.safe_load((STACKS / f"Pulumi.{self.stack}.yaml").read_text())["config"]
        for said in (self.always, changes):
            for section, value in said.items():
                config[f"slipway:{section}"] = _merged(config.get(f"slipway:{section}"), value)
        self._file.write_text(yaml.safe_dump({**self._made, "config": config}))
        how = [] if verb == "preview" else ["--yes"] if asked else ["--yes", "--skip-preview"]
        return self.run(verb, "-s", "test", *how, code=code)

    def everything(self) -> list[dict[str, Any]]:
        """The resources of the state."""
        path = self.folder / "pulumi/backend/.pulumi/stacks/slipway/test.json"
        return list(json.loads(path.read_text())["checkpoint"]["latest"].get("resources") or [])


def named(steps: Iterable[tuple[str, str]], *operations: str) -> set[str]:
    """The names of what one of these operations was done to."""
    return {name for operation, name in steps if operation in operations}


def _merged(old: Any, new: Any) -> Any:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    merged = {**copy.deepcopy(old), **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return {key: value for key, value in merged.items() if value is not None}
