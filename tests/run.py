"""Runs the whole suite at one level: `python -m tests.run test|prove|soak [PYTEST ARGUMENTS]`."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Nothing of a person's own Pulumi or cloud reaches a test.
_PRIVATE = ("PULUMI_", "AWS_", "GOOGLE_", "KUBECONFIG", "SLIPWAY_STATE", "SLIPWAY_STANDIN_HOME")


# Side by side in `make test`: the first launch, which mostly waits, and everything else.
_PARTS = (["tests/launch"], ["tests", "--ignore=tests/launch"])


def main() -> int:
    """Gives 0 when everything passed."""
    if len(sys.argv) < 2 or sys.argv[1] not in ("test", "prove", "soak"):
        print(__doc__, file=sys.stderr)
        return 2
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_PRIVATE)}
    environment |= {"SLIPWAY_COUNTS": sys.argv[1], "PULUMI_ERROR_OUTPUT_STRING": "1", "NO_COLOR": "1"}
    began = time.monotonic()
    # Numbers are measured with nothing beside them.
    parts = _PARTS if sys.argv[1] == "test" and not sys.argv[2:] else (["tests"],)
    running = []
    for part in parts:
        command = [sys.executable, "-m", "pytest", "-q", "--durations=10", *part, *sys.argv[2:]]
        held = tempfile.TemporaryFile("w+") if running else None  # noqa: SIM115  shown when the first is done, then closed
        running.append((subprocess.Popen(command, env=environment, cwd=ROOT, stdout=held), held))
    codes = []
    for process, held in running:
        codes.append(process.wait())
        if held:
            held.seek(0)
            print(held.read(), flush=True)
            held.close()
    print(f"{sys.argv[1]}: {time.monotonic() - began:.0f} s", flush=True)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
