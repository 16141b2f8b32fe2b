"""The cluster of a stack, as a client sees it."""

import subprocess
from pathlib import Path

from catalog.errors import SlipwayError
from catalog.places import CLONE, state_dir
from components.clusters.spec import CloudCluster, ExistingCluster
from sandbox.node.endpoints import load
from sandbox.providers.kubernetes import kubeconfig as access
from sandbox.providers.kubernetes.client import ApiError, Client
from stacks.connection import sandbox_connection
from stacks.settings import Settings, from_file, stack_file


def kubeconfig(stack: str) -> Path:
    """The kubeconfig file of the stack's cluster.

    Raises:
        SlipwayError: the sandbox is not up, or the cloud's cluster is not made yet.
    """
    settings = from_file(stack_file(stack))
    if isinstance(settings.cluster, ExistingCluster):
        own = settings.cluster.kubeconfig
        return own.expanduser() if own else kubeconfig(settings.cluster.stack or "")
    if isinstance(settings.cluster, CloudCluster):
        return _from_outputs(stack)
    sandbox_connection()
    return state_dir() / "sandbox" / "kubeconfig"


def _from_outputs(stack: str) -> Path:
    """The kubeconfig that the stack gives as an output, in a file; there is no secret in it."""
    from runner.launch import workspace  # which asks this module what the cluster says

    chosen = workspace(stack)
    asked = [str(chosen.pulumi), "stack", "output", "kubeconfig", "-s", stack, "--cwd", str(CLONE), "--non-interactive"]
    done = subprocess.run(asked, env=chosen.full_environment, capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout.strip():
        why = "the stack has no cluster yet, or its state cannot be read"
        raise SlipwayError("cluster", stack, why, f"make it: slipway up -s {stack}")
    path = state_dir() / "kubeconfigs" / stack
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(done.stdout)
    return path


def client(stack: str, settings: Settings) -> Client:
    """A client of the stack's cluster.

    Raises:
        SlipwayError: the sandbox is not up, or the kubeconfig cannot be read.
    """
    context = settings.cluster.context if isinstance(settings.cluster, ExistingCluster) else ""
    return Client(access.load(str(kubeconfig(stack)), context=context or ""))


def without_pods(settings: Settings) -> tuple[str, ...]:
    """Why no pod runs in the stack's cluster: what this machine's sandbox is missing; empty where pods run.

    Raises:
        SlipwayError: the sandbox is not up.
    """
    return load(state_dir()).missing if settings.cluster.kind == "sandbox" else ()


def answering(stack: str, settings: Settings) -> str:
    """Which cluster answers and as whom it knows this user, in words; asked without patience.

    A cluster that the run itself may make is not asked.

    Raises:
        SlipwayError: the kubeconfig cannot be read, or nothing answers there.
    """
    if isinstance(settings.cluster, ExistingCluster) and settings.cluster.stack:
        return f"the cluster of stack {settings.cluster.stack}"
    if isinstance(settings.cluster, CloudCluster):
        spec = settings.cluster
        where = f"{spec.kind} in {spec.region}; with credentials of another account or project nothing is changed"
        opened = spec.tunnel(spec.name or f"slipway-{stack}")
        if opened is None:
            return where
        return f"{where}; open its tunnel, the first time as soon as it has nodes: {opened}"
    asked = client(stack, settings)
    version = asked.version()
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    try:
        said = asked.request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body=review).document
    except ApiError as error:
        fix = "check the user of the kubeconfig"
        raise SlipwayError("kubeconfig", asked.access.server, f"the cluster refuses: {error}", fix) from error
    user = said["status"]["userInfo"].get("username", "nobody")
    name = settings.cluster.name if isinstance(settings.cluster, ExistingCluster) else "sandbox"
    return f"{name} at {asked.access.server}, Kubernetes {version}, as {user}"
