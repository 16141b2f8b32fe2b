"""What bears a stack's mark and is not in its state: what a run that was ended in its middle left behind."""

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

from catalog.errors import SlipwayError
from components.labels import MARKER
from components.storage.spec import S3Store
from providers import slipway_s3
from providers.slipway_s3 import policy
from providers.slipway_s3 import store as s3
from providers.slipway_s3.bucket import Bucket
from providers.slipway_s3.session import Config, Session
from providers.slipway_s3.users import mark_of
from runner import artifacts, cluster
from runner.workspace import Workspace, checkpoint
from sandbox.providers.kubernetes.client import ApiError, Client
from stacks.connection import sandbox_connection
from stacks.settings import PROJECT, Settings

Known = set[tuple[str, str]]
"""URN and id of every resource in the state."""

_URN = "slipway.dev/urn"
_GRACE_S = 45.0
# As long as the controllers may take to begin with the pods of what was removed a moment ago.
_QUIET_S = 5.0
# Only names are read of what may be many and large.
_NEVER = {"events", "componentstatuses", "bindings"}


def remove(workspace: Workspace, settings: Settings) -> Iterator[str]:
    """Removes the orphans of a stack; says which.

    An orphan bears this stack's mark, and the state, which a run has just brought in order, does not have it: neither
    its URN, nor, where a resource was replaced, this object of the URN.

    Raises:
        SlipwayError: the cluster or the store refuses.
    """
    if workspace.backend is None:
        return
    latest = json.loads(checkpoint(workspace).read_text())["checkpoint"]["latest"] or {}
    known = {(resource["urn"], resource.get("id", "")) for resource in latest.get("resources") or []}
    yield from _in_cluster(cluster.client(workspace.stack, settings), f"{PROJECT}/{workspace.stack}", known)
    if settings.cluster.kind == "sandbox" and isinstance(settings.store, S3Store) and not settings.store.endpoint:
        yield from _in_store(workspace.stack, settings.store, settings, known)


def _in_cluster(client: Client, marker: str, known: Known) -> Iterator[str]:
    """Nodes go last: a pod whose simulated node is gone has nobody to end it, and keeps its namespace for a minute."""
    for path, metadata in sorted(marked(client, marker), key=lambda found: "/nodes/" in found[0]):
        urn = metadata["annotations"].get(_URN)
        id_ = "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))
        if not urn or (urn, id_) in known or metadata.get("ownerReferences"):
            continue
        if "/nodes/" in path:
            _emptied(client, metadata["name"])
        if _deleted(client, path, metadata["uid"]):
            yield f"removed {path.rsplit('/', 2)[-2]}/{metadata['name']}, which nothing declares any more"


def _deleted(client: Client, path: str, uid: str) -> bool:
    try:
        client.delete(path, {"propagationPolicy": "Background", "preconditions": {"uid": uid}})
    except ApiError as error:
        if error.code in (404, 409):  # it went with its namespace, or another has its name now
            return False
        raise SlipwayError(path, "", f"an orphan cannot be removed: {error}", "run the command again") from error
    return True


def _emptied(client: Client, node: str) -> None:
    """Waits until a node has no pod left; not for pods that nobody has begun to end."""
    quiet = time.monotonic() + _QUIET_S
    until = time.monotonic() + _GRACE_S
    while time.monotonic() < min(until, quiet):
        pods = client.get("/api/v1/pods", fieldSelector=f"spec.nodeName={node}")["items"]
        if not pods:
            return
        if any(pod["metadata"].get("deletionTimestamp") for pod in pods):
            quiet = time.monotonic() + _QUIET_S
        time.sleep(0.2)


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


def _in_store(stack: str, declared: S3Store, settings: Settings, known: Known) -> Iterator[str]:
    """Readers and buckets of the sandbox's store. What a bucket holds goes only with the bucket that is declared."""
    session = Session(Config(artifacts.sandbox_store(declared.region), sandbox_connection().s3_admin))
    names = (bucket["Name"] for bucket in session.client.list_buckets()["Buckets"])
    ours = [name for name in names if _tag(name, session) == f"{PROJECT}/{stack}"]
    for bucket in sorted({*ours, declared.bucket}):
        yield from _readers(bucket, stack, session, known)
    for bucket in ours:
        if (_urn(stack, slipway_s3.BUCKET, "artifacts"), bucket) in known or settings.lifecycle.protect:
            continue
        try:
            Bucket().delete({"bucket": bucket, "forceDestroy": bucket == declared.bucket}, session)
            yield f"removed s3://{bucket}, which nothing declares any more"
        except SlipwayError as error:
            yield f"kept {error.path}, which nothing declares any more: {error.why}"


def _readers(bucket: str, stack: str, session: Session, known: Known) -> Iterator[str]:
    """Users that the mark they were made with proves to be readers of this stack."""
    users = session.users
    for name, user in users.all().items() if users else ():
        urn = _urn(stack, slipway_s3.READER, f"artifacts-{name.removeprefix(f'{bucket}-')}")
        if users and user.mark == mark_of(urn) and (urn, f"{bucket}/{name}") not in known:
            with contextlib.suppress(s3.MissingBucketError):  # and its policy with it
                stale = [str(item["Sid"]) for item in session.statements(bucket) if policy.principals(item) == [name]]
                session.policies.apply(bucket, policy.Change(remove=frozenset(stale)))
            users.delete(name)
            yield f"removed the reader {name}, which nothing declares any more"


def _urn(stack: str, kind: str, name: str) -> str:
    return f"urn:pulumi:{stack}::{PROJECT}::slipway:storage:S3ArtifactStore${kind}::{name}"


def _tag(bucket: str, session: Session) -> str | None:
    live = Bucket().read(bucket, {}, session)
    return live.inputs["tags"].get(MARKER) if live else None
