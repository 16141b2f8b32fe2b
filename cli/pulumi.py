"""`slipway pulumi`."""

import subprocess

import click

from cli import options


@click.command(context_settings={"ignore_unknown_options": True})
@options.stack
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(stack: str, arguments: tuple[str, ...]) -> int:
    """Run `pulumi ARGUMENTS` for a stack, with its home, backend and configuration."""
    from runner import launch

    workspace = launch.workspace(stack)
    command = [str(workspace.pulumi), *arguments, "-s", stack]
    return subprocess.run(command, env=workspace.full_environment, check=False).returncode
