"""`slipway logs`."""

import click

from cli import options


@click.command()
@click.argument("model")
@click.option("--tail", default=200, show_default=True, help="Lines a container.")
@options.stack
def command(model: str, tail: int, stack: str) -> None:
    """Print the logs of MODEL's pods, container by container."""
    from runner import logs

    for line in logs.lines(stack, model, tail):
        click.echo(line)
