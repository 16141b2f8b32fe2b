"""One run of the engine: started, watched, and its outcome read from its own events."""

import contextlib
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from catalog.errors import SlipwayError
from catalog.places import CLONE
from runner.workspace import Workspace, checkpoint, directory


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a run did.

    Attributes:
        exit_code: 0 done, 1 failed, 7 changes where none were expected.
        changes: number of resources by operation (`create`, `update`, `same`, ...).
        saved: the engine wrote down what it did; where it did not, the next run finds it out.
        errors: what the engine and its providers called an error, with the resource's name.
        seconds: wall time.
    """

    exit_code: int
    changes: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0
    saved: bool = True


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
    with _scratch(workspace) as scratch:
        log, errors_path = scratch / "events.jsonl", scratch / "stderr"
        command = [str(workspace.pulumi), verb, "-s", workspace.stack, "--cwd", str(CLONE), "--non-interactive"]
        command += ["--event-log", str(log), *arguments]
        before = _version(workspace)
        with errors_path.open("w") as errors_file:
            code = _wait(subprocess.Popen(command, env=environment(workspace), stdout=output, stderr=errors_file))
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
        saved=verb == "preview" or (code >= 0 if before is None else _version(workspace) != before),
        seconds=time.monotonic() - started,
    )


@contextlib.contextmanager
def _scratch(workspace: Workspace) -> Iterator[Path]:
    """An empty directory for what is heard of one run. The caller holds the stack: what is there, a killed run left."""
    path = directory() / f"run-{workspace.stack}"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True, mode=0o700)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def environment(workspace: Workspace) -> dict[str, str]:
    """What the engine's process is told beyond its arguments."""
    # Providers of ours report every error of a preview and let it go on; the run fails on what they reported.
    told = {"PULUMI_DEBUG_COMMANDS": "true", "SLIPWAY_PREVIEW_ERRORS": "collect"}
    if workspace.backend is not None:
        # The state is written once, at the end: a write after every step takes the square of the stack's size. What a
        # run does that does not come to its end is found again by its marks: docs/adr/0005-large-stacks.md.
        told["PULUMI_SKIP_CHECKPOINTS"] = "true"
    return workspace.full_environment | told


def _version(workspace: Workspace) -> tuple[int, int] | None:
    """Tells one written state from the next; None where the state is not a file."""
    if workspace.backend is None:
        return None
    found = checkpoint(workspace).stat()
    return found.st_ino, found.st_mtime_ns


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
