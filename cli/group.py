"""The group of all commands; each one's module is loaded when it is called."""

import importlib
from typing import Any

import click

from catalog.errors import SlipwayError
from catalog.plain import nearest
from cli.main import COMMANDS


class _Lazy(click.Group):
    """Loads a subcommand's module only when it is needed: the engine's and the cloud's packages are slow to import."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            raise SlipwayError(
                "COMMAND", cmd_name, "there is no such command", nearest(cmd_name, COMMANDS, needed=True)
            )
        command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """An ML serving platform and its models, from typed declarations."""


def run(arguments: list[str] | None) -> int:
    """Runs one command; gives the exit code."""
    try:
        result: Any = cli.main(arguments, prog_name="slipway", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("stopped", err=True)
        return 130
    return result if isinstance(result, int) else 0
