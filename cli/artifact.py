"""`slipway artifact`."""

from pathlib import Path

import click

from cli import options, show


@click.group()
def command() -> None:
    """The files of trained models."""


@command.command()
@click.argument("model")
@click.argument("path", type=click.Path(path_type=Path))
@options.stack
def push(model: str, path: Path, stack: str) -> None:
    """Put the files at PATH into the stack's store and lock MODEL to them; `up` rolls them out."""
    from runner import artifacts

    artifact, changed = artifacts.push(stack, model, path, show.bytes_progress(f"push {model}"))
    there = "was there already" if artifact.already_there else f"{artifact.size:,} bytes in {len(artifact.files)} files"
    show.say(f"{model} {artifact.digest}: {there}")
    show.say(f"the lock has it: slipway up -s {stack} rolls it out" if changed else "the lock had it already")
