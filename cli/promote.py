"""`slipway promote`."""

import click

from cli import options, show


@click.command()
@click.argument("model")
@click.option("--from", "source", required=True, metavar="STACK", help="The stack whose lock is copied from.")
@click.option("--to", "into", required=True, metavar="STACK", help="The stack whose lock is copied to.")
@options.as_json
def command(model: str, source: str, into: str, *, as_json: bool) -> None:
    """Make a stack run what another runs of MODEL: its entries of the lock, and its files where they are missing."""
    from runner import promoting

    done = promoting.promote(model, source, into)
    show.changes(done.changes, as_json=as_json)
    for line in done.said:
        show.say(line)
