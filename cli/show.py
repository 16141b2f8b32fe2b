"""What people see: progress and tables on standard error, data on standard output."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from delivery.lock import Change
from runner.engine import Outcome
from stacks.locks import LockEntry

if TYPE_CHECKING:
    from runner.status import ModelStatus

_ERR = Console(stderr=True, highlight=False)
# What goes into a pipe or a file is not folded to a terminal's width.
_OUT = Console(highlight=False, width=None if sys.stdout.isatty() else 1000)

_PATIENCE = 180.0
"""Seconds for models that an `up` did not change and that start again."""


def say(text: str) -> None:
    """One line for the person."""
    _ERR.print(text, markup=False, soft_wrap=True)


def of(found: Sequence[object], what: str) -> str:
    """How many there are, to be put after something; empty for none."""
    return f"; {len(found)} {what}" if found else ""


def progress() -> Callable[[str, str, float], None]:
    """A progress callback: `(part, text, seconds)`, one line each, with the time since the command began."""
    began = time.monotonic()

    def line(part: str, text: str, seconds: float) -> None:
        took = f" ({seconds:.1f} s)" if seconds >= 0.05 else ""
        say(f"{time.monotonic() - began:6.1f}s  {part:<12} {text}{took}")

    return line


def bytes_progress(what: str) -> Callable[[int, int], None] | None:
    """A progress callback for bytes, None where nobody watches."""
    if not sys.stderr.isatty():
        return None
    from rich.progress import Progress

    bar = Progress(console=_ERR, transient=True)
    task = bar.add_task(what)
    bar.start()

    def update(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)
        if done >= total:
            bar.stop()

    return update


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, to_stderr: bool = False) -> None:
    """A table; columns keep their words whole."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    console = _ERR if to_stderr else _OUT
    with console.capture() as captured:
        console.print(drawn)
    for line in captured.get().splitlines():
        click.echo(line.rstrip(), err=to_stderr)


def changes(found: Sequence[Change], *, as_json: bool = False) -> None:
    """What became of the entries of a lock."""
    if as_json:
        rows = [{"key": change.key, "before": _entry(change.before), "after": _entry(change.after)} for change in found]
        click.echo(json.dumps(rows, indent=1))
        return
    for change in found:
        if change.before == change.after:
            say(f"= {change.key}: {change.after.immutable if change.after else ''}")
            continue
        for sign, entry in (("-", change.before), ("+", change.after)):
            if entry:
                version = f", version {entry.version}" if entry.version else ""
                say(f"{sign} {change.key}: {entry.immutable} ({entry.digest}{version})")


def _entry(entry: LockEntry | None) -> dict[str, object] | None:
    return entry.model_dump(exclude_none=True) if entry else None


def outcome(done: Outcome) -> int:
    """Says what a run did; gives the exit code."""
    for error in done.errors:
        click.echo(f"{click.style('error:', fg='red', bold=True)} {error}", err=True)
    changed = {name: number for name, number in done.changes.items() if name != "same"}
    words = ", ".join(f"{number} {name}" for name, number in sorted(changed.items())) or "no change"
    say(f"{words}; {done.changes.get('same', 0)} unchanged; {done.seconds:.1f} s")
    return done.exit_code


def models(found: "Sequence[ModelStatus]") -> bool:
    """The table of models, with the reasons of those that are not ready; gives whether all are."""
    rows = [
        [m.name, m.team, m.engine, m.ready, _where(m.nodes, simulated=m.simulated), m.version, m.url or "-"]
        for m in found
    ]
    table(["model", "team", "engine", "ready", "placed on", "version", "url"], rows)
    for model in found:
        for depth, reason in enumerate(model.reasons):
            _OUT.print(
                f"{'  ' * depth}{model.name + ': ' if not depth else '└ '}{reason}", markup=False, soft_wrap=True
            )
    return all(model.is_ready for model in found)


def _where(nodes: Sequence[str], *, simulated: bool) -> str:
    return (", ".join(nodes) or "nowhere yet") + (" (simulated)" if simulated else "")


def after_up(stack: str, done: Outcome) -> int:
    """What stands after an `up`: the models, and the answers of those that can be asked."""
    from runner import predict, status

    code = outcome(done)
    found = status.models(stack) if code else status.when_ready(stack, _PATIENCE)
    models(found)
    if code:
        return code
    askable = predict.with_samples(stack)
    for model in found:
        if model.is_ready and not model.simulated:
            if model.name not in askable:
                say(f"\n{model.name} was not asked: its declaration has no sample request")
                continue
            answer = predict.predict(stack, model.name, None)
            say(f"\nasked {model.name} at {answer.url} ({answer.seconds * 1000:.0f} ms):")
            click.echo(json.dumps(answer.body, indent=1))
    if found and all(model.simulated for model in found):
        say("\nno model was asked: all are placed on simulated nodes, where nothing runs and nothing answers")
    return 1 if any(model.is_late for model in found) else 0
