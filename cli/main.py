"""`slipway`: the one command; each subcommand is loaded when it is called."""

import errno
import importlib
import sys
from typing import Any

import click

from catalog.errors import SeveralErrors, SlipwayError
from catalog.places import CLONE

_COMMANDS = {
    "artifact": "cli.artifact",
    "check": "cli.check",
    "destroy": "cli.destroy",
    "down": "cli.down",
    "env": "cli.env",
    "kubeconfig": "cli.kubeconfig",
    "logs": "cli.logs",
    "predict": "cli.predict",
    "preview": "cli.preview",
    "pulumi": "cli.pulumi",
    "sandbox": "cli.sandbox",
    "status": "cli.status",
    "toolchain": "cli.toolchain",
    "up": "cli.up",
}

# What a file system refuses, wherever it is met.
_REFUSALS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "make room, or name another disk by SLIPWAY_STATE and SLIPWAY_CACHE"),
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR),
        "make it writable for you, or name another directory by SLIPWAY_STATE or SLIPWAY_CACHE",
    ),
}


class _Lazy(click.Group):
    """Loads a subcommand's module only when it is needed: the engine's and the cloud's packages are slow to import."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name]).command
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """An ML serving platform and its models, from typed declarations."""


def main(arguments: list[str] | None = None) -> None:
    """Runs one command; every refusal is one clear error and exit code 2."""
    try:
        result: Any = cli.main(arguments, prog_name="slipway", standalone_mode=False)
    except (SlipwayError, SeveralErrors) as error:
        _say(error)
        sys.exit(2)
    except (ModuleNotFoundError, OSError) as error:
        if (known := _of_the_machine(error)) is None:
            raise
        _say(known)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    sys.exit(result if isinstance(result, int) else 0)


def _of_the_machine(error: ModuleNotFoundError | OSError) -> SlipwayError | None:
    """The error as one of this machine, None where it is a mistake of ours."""
    if isinstance(error, ModuleNotFoundError):
        name = error.name or ""
        if (CLONE / name.partition(".")[0]).is_dir():
            return None
        why = f"this package is not installed in {sys.prefix}"
        return SlipwayError("Python", name, why, "install it: rm -f .venv/.ready && make setup")
    fix = _REFUSALS.get(error.errno or 0)
    return SlipwayError(str(error.filename or "disk"), "", error.strerror or "", fix) if fix else None


def _say(error: SlipwayError | SeveralErrors) -> None:
    errors = error.errors if isinstance(error, SeveralErrors) else [error]
    for one in errors:
        found = f" ({one.value})" if one.value else ""
        click.echo(f"{click.style('error:', fg='red', bold=True)} {one.path}{found}: {one.why}", err=True)
        click.echo(f"  {click.style('fix:', fg='green')} {one.fix}", err=True)
