"""`slipway predict`."""

import dataclasses
import json
from pathlib import Path

import click

from cli import options, show


@click.command()
@click.argument("model")
@click.option("--data", type=click.Path(path_type=Path), help="A JSON file, instead of the declaration's sample.")
@options.stack
@options.as_json
def command(model: str, data: Path | None, stack: str, *, as_json: bool) -> None:
    """Send MODEL a request and print its answer."""
    from runner import predict

    answer = predict.predict(stack, model, data)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(answer), indent=1))
        return
    show.say(f"asked {answer.url} ({answer.seconds * 1000:.0f} ms)")
    click.echo(json.dumps(answer.body, indent=1))
