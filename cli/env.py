"""`slipway env`."""

import shlex

import click

from cli import options


@click.command()
@options.stack
def command(stack: str) -> None:
    """Print the environment for a hand-typed `pulumi`: eval "$(slipway env)"."""
    from runner import launch

    for name, value in sorted(launch.workspace(stack).environment.items()):
        click.echo(f"export {name}={shlex.quote(value)}")
