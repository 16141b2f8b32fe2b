"""`slipway env`."""

import shlex

import click

from cli import options


@click.command()
@options.stack
def command(stack: str) -> None:
    """Print the environment for a hand-typed `pulumi`: eval "$(slipway env)"."""
    from runner import launch

    workspace = launch.workspace(stack)
    for name in workspace.unwanted:
        click.echo(f"unset {name}")
    for name, value in sorted(workspace.environment.items()):
        click.echo(f"export {name}={shlex.quote(value)}")
