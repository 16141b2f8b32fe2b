"""`slipway sandbox`."""

import click

from catalog.places import state_dir
from cli import show


@click.group()
def command() -> None:
    """The embedded environment: a real node, simulated GPU nodes, an S3 server."""


@command.command()
def up() -> None:
    """Start it, or heal what died."""
    from runner import launch

    endpoints = launch.sandbox(show.progress())
    show.say(f"API server {endpoints.api_server}, S3 {endpoints.s3}, gateway {endpoints.gateway}")
    for reason in endpoints.missing:
        show.say(f"no real pods: {reason}")


@command.command()
def down() -> None:
    """Stop it; its state stays."""
    from sandbox.node import life

    life.down(state_dir())
    show.say("stopped")


@command.command()
def status() -> None:
    """List its parts."""
    from sandbox.node import life

    rows = [[part.name, part.state, str(part.pid or ""), part.since] for part in life.status(state_dir())]
    show.table(["part", "state", "pid", "since"], rows)


@command.command()
@click.argument("part")
def logs(part: str) -> None:
    """Print the log of one part."""
    from sandbox.node import life

    click.echo(life.logs(state_dir(), part))


@command.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(*, yes: bool) -> None:
    """Stop it and forget its state, and the state of the stacks that were in it."""
    from runner import launch

    if not yes:
        click.confirm("Forget the sandbox and everything in it?", abort=True)
    launch.reset()
    show.say("the sandbox is empty")
