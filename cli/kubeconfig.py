"""`slipway kubeconfig`."""

import click

from cli import options


@click.command()
@options.stack
def command(stack: str) -> None:
    """Print the path of a kubeconfig: export KUBECONFIG=$(slipway kubeconfig)."""
    from runner import cluster

    click.echo(cluster.kubeconfig(stack))
