"""`slipway upgrade`."""

import dataclasses
import json

import click

from catalog.errors import SeveralErrors, SlipwayError
from catalog.upgrades import Upgrade, plan
from cli import options, show


@click.command()
@options.stack
@click.option("--to", required=True, metavar="1.NN", help="The minor version of Kubernetes.")
@options.as_json
def command(stack: str, to: str, *, as_json: bool) -> int:
    """Print the ordered steps to the next Kubernetes version; changes nothing, asks nothing.

    Skipped versions, ways back, and versions outside of what nodes and engines support are refused.
    """
    from accounts import declared

    found = plan(declared.upgradable(stack), to)
    if as_json:
        click.echo(json.dumps(_document(stack, to, found), indent=1))
    if found.refused:
        if as_json:
            return 2
        raise SeveralErrors(list(found.refused))
    if not as_json:
        rows = [[str(number), step.part, step.text] for number, step in enumerate(found.steps, start=1)]
        if rows:
            show.table(["", "what", "step"], rows)
        else:
            show.say(f"{stack}: it is at {to}")
        for line in found.unverified:
            show.say(f"unverified: {line}")
    return 3 if found.unverified else 0


def _document(stack: str, to: str, found: Upgrade) -> dict[str, object]:
    return {
        "format": 1,
        "stack": stack,
        "to": to,
        "steps": [dataclasses.asdict(step) for step in found.steps],
        "refused": [_row(error) for error in found.refused],
        "unverified": list(found.unverified),
    }


def _row(error: SlipwayError) -> dict[str, str]:
    return {"path": error.path, "value": error.value, "reason": error.why, "fix": error.fix}
