"""`slipway render`."""

from pathlib import Path

import click

from cli import options, show


@click.command()
@options.stack
@click.option("--model", metavar="NAME", help="One model of the stack only.")
@click.option(
    "--file", "path", metavar="DECLARATION.py", type=click.Path(path_type=Path), help="A declaration in no stack."
)
@click.option("--engine", metavar="ENGINE", help="Instead of the stack's: plain, seldon1, seldon2 or kserve.")
@click.option(
    "-o", "output", metavar="DIR", type=click.Path(path_type=Path), help="Write <namespace>/<kind>-<name>.yaml there."
)
def command(stack: str, model: str | None, path: Path | None, engine: str | None, output: Path | None) -> int:
    """Write every Kubernetes object of a stack, of a model or of a declaration; no cluster, no cloud."""
    from runner import rendering

    if path and model:
        raise click.UsageError("give --model or --file, not both")
    found = rendering.file(path, stack, engine) if path else rendering.stack(stack, model=model, engine=engine)
    for reference in found.unlocked:
        show.say(f"not locked, rendered as declared: {reference}")
    if output is None:
        click.echo(rendering.text(found.objects), nl=False)
        return 0
    written = rendering.write(found, output)
    show.say(f"{len(written)} objects in {output}")
    return 0
