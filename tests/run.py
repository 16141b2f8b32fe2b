"""Runs the whole suite at one level: `python -m tests.run test|prove|soak [PYTEST ARGUMENTS]`."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Nothing of a person's own Pulumi or cloud reaches a test.
_PRIVATE = ("PULUMI_", "AWS_", "GOOGLE_", "KUBECONFIG", "SLIPWAY_STATE", "SLIPWAY_STANDIN_HOME")


def main() -> int:
    """Gives pytest's exit code."""
    if len(sys.argv) < 2 or sys.argv[1] not in ("test", "prove", "soak"):
        print(__doc__, file=sys.stderr)
        return 2
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_PRIVATE)}
    environment |= {"SLIPWAY_COUNTS": sys.argv[1], "PULUMI_ERROR_OUTPUT_STRING": "1", "NO_COLOR": "1"}
    began = time.monotonic()
    # Numbers are measured one test at a time; without them, two folders run side by side.
    workers = ["-n", "2", "--dist", "loadgroup"] if sys.argv[1] == "test" else ["-p", "no:xdist"]
    command = [sys.executable, "-m", "pytest", "-q", "--durations=10", *workers, *sys.argv[2:]]
    code = subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode
    print(f"{sys.argv[1]}: {time.monotonic() - began:.0f} s", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
