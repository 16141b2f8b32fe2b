"""`slipway preview`."""

import click

from cli import options, show


@click.command()
@options.stack
@click.option("--expect-no-changes", is_flag=True, help="Fail (7) when anything would change.")
@click.option("--diff", is_flag=True, help="Show each change in full.")
def command(stack: str, *, expect_no_changes: bool, diff: bool) -> int:
    """Show what `up` would change."""
    from runner import launch

    arguments = [*(["--expect-no-changes"] if expect_no_changes else []), *(["--diff"] if diff else [])]
    return show.outcome(launch.preview(stack, arguments, show.progress()))
