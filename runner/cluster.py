"""The cluster of a stack, as a client sees it."""

from pathlib import Path

from catalog.places import state_dir
from components.clusters.spec import ExistingCluster
from sandbox.providers.kubernetes import kubeconfig as access
from sandbox.providers.kubernetes.client import Client
from stacks.connection import sandbox_connection
from stacks.settings import Settings, from_file, stack_file


def kubeconfig(stack: str) -> Path:
    """The kubeconfig file of the stack's cluster.

    Raises:
        SlipwayError: the sandbox is not up.
    """
    settings = from_file(stack_file(stack))
    if isinstance(settings.cluster, ExistingCluster):
        return settings.cluster.kubeconfig.expanduser()
    sandbox_connection()
    return state_dir() / "sandbox" / "kubeconfig"


def client(stack: str, settings: Settings) -> Client:
    """A client of the stack's cluster.

    Raises:
        SlipwayError: the sandbox is not up, or the kubeconfig cannot be read.
    """
    context = settings.cluster.context if isinstance(settings.cluster, ExistingCluster) else ""
    return Client(access.load(str(kubeconfig(stack)), context=context or ""))
