"""`slipway destroy`."""

import click

from cli import options, show


@click.command()
@options.stack
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(stack: str, *, yes: bool) -> int:
    """Remove everything of a stack from its cluster and its store."""
    from runner import launch

    if not yes:
        click.confirm(f"Destroy everything of stack {stack}?", abort=True)
    return show.outcome(launch.destroy(stack, show.progress()))
