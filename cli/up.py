"""`slipway up`."""

import click

from cli import options


@click.command()
@options.stack
def command(stack: str) -> int:
    """Bring a stack up, wait for its models, and ask one of them."""
    from cli import show
    from runner import launch

    outcome = launch.up(stack, show.progress())
    return show.after_up(stack, outcome)
