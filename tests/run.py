"""Runs the whole suite at one level: `python -m tests.run test|prove|soak [PYTEST ARGUMENTS]`."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from catalog.errors import SlipwayError
from sandbox.toolchain import locate

ROOT = Path(__file__).resolve().parents[1]
# Nothing of a person's own Pulumi or cloud reaches a test; what commands import is compiled once, as a person has it.
_PRIVATE = (
    "PULUMI_", "AWS_", "GOOGLE_", "KUBECONFIG", "SLIPWAY_STATE", "SLIPWAY_STANDIN_HOME", "PYTHONDONTWRITEBYTECODE",
)  # fmt: skip

# Each has a clone and a sandbox of its own, and mostly waits for pods to come and go.
_KILLS = ["tests/launch/test_kills.py"]
_PART_KILLS = ["tests/launch/test_part_kills.py"]
_RECOVERY = ["tests/launch/test_recovery.py"]
_OTHERS = [f"tests/launch/test_{name}.py" for name in ("existing", "simulation", "traffic", "examples")]
_LAUNCH = ["tests/launch", *(f"--ignore={path}" for path in (*_KILLS, *_PART_KILLS, *_RECOVERY, *_OTHERS))]
# These start parts of the sandbox.
_PARTS = [f"tests/{name}" for name in ("gateway", "images", "kubernetes", "node")]
# These only compute, or run the engine with stand-ins.
_CLOUDS = [f"tests/{name}" for name in ("accounts", "cloud", "clusters", "graph", "toolchain")]
_REST = ["tests", "--ignore=tests/launch", *(f"--ignore={path}" for path in (*_PARTS, *_CLOUDS))]

# Side by side what stands in one row, the longest first. Beside the rolling update, whose answers are timed, is nothing.
_MEASURED = [[_REST, _CLOUDS, _PARTS], [_LAUNCH], [_KILLS, _PART_KILLS, _RECOVERY, _OTHERS]]
_AT_ONCE = [[_LAUNCH, [*_KILLS, *_PART_KILLS, *_OTHERS], _PARTS, _RECOVERY, _CLOUDS, _REST]]
_AT_A_TIME = 4
"""More would take the processor from each other rather than use its pauses: two cores, pods that come and go."""
_ROWS = {"test": _AT_ONCE, "prove": _MEASURED, "soak": _MEASURED}


def main() -> int:
    """Gives 0 when everything passed."""
    if len(sys.argv) < 2 or sys.argv[1] not in _ROWS:
        print(__doc__, file=sys.stderr)
        return 2
    level, arguments = sys.argv[1], sys.argv[2:]
    try:
        locate.ensure()  # parts side by side would wait for each other's build, and some only look for what is there
    except SlipwayError as error:
        print(error, file=sys.stderr)
        return 2
    began = time.monotonic()
    rows = [[["tests", *arguments]]] if arguments else _ROWS[level]
    codes = [code for row in rows for code in _side_by_side(row, level)]
    print(f"{level}: {time.monotonic() - began:.0f} s", flush=True)
    return max(codes)


def _side_by_side(row: list[list[str]], level: str) -> list[int]:
    """Runs each part in a process; what the first says is seen at once, what the others say when they are done."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_PRIVATE)}
    environment |= {"SLIPWAY_COUNTS": level, "PULUMI_ERROR_OUTPUT_STRING": "1", "NO_COLOR": "1"}

    def run(part: list[str]) -> tuple[int, str]:
        command = [sys.executable, "-m", "pytest", "-q", "--durations=10", *part]
        held = None if part is row[0] else subprocess.PIPE
        done = subprocess.run(command, env=environment, cwd=ROOT, stdout=held, text=True, check=False)
        return done.returncode, done.stdout or ""

    codes = []
    with ThreadPoolExecutor(_AT_A_TIME) as lanes:
        for code, said in lanes.map(run, row):
            print(said, flush=True)
            codes.append(code)
    return codes


if __name__ == "__main__":
    sys.exit(main())
