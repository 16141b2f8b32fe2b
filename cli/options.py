"""Options that every command shares."""

import click

stack = click.option("-s", "--stack", default="local", show_default=True, help="The stack.")
as_json = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
