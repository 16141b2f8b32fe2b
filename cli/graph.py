"""`slipway graph`."""

import json
from pathlib import Path

import click

from cli import options, show


@click.command()
@options.stack
@click.option("--json", "as_json", is_flag=True, default=True, help="JSON (the default, and the only form).")
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead.")
def command(stack: str, *, as_json: bool, output: Path | None) -> int:  # noqa: ARG001  there is no other form
    """Draw everything a stack's program registers; no engine, no account, no cluster."""
    from runner.graph import draw

    graph = draw.draw(stack)
    for placeholder in graph.placeholders:
        show.say(f"placeholder: {placeholder}")
    text = json.dumps(graph.document, indent=1, ensure_ascii=False)
    if output is None:
        click.echo(text)
        return 0
    output.write_text(text + "\n", encoding="utf-8")
    show.say(f"{stack}: {len(graph.resources)} resources in {output}")
    return 0
