"""One run of the engine: started, watched, and its outcome read from its own events."""

import contextlib
import json
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from catalog.errors import SlipwayError
from catalog.places import CLONE
from runner.workspace import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a run did.

    Attributes:
        exit_code: 0 done, 1 failed, 7 changes where none were expected.
        changes: number of resources by operation (`create`, `update`, `same`, ...).
        killed: the engine was ended from outside; its state is recovered by the next run.
        errors: what the engine and its providers called an error, with the resource's name.
        seconds: wall time.
    """

    exit_code: int
    changes: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0
    killed: bool = False


def run(workspace: Workspace, verb: str, arguments: Sequence[str] = (), *, output: IO[str] | None = None) -> Outcome:
    """Runs `pulumi <verb>` to its end.

    A preview in which a provider reported errors has failed, whatever the command's exit code: the engine goes on
    after a reported error so that all of them are seen at once.

    Args:
        workspace: where and with what.
        verb: `up`, `preview`, `refresh`, `destroy`.
        arguments: added to the command.
        output: where the engine's own display goes; this process's standard output by default.

    Raises:
        SlipwayError: the passphrase does not fit the state, or another run holds it.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="slipway-") as scratch:
        log = Path(scratch) / "events.jsonl"
        errors_path = Path(scratch) / "stderr"
        command = [str(workspace.pulumi), verb, "-s", workspace.stack, "--cwd", str(CLONE), "--non-interactive"]
        command += ["--event-log", str(log), *arguments]
        # Providers of ours report every error of a preview and let it go on; this run fails on what they reported.
        environment = workspace.full_environment | {
            "PULUMI_DEBUG_COMMANDS": "true",
            "SLIPWAY_PREVIEW_ERRORS": "collect",
        }
        with errors_path.open("w") as errors_file:
            code = _wait(subprocess.Popen(command, env=environment, stdout=output, stderr=errors_file))
        said = errors_path.read_text(errors="replace").strip()
        changes, errors = _read(log)
    _refuse_known(said, workspace)
    if code < 0:
        errors.append(f"the engine was ended by {signal.Signals(-code).name}; the next run recovers")
    elif code and not errors and said:
        errors.append(said)
    if errors and code == 0:
        code = 1
    return Outcome(
        exit_code=code if code >= 0 else 1,
        changes=changes,
        errors=errors,
        killed=code < 0,
        seconds=time.monotonic() - started,
    )


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Waits; a Ctrl-C reaches the engine by itself, and it is given the time to end in order."""
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            return process.wait()


def _refuse_known(said: str, workspace: Workspace) -> None:
    if "incorrect passphrase" in said:
        raise SlipwayError(
            workspace.environment.get("PULUMI_CONFIG_PASSPHRASE_FILE", "passphrase"), "",
            "it does not open the secrets of this stack's state",
            "put the right file back, or start anew with an empty state: make clean && make up",
        )  # fmt: skip
    if "the stack is currently locked" in said:
        raise SlipwayError("stack", workspace.stack, f"another run holds it: {said}", "wait for it, or end it")


def _read(log: Path) -> tuple[dict[str, int], list[str]]:
    """Changes and errors of a run, from its events."""
    changes: dict[str, int] = {}
    errors: list[str] = []
    if not log.exists():
        return changes, errors
    for line in log.read_text(errors="replace").splitlines():
        try:
            event: dict[str, Any] = json.loads(line)
        except ValueError:
            continue  # the last line of a killed engine
        if "summaryEvent" in event:
            changes = event["summaryEvent"].get("resourceChanges", {})
        diagnostic = event.get("diagnosticEvent")
        if diagnostic and diagnostic["severity"] == "error":
            text = _plain(diagnostic["message"])
            name = diagnostic.get("urn", "").rsplit("::", 1)[-1]
            errors.append(f"{name}: {text}" if name else text)
    return changes, [error for error in errors if error]


def _plain(message: str) -> str:
    """The message without the engine's colour tags."""
    out, rest = "", message
    while "<{%" in rest:
        before, _, tail = rest.partition("<{%")
        out += before
        rest = tail.partition("%}>")[2]
    return (out + rest).strip()
