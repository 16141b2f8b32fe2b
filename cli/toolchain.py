"""`slipway toolchain`."""

import json

import click

from cli import options, show


@click.command()
@options.as_json
def command(*, as_json: bool) -> None:
    """List the tools: version, origin, path."""
    from sandbox.toolchain import locate

    tools = locate.listing()
    if as_json:
        click.echo(
            json.dumps([{"name": t.name, "version": t.version, "origin": t.origin, "path": str(t.path)} for t in tools])
        )
        return
    show.table(["tool", "version", "origin", "path"], [[t.name, t.version, t.origin, str(t.path)] for t in tools])
