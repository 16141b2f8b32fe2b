"""`slipway lock`."""

from pathlib import Path

import click

from cli import options, show


@click.command()
@click.argument("model", required=False)
@click.option("--images", is_flag=True, help="Lock images, too.")
@click.option("--from", "path", type=click.Path(path_type=Path), help="Lock the artifact by these files; asks nobody.")
@options.stack
@options.as_json
def command(model: str | None, path: Path | None, stack: str, *, images: bool, as_json: bool) -> None:
    """Write into the stack's lock what its models' references mean now: all of them, or those of MODEL."""
    from runner import locking

    if path is None:
        show.changes(locking.lock(stack, model, with_images=images), as_json=as_json)
    elif model is None or images:
        raise click.UsageError("--from needs the MODEL whose files these are, and locks nothing else")
    else:
        show.changes(locking.from_path(stack, model, path), as_json=as_json)
