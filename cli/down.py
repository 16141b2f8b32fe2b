"""`slipway down`."""

import click

from catalog.places import state_dir
from cli import show


@click.command()
def command() -> None:
    """Stop the sandbox; its state stays and the next `up` goes on from there."""
    from sandbox.node import life

    life.down(state_dir())
    show.say("the sandbox is stopped; its state is kept (slipway up goes on from there)")
