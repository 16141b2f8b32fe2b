"""`slipway preflight`."""

import dataclasses
import json

import click

from cli import options, show


@click.command()
@options.stack
@options.as_json
def command(stack: str, *, as_json: bool) -> int:
    """Ask the cloud whether quotas, zones and names suffice; without credentials, say what to request.

    Exit codes: 0 all is fine, 1 something is not, 3 something is not known.
    """
    from accounts import checks, preflight

    found = preflight.of_stack(stack)
    if as_json:
        rows = [dataclasses.asdict(check) for check in found.checks]
        document = {"format": 1, "stack": stack, "account": found.account, "asked": found.asked, "checks": rows}
        click.echo(json.dumps(document, indent=1))
    else:
        show.say(found.account)
        table = [[str(c.verdict), c.subject, c.name, c.needed, c.found, c.fix] for c in found.checks]
        show.table(["verdict", "what", "name", "needed", "found", "to do"], table)
    return checks.exit_code(found.checks)
