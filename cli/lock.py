"""`slipway lock`."""

from pathlib import Path

import click

from cli import options, show


@click.command()
@click.argument("model", required=False)
@click.option("--from", "path", type=click.Path(path_type=Path), help="Lock the artifact by these files; asks nobody.")
@options.stack
def command(model: str | None, path: Path | None, stack: str) -> None:
    """Write into the stack's lock what its models' references mean now."""
    from runner import locking

    if path is not None:
        if model is None:
            raise click.UsageError("--from needs the MODEL whose files these are")
        show.changes(locking.from_path(stack, model, path))
