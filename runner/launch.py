"""The verbs of a stack: what `slipway up` does from nothing to the last model."""

import contextlib
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from catalog.errors import SeveralErrors, SlipwayError
from catalog.places import state_dir
from runner import artifacts, checking, cluster, engine, images, orphans, own, recovery
from runner import workspace as workspaces
from runner.engine import Outcome
from runner.recovery import Hold
from runner.workspace import Workspace
from sandbox.node import life
from sandbox.node.endpoints import Endpoints
from sandbox.node.layout import check_version
from sandbox.toolchain import locate
from stacks.resolution import counted, lock_errors, read_lock
from stacks.settings import Settings, from_file, stack_file

Progress = Callable[[str, str, float], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A stack, held and ready for its engine."""

    stack: str
    settings: Settings
    workspace: Workspace
    hold: Hold
    progress: Progress


def up(stack: str, progress: Progress) -> Outcome:
    """Brings the stack up: tools, sandbox, images and artifacts where it needs them, then the engine.

    Raises:
        SeveralErrors: the stack file or its lock is wrong; nothing has been started then.
        SlipwayError: something it needs is missing or failed.
    """
    with _ready(stack, progress, build=True) as run, artifacts.pushed_meanwhile(run.stack, run.settings):
        return _engine(run, "up", ["--yes", "--skip-preview", "--suppress-outputs"])


def preview(stack: str, arguments: Sequence[str], progress: Progress) -> Outcome:
    """Shows what `up` would change; errors as `up`."""
    with _ready(stack, progress, build=True) as run:
        return _engine(run, "preview", arguments)


def destroy(stack: str, progress: Progress) -> Outcome:
    """Removes everything of the stack; errors as `up`."""
    with _ready(stack, progress, build=False) as run:
        return _engine(run, "destroy", ["--yes"])


def workspace(stack: str) -> Workspace:
    """How Pulumi runs for the stack.

    Raises:
        SlipwayError: the stack's own Pulumi is wanted and not there.
    """
    settings = from_file(stack_file(stack))
    check_version(state_dir())
    return workspaces.made(stack) if settings.workspace == "slipway" else own.workspace(stack)


def sandbox(progress: Progress) -> Endpoints:
    """Starts the sandbox, with the tools it needs, or heals what died of it."""
    locate.ensure()
    return life.up(state_dir(), progress=progress)


def reset() -> None:
    """Stops the sandbox and forgets everything in it, the states of its stacks included."""
    life.reset(state_dir())
    for name in ("pulumi", "locks", "artifacts"):
        shutil.rmtree(state_dir() / name, ignore_errors=True)


@contextlib.contextmanager
def _ready(stack: str, progress: Progress, *, build: bool) -> Iterator[Run]:
    """The stack with everything that its engine needs; what is wrong is found before anything is started."""
    settings = from_file(stack_file(stack))
    if settings.workspace == "own":
        own.workspace(stack)
    check_version(state_dir())
    with recovery.one_at_a_time(stack) as hold:
        simulated = False
        if settings.cluster.kind == "sandbox":
            endpoints = sandbox(progress)
            simulated = not endpoints.real_pods
            for reason in endpoints.missing:
                progress("simulation", f"no pod runs here, all are only placed; missing: {reason}", 0.0)
            if build:
                images.ensure(stack, settings, endpoints, progress)
                artifacts.ensure(stack, settings, progress)
        else:
            if settings.workspace == "slipway":
                locate.ensure(["pulumi"])
            progress("cluster", cluster.answering(stack, settings), 0.0)
        lock = read_lock(stack, settings)
        errors = list(lock_errors(stack, settings, lock, simulated=simulated)) if build else []
        errors += checking.changed(stack, settings, lock) if build else []
        if errors:
            raise SeveralErrors(errors)
        for unlocked in counted(stack, settings, read_lock(stack, settings)) if build else ():
            progress("locks", f"{unlocked.path} ({unlocked.value}) is not locked: {unlocked.why}", 0.0)
        chosen = workspace(stack)
        recovered = recovery.recover(chosen)
        hold.interrupted = hold.interrupted or bool(recovered)
        if hold.interrupted:
            progress("recovery", "a run was ended in its middle; this one takes it up", 0.0)
        for line in recovered:
            progress("recovery", line, 0.0)
        yield Run(stack=stack, settings=settings, workspace=chosen, hold=hold, progress=progress)


def _engine(run: Run, verb: str, arguments: Sequence[str]) -> Outcome:
    """Runs the engine. After a run that was ended in its middle, one that succeeds puts everything in order."""
    for provider in run.workspace.providers:
        run.progress("provider", provider, 0.0)
    interrupted, run.hold.broken = run.hold.interrupted, True
    refresh = ["--refresh"] if interrupted and verb != "destroy" else []
    output = sys.stderr if verb != "preview" else None
    try:
        outcome = engine.run(run.workspace, verb, [*arguments, *refresh], output=output)
    except SlipwayError:  # refused before it began
        run.hold.broken = interrupted
        raise
    if interrupted and verb != "preview" and outcome.exit_code == 0:
        for removed in orphans.remove(run.workspace, run.settings):
            run.progress("recovery", removed, 0.0)
        interrupted = False
    run.hold.broken = interrupted or not outcome.saved
    return outcome
