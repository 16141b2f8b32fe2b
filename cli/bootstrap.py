"""`slipway bootstrap`."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from catalog.errors import SeveralErrors, SlipwayError
from cli import options, show

if TYPE_CHECKING:
    from accounts.bootstrap import Bootstrap
    from accounts.plan import Step


@click.command()
@options.stack
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--remove", is_flag=True, help="Undo it; refused while the bucket holds a state.")
@options.as_json
def command(stack: str, *, yes: bool, remove: bool, as_json: bool) -> int:
    """Prepare a cloud account: state bucket, key of secrets, roles for GitHub Actions.

    Its plan is shown first; with --json and without --yes, the plan is all.
    """
    from accounts import bootstrap, plan

    prepared = bootstrap.of_stack(stack)
    steps = prepared.survey(remove=remove)
    if not as_json:
        _show(prepared, steps)
    if refused := plan.refusals(steps):
        if as_json:
            _print(prepared, steps, applied=False)
        raise SeveralErrors(refused)
    wanted = not plan.is_done(steps) and (yes or (not as_json and _asked(remove=remove)))
    code = _carry_out(prepared, steps) if wanted else 0
    if as_json:
        _print(prepared, steps, applied=wanted and not code)
    elif not remove and not code:
        _next(prepared)
    return code


def _asked(*, remove: bool) -> bool:
    return click.confirm("Remove this?" if remove else "Make this so?", abort=True, err=True)


def _carry_out(prepared: "Bootstrap", steps: "Sequence[Step]") -> int:
    """What goes wrong on the way is a failure (1), no refusal (2): something may have been changed."""
    try:
        left = prepared.carry_out(steps, show.say)
    except SlipwayError as error:
        show.say(f"failed: {error}")
        return 1
    for line in left:
        show.say(f"not as it must be yet: {line}; run it again")
    return 1 if left else 0


def _show(prepared: "Bootstrap", steps: "Sequence[Step]") -> None:
    show.say(prepared.account)
    rows = [[str(step.action), step.part.kind, step.part.name, _said(step)] for step in steps]
    if rows:
        show.table(["action", "what", "name", "why"], rows, to_stderr=True)
    else:
        show.say("nothing is there")


def _said(step: "Step") -> str:
    if step.action == "make":
        return f"with {', '.join(step.differences)}"
    if step.action != "repair":
        return step.why
    return "differs: " + "; ".join(
        f"{name} is {_short(found)}, must be {_short(wanted)}" for name, (found, wanted) in step.differences.items()
    )


def _short(value: object) -> str:
    """Plain settings as they are; documents are too long for a table, and --json has them."""
    return "another document" if isinstance(value, dict | list) and len(str(value)) > 60 else str(value)


def _print(prepared: "Bootstrap", steps: "Sequence[Step]", *, applied: bool) -> None:
    document = {
        "format": 1, "stack": prepared.stack, "account": prepared.account, "applied": applied,
        "parts": [step.row() for step in steps], "outputs": dict(prepared.outputs),
    }  # fmt: skip
    click.echo(json.dumps(document, indent=1))


def _next(prepared: "Bootstrap") -> None:
    outputs = prepared.outputs
    show.say("\nThen, with your own Pulumi:")
    click.echo(f"pulumi login '{outputs['backend']}'")
    click.echo(f"pulumi stack init {prepared.stack} --secrets-provider '{outputs['secrets_provider']}'")
    for name in sorted(set(outputs) - {"backend", "secrets_provider"}):
        show.say(f"{name}: {outputs[name]}")
