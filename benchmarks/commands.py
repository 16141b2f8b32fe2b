"""How long the commands take that need no engine, and a thousand declarations beside writing their objects down."""

import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import yaml

from benchmarks.figures import Figure, exponent
from benchmarks.many import values
from tests.launch.clone import Clone

CHECK_S: Final = 1.0
GRAPH_S: Final = 3.0
MANY_S: Final = 3.0
MANY: Final = 1000
# Of the time the C dumper of YAML takes for what was built.
RATIO: Final = 1.5
GROWTH: Final = 1.1
Say = Callable[[str], None]

_MODELS: Final = '''"""{count} models, every tenth with an accelerator."""

from benchmarks.many import declaration

MODELS = tuple(declaration(number) for number in range({count}))
'''


def measure(folder: Path, times: int, say: Say) -> list[Figure]:
    """The best of each, with what share of it Python's imports are.

    Args:
        folder: where the copy of the clone goes.
        times: how often each is measured.
        say: told what goes on.
    """
    clone = Clone(folder)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # `make setup` compiles what the commands import
    figures = []
    for words, limit in ((("check",), CHECK_S), (("graph", "-o", os.devnull), GRAPH_S)):
        for stack in ("prod-eks", "prod-gke"):
            name, command = f"slipway {words[0]} -s {stack}", [*words, "-s", stack]
            say(f"  {name}")
            took, processor = _best(clone, command, times)
            figures.append(Figure(name, took, " s", limit))
            figures.append(Figure(f"{name}, processor", processor, " s"))
            figures.append(_imports(clone, name, command))
    say(f"  slipway check of {MANY} models")
    _many(clone)
    took, processor = _best(clone, ["check", "-s", "many"], times)
    figures.append(Figure(f"slipway check of {MANY:,} models", took, " s", MANY_S))
    figures.append(Figure(f"slipway check of {MANY:,} models, processor", processor, " s"))
    return figures + _declarations(clone, times, say)


def _best(clone: Clone, command: list[str], times: int) -> tuple[float, float]:
    """Wall time, and the processor's, which tells more on a busy machine; the first run may compile modules."""
    clone.ok(*command)
    walls, processors = [], []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        walls.append(clone.ok(*command).seconds)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processors.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(walls), min(processors)


def _imports(clone: Clone, name: str, command: list[str]) -> Figure:
    """How much of a command is imports, by Python's own account of them."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "from cli.main import main; main()", *command],
        cwd=clone.path,
        env=clone.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    took = time.monotonic() - began
    own = sum(int(found) for found in re.findall(r"^import time:\s+(\d+) \|", done.stderr, re.MULTILINE))
    return Figure(f"{name}, share of imports", own / 1e6 / took)


def _many(clone: Clone) -> None:
    """A stack `many` with its declarations."""
    for path in (clone.path / "stacks" / "models").glob("[a-z]*.py"):
        path.unlink()
    (clone.path / "stacks" / "models" / "many.py").write_text(_MODELS.format(count=MANY))
    config = {f"slipway:{key}": value for key, value in values(MANY).items()}
    (clone.path / "stacks" / "Pulumi.many.yaml").write_text(yaml.safe_dump({"config": config}))
    entries = {
        f"artifact:model-{number}": {
            "reference": f"model-{number}", "immutable": f"models/model-{number}/1/", "digest": "sha256:" + "0" * 64,
            "date": "2026-11-01",
        }
        for number in range(MANY)
    }  # fmt: skip
    (clone.path / "stacks" / "locks" / "many.json").write_text(json.dumps({"format": 1, "entries": entries}))


def _declarations(clone: Clone, times: int, say: Say) -> list[Figure]:
    """Declarations through validation, rules, fit and build, beside the YAML of what was built; a process each."""
    found: dict[int, tuple[float, float]] = {}
    for count in (MANY // 10, MANY):
        say(f"  {count} declarations")
        runs = [_run(clone, count) for _ in range(times)]
        found[count] = min(ours for ours, _ in runs), min(dumped for _, dumped in runs)
    ours, dumped = found[MANY]
    grown = exponent((MANY // 10, MANY), (found[MANY // 10][0], ours), 0.0)
    return [
        Figure(f"{MANY:,} declarations: validated, checked, fitted, built", ours, " s of processor"),
        Figure(f"{MANY:,} declarations: their objects written by the C dumper of YAML", dumped, " s of processor"),
        Figure(f"{MANY:,} declarations, ratio to the dumper", ours / dumped, limit=RATIO),
        Figure(f"declarations from {MANY // 10} to {MANY:,}, exponent", grown, limit=GROWTH),
    ]


def _run(clone: Clone, count: int) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.declarations", str(count)],
        cwd=clone.path, env=clone.environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    ours, dumped = json.loads(done.stdout)
    return ours, dumped
