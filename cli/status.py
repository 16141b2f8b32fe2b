"""`slipway status`."""

import dataclasses
import json

import click

from cli import options, show


@click.command()
@click.argument("model", required=False)
@options.stack
@options.as_json
def command(model: str | None, stack: str, *, as_json: bool) -> int:
    """Show the models, where they landed, and why one is not ready."""
    from runner import status

    found = status.models(stack, model)
    if not as_json:
        return 0 if show.models(found) else 1
    click.echo(json.dumps([dataclasses.asdict(m) for m in found], indent=1))
    return 0 if all(m.is_ready for m in found) else 1
