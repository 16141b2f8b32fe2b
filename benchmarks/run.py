"""Measures everything that is promised in time: `python -m benchmarks.run [--only NAME] [--quick]`.

It starts sandboxes of its own in a temporary directory, ends them whatever happens, prints one line a number and writes
the tables of docs/performance.md. The exit code is 1 when a limit is missed.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks import commands, figures, launch, scaling
from benchmarks.engine import VARIANTS, Program
from benchmarks.figures import Figure
from benchmarks.scaling import Plan
from sandbox.node import life
from sandbox.toolchain import locate

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "performance.md"

# Models, and how often each number of them is measured.
PLANS: Final = {
    "preview": Plan("preview", {10: 5, 100: 3, 1000: 2}, ratio=1.10, growth=1.05),
    "up": Plan("up", {30: 3, 100: 2, 300: 2}, ratio=1.25),
    "checkpoints": Plan("up", {30: 1, 100: 1}, variants=VARIANTS[:1], variables={"PULUMI_SKIP_CHECKPOINTS": ""}),
}
NAMES: Final = ("commands", "launch", *PLANS)


def main() -> int:
    """Gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=NAMES, action="append", help="measure this alone (may be repeated)")
    parser.add_argument("--quick", action="store_true", help="small sizes, once each; writes no document")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended then, too
    for name in [name for name in os.environ if name.startswith(("PULUMI_", "SLIPWAY_STATE"))]:
        del os.environ[name]
    machine = figures.machine()
    _say(machine)
    if given.only != ["commands"]:  # which need no tools
        locate.ensure()
    kept = True
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as scratch:
        for name in given.only or NAMES:
            found, text = _measure(name, Path(scratch) / name, quick=given.quick)
            for figure in found:
                print(figure.line, flush=True)
                kept = kept and figure.is_met
            if not given.quick:
                figures.write(DOCUMENT, name, f"{machine}\n\n{text}")
    return 0 if kept else 1


def _measure(name: str, folder: Path, *, quick: bool) -> tuple[list[Figure], str]:
    """The figures of one benchmark, and its table."""
    _say(name)
    if name in ("commands", "launch"):
        measure = commands.measure if name == "commands" else launch.measure
        found = measure(folder, 1 if quick else 3, _say)
        return found, figures.table(["what", "time", "limit"], [figure.row for figure in found])
    plan = PLANS[name].quick if quick else PLANS[name]
    with _sandbox(folder):
        programs = {variant: Program.of(variant) for variant in plan.variants}
        measured = scaling.measure(plan, programs, _say)
    return measured.figures, measured.text


@contextmanager
def _sandbox(state: Path) -> Iterator[None]:
    """A sandbox that nobody else uses, ended at the end."""
    os.environ["SLIPWAY_STATE"] = str(state)
    try:
        life.up(state, progress=_progress(_say))
        yield
    finally:
        life.down(state)
        shutil.rmtree(state, ignore_errors=True)
        del os.environ["SLIPWAY_STATE"]


def _progress(say: Callable[[str], None]) -> Callable[[str, str, float], None]:
    return lambda part, text, _: say(f"  {part}: {text}") if part == "node" else None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
