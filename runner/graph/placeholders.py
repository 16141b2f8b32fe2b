"""What a program asks for that is not there without a cluster: values that stand for it, and none of them secret."""

import json
from pathlib import Path

from catalog.errors import SlipwayError
from components.serving.spec import Artifact, BuiltImage
from sandbox.node.network import IN_CLUSTER_S3
from stacks import readers
from stacks.connection import Connections, SandboxConnection, sandbox_connection
from stacks.locks import LockEntry, LockFile
from stacks.references import artifact_key, image_key
from stacks.resolution import artifact_names, images, lock_path, read_lock
from stacks.settings import Settings

# Reserved for names that never exist: RFC 2606.
_NOWHERE = "sandbox.invalid"
# It is a secret of the program, so nobody reads it in a graph.
_HIDDEN = "not read"

SANDBOX = SandboxConnection(
    cluster_id="sandbox",
    kubeconfig=_HIDDEN,
    s3=f"http://s3.{_NOWHERE}",
    s3_admin=f"http://s3-admin.{_NOWHERE}",
    in_cluster_s3=IN_CLUSTER_S3,
    gateway=f"http://gateway.{_NOWHERE}",
    registry=f"registry.{_NOWHERE}",
    in_node_registry=f"registry.{_NOWHERE}",
    real_pods=True,
    node_cidr="10.122.0.1/32",
    access_key=_HIDDEN,
    secret_key=_HIDDEN,
)
"""A sandbox that runs pods, and whose addresses nobody knows yet."""


def connections(settings: Settings) -> tuple[Connections, list[str]]:
    """Where the program finds what is outside of it, and what of that is a placeholder."""
    found, said = SANDBOX, []
    if settings.cluster.kind == "sandbox":
        try:
            found = sandbox_connection()
        except SlipwayError:
            said.append(f"the sandbox is not started: its addresses are in {_NOWHERE}, and it is taken to run pods")
    return Connections(sandbox=lambda: found, kubeconfig=_no_kubeconfig), said


def lock(stack: str, settings: Settings) -> tuple[LockFile, list[str]]:
    """The stack's lock, and what of it is a placeholder: that of a sandbox is written by its first `up`."""
    found = read_lock(stack, settings)
    if settings.cluster.kind != "sandbox":
        return found, []
    entries = dict(found.entries)
    for model in settings.declarations():
        for image in images(model, settings.engine_of(model.name)):
            if isinstance(image, BuiltImage):
                entries.setdefault(image_key(image), _unlocked(image.context, f"registry.{_NOWHERE}/{image.context}"))
        for name in artifact_names(model):
            entries.setdefault(artifact_key(Artifact(name=name)), _unlocked(name, f"models/{name}/not-pushed/"))
    missing = sorted(entries.keys() - found.entries.keys())
    said = [
        f"{key}: {lock_path(stack, settings).name} does not say it; its digest is shown as zeros" for key in missing
    ]
    return LockFile(entries=entries), said


def _unlocked(reference: str, immutable: str) -> LockEntry:
    return LockEntry(reference=reference, immutable=immutable, digest="sha256:" + "0" * 64, date="not locked")


def secrets(settings: Settings, keys: tuple[str, ...]) -> dict[str, str]:
    """Values for the secrets of a stack, by key.

    Args:
        settings: of the stack.
        keys: those that are a word each.
    """
    given = {name: dict.fromkeys(("access_key", "secret_key"), _HIDDEN) for name in readers.needed(settings)}
    return {**dict.fromkeys(keys, _HIDDEN), readers.KEY: json.dumps(given)}


def _no_kubeconfig(_path: Path) -> str:
    return _HIDDEN
