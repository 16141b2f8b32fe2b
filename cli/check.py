"""`slipway check`."""

import json

import click

from catalog.errors import SeveralErrors
from cli import options, show


@click.command()
@options.stack
@options.as_json
def command(stack: str, *, as_json: bool) -> int:
    """Check a stack's settings, declarations and locks; no engine, no cluster, no cloud."""
    from runner import checking

    errors = checking.check(stack)
    for unknown in checking.unknown(stack) if not errors else ():
        show.say(f"not known: {unknown}")
    counted = checking.counted(stack) if not errors else []
    for unlocked in counted:
        show.say(f"not locked: {unlocked}")
    if as_json:
        rows = [{"path": e.path, "rule": e.rule, "value": e.value, "reason": e.why, "fix": e.fix} for e in errors]
        click.echo(json.dumps(rows, indent=1))
        return 2 if errors else 0
    if errors:
        raise SeveralErrors(errors)
    show.say(f"{stack}: nothing wrong{show.of(counted, 'not locked')}")
    return 0
