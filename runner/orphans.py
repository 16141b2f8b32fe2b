"""Objects that bear a stack's marker and that its state does not know: what an interrupted run left behind."""

import json
from collections.abc import Iterator
from typing import Any

from components.labels import MARKER
from runner import cluster
from runner.workspace import Workspace, checkpoint
from sandbox.providers.kubernetes.client import ApiError, Client
from stacks.settings import PROJECT, Settings

_URN = "slipway.dev/urn"
# Only names are read of what may be many and large.
_NEVER = {"events", "componentstatuses", "bindings"}


def remove(workspace: Workspace, settings: Settings) -> Iterator[str]:
    """Removes the orphans of a stack; says which.

    An orphan bears this stack's marker and a URN that the state, which was just brought up, does not have.
    """
    if workspace.backend is None:
        return
    client = cluster.client(workspace.stack, settings)
    latest = json.loads(checkpoint(workspace).read_text())["checkpoint"]["latest"]
    known = {resource["urn"] for resource in latest["resources"]}
    for path, metadata in marked(client, f"{PROJECT}/{workspace.stack}"):
        urn = metadata["annotations"].get(_URN)
        if urn and urn not in known and not metadata.get("ownerReferences"):
            client.delete(path, {"propagationPolicy": "Background", "preconditions": {"uid": metadata["uid"]}})
            yield f"removed {path.rsplit('/', 2)[-2]}/{metadata['name']}, which nothing declares any more"


def marked(client: Client, marker: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the cluster with this stack's marker: its path and metadata."""
    for base, resource in _collections(client):
        try:
            items = client.get(f"{base}/{resource['name']}")["items"]
        except ApiError:
            continue  # not listable by this user, or gone meanwhile
        for item in items:
            metadata = item["metadata"]
            if metadata.get("annotations", {}).get(MARKER) == marker:
                place = f"namespaces/{metadata['namespace']}/" if resource["namespaced"] else ""
                yield f"{base}/{place}{resource['name']}/{metadata['name']}", metadata


def _collections(client: Client) -> Iterator[tuple[str, dict[str, Any]]]:
    groups = client.get("/apis")["groups"]
    bases = ["/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups)]
    for base in bases:
        for resource in client.get(base)["resources"]:
            if "/" not in resource["name"] and resource["name"] not in _NEVER and "list" in resource["verbs"]:
                yield base, resource
