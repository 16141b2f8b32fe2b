"""`slipway toolchain`."""

import json

import click

from cli import options, show


@click.group(invoke_without_command=True)
@options.as_json
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """List the tools: version, origin, path."""
    if context.invoked_subcommand:
        return
    from sandbox.toolchain import locate

    tools = locate.listing()
    if as_json:
        rows = [{"name": t.name, "version": t.version, "origin": t.origin, "path": str(t.path)} for t in tools]
        click.echo(json.dumps(rows))
        return
    show.table(["tool", "version", "origin", "path"], [[t.name, t.version, t.origin, str(t.path)] for t in tools])


@command.command()
def build() -> None:
    """Get what is missing: from PATH, from the publisher, or built from its Go module."""
    from sandbox.toolchain import locate

    show.say(f"{len(locate.ensure())} tools are ready")


@command.command()
@click.option("--days", default=30.0, show_default=True, help="Since they were last used.")
def prune(days: float) -> None:
    """Remove the tools of other versions of Slipway; a build does so by itself."""
    from sandbox.toolchain import locate

    removed = locate.prune(days)
    for path in removed:
        show.say(f"removed {path}")
    show.say(f"{len(removed)} removed")
