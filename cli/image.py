"""`slipway image`."""

from pathlib import Path

import click

from cli import options

_KINDS = ("seldon-component", "flask", "fastapi", "mlserver")
_folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
_kind = click.option("--kind", type=click.Choice(_KINDS), help="What it is, where it has no Containerfile.")


@click.group()
def command() -> None:
    """Images that are built from folders of this repository."""


@command.command()
@_folder
@_kind
def build(folder: Path, kind: str | None) -> None:
    """Build DIR and print the image's digest; without a Containerfile it gets one for what is in it."""
    from cli import show
    from delivery.image import Kind
    from runner import building

    built = building.build(folder, Kind(kind) if kind else None, show.progress())
    click.echo(built.digest)
    show.say(f"in {built.where}")


@command.command()
@_folder
@_kind
@options.stack
def push(folder: Path, kind: str | None, stack: str) -> None:
    """Build DIR, put the image where the stack pulls from, print its digest and lock it."""
    from cli import show
    from delivery.image import Kind
    from runner import building

    built, changes = building.push(stack, folder, Kind(kind) if kind else None, show.progress())
    click.echo(built.digest)
    show.changes(changes)
