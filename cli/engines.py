"""`slipway engines`."""

import json
from pathlib import Path

import click

from catalog.errors import SlipwayError
from cli import options, show


@click.command()
@click.argument("model", required=False)
@click.option(
    "--file", "path", metavar="DECLARATION.py", type=click.Path(path_type=Path), help="A declaration in no stack."
)
@options.stack
@options.as_json
def command(model: str | None, path: Path | None, stack: str, *, as_json: bool) -> int:
    """Show which engine can serve MODEL, and why another cannot."""
    from runner import engines

    if (model is None) == (path is None):
        raise click.UsageError("give MODEL or --file")
    verdicts = engines.matrix(stack, model, path)
    if as_json:
        rows = [
            {
                "model": verdict.model,
                "engine": verdict.engine,
                "can": not verdict.reasons,
                "reasons": [{"path": e.path, "rule": e.rule, "reason": e.why, "fix": e.fix} for e in verdict.reasons],
            }
            for verdict in verdicts
        ]
        click.echo(json.dumps(rows, indent=1))
        return 0
    table = [
        [verdict.model, verdict.engine, "-" if verdict.reasons else "yes", "\n".join(map(_said, verdict.reasons))]
        for verdict in verdicts
    ]
    show.table(["model", "engine", "can", "why not"], table)
    return 0


def _said(error: SlipwayError) -> str:
    return f"{error.path}: {error.why}; {error.fix}"
