"""`slipway import`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catalog.errors import SeveralErrors
from cli import options, show

if TYPE_CHECKING:
    from components.serving.importing.run import Report
    from components.serving.importing.verdict import Verdict

_COLOURS = {"exact": "green", "equivalent": "green", "refused": "yellow", "invalid": "red"}


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("-o", "output", metavar="DIR", type=click.Path(path_type=Path), help="Write the declarations there.")
@click.option("--round-trip", is_flag=True, help="Show what is built from them again, compared with the files.")
@click.option("--partial", is_flag=True, help="Write also when something is refused.")
@options.as_json
def command(files: tuple[Path, ...], output: Path | None, *, round_trip: bool, partial: bool, as_json: bool) -> int:
    """Turn manifests of a serving engine into declarations; nothing of them is lost unsaid."""
    from components.serving.importing import run

    report = run.read(files)
    for verdict in report.verdicts:
        if as_json:
            click.echo(json.dumps(verdict.as_json()))
        elif round_trip or output or not verdict.taken:
            _line(verdict)
        else:
            _declaration(verdict)
    _aside(report)
    if output and (report.complete or partial):
        for path in run.written(report, output):
            show.say(f"wrote {path}")
    elif output:
        show.say("nothing is written: not everything has a declaration (--partial writes what has one)")
    if report.errors:
        raise SeveralErrors(report.errors)
    return 0 if report.complete else 2


def _line(verdict: "Verdict") -> None:
    said = click.style(verdict.outcome.value, fg=_COLOURS[verdict.outcome.value])
    click.echo(f"{said} {verdict.kind} {verdict.name} ({verdict.file})")
    for reason in verdict.reasons:
        click.echo(f"  {reason.path}: {reason.why}" + (f" [{reason.rule}]" if reason.rule else ""))
    for difference in verdict.differences:
        click.echo(f"  {difference.path}: {difference.rule}")


def _declaration(verdict: "Verdict") -> None:
    from components.serving.importing.source import python

    if verdict.imported:
        click.echo(python(verdict.imported.declaration, f"{verdict.name}: imported from a {verdict.kind}."))


def _aside(report: "Report") -> None:
    """What is not about one object's verdict: traps that are kept, kinds that are not read."""
    for verdict in report.verdicts:
        for warning in verdict.warnings:
            show.say(f"warning: {verdict.name}: {warning}; kept, and acknowledged in the declaration")
    if report.others:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(report.others.items()))
        show.say(f"not read: {report.others.total()} of other kinds ({kinds})")
