"""Makes and changes objects by server-side apply.

An apply that carries `metadata.resourceVersion: "1"` creates or fails: it makes an object that is not there, and is a
conflict with any that is (no live object has that version). One request, no look before, nothing to race with. An
apply that carries the `metadata.uid` of the state changes that very object or fails.
"""

import time
from dataclasses import dataclass
from typing import Any

from catalog.errors import SlipwayError
from providers.wire import plain
from sandbox.providers.kubernetes import delete, objects, read, refusals
from sandbox.providers.kubernetes.client import Answer, ApiError
from sandbox.providers.kubernetes.cluster import Cluster
from sandbox.providers.kubernetes.diff import refused
from sandbox.providers.kubernetes.discovery import UnknownKindError
from sandbox.providers.kubernetes.objects import Identity

ARRIVAL_S = 30.0
"""How long an object waits for its namespace or kind when nothing has made it yet, at most."""

_NEVER = "1"
_OPTIONS = {"fieldManager": refusals.OUR_MANAGER, "fieldValidation": "Strict"}


@dataclass(frozen=True)
class Wanted:
    """What one resource asks for.

    Args:
        inputs: its checked inputs, secrets marked.
        urn: its URN.
        until: until when (monotonic seconds) it may take.
    """

    inputs: dict[str, Any]
    urn: str
    until: float = float("inf")

    @property
    def document(self) -> dict[str, Any]:
        """The inputs as the API server takes them."""
        return dict(plain(self.inputs))

    @property
    def identity(self) -> Identity:
        """Which object it is."""
        return objects.identify(self.document)


def create(cluster: Cluster, wanted: Wanted) -> dict[str, Any]:
    """Makes the object; waits for its namespace and kind, and for an old one of the same name that is going away.

    Raises:
        SlipwayError: when it is there already and not ours, or the API server refuses it.
    """
    arrival = min(time.monotonic() + ARRIVAL_S, wanted.until)
    while True:
        try:
            return _with_status(cluster, wanted, _apply(cluster, wanted, resourceVersion=_NEVER))
        except UnknownKindError as error:
            if time.monotonic() > arrival:
                raise _unknown_kind(error, wanted) from None
        except ApiError as error:
            if error.code == 409:
                taken = _take_over(cluster, wanted)
                if taken is not None:
                    return taken
            elif not refusals.is_missing_namespace(error) or time.monotonic() > arrival:
                raise _refusal(cluster, wanted, error) from None
        cluster.pause(0.25)


def update(cluster: Cluster, wanted: Wanted, uid: str) -> dict[str, Any]:
    """Changes the object with this uid; makes it again when it is gone.

    Raises:
        SlipwayError: when the API server refuses it, other field managers own its fields, or another object has its
            name now.
    """
    try:
        return _with_status(cluster, wanted, _change(cluster, wanted, uid=uid))
    except UnknownKindError as error:
        raise _unknown_kind(error, wanted) from None
    except ApiError as error:
        if refusals.is_gone(error) or (refusals.is_field_conflict(error) and _uid(cluster, wanted) != uid):
            return create(cluster, wanted)
        raise _refusal(cluster, wanted, error) from None


def rehearse(cluster: Cluster, wanted: Wanted, *, uid: str = "") -> dict[str, Any] | None:
    """What the API server would make of it: a strict dry run, of a change when there is a uid, else of a creation.

    Returns:
        The object it would be; nothing where that cannot be told yet (its namespace or kind is not there).

    Raises:
        ApiError: for a refusal.
    """
    try:
        if uid:
            return _change(cluster, wanted, dry=True, uid=uid).document
        return _apply(cluster, wanted, dry=True, resourceVersion=_NEVER).document
    except UnknownKindError:
        return None
    except ApiError as error:
        if refusals.is_undecided(error):
            return None
        if uid and refusals.is_gone(error):
            return rehearse(cluster, wanted)
        if not uid and error.code == 409:
            return _rehearse_taking_over(cluster, wanted)
        raise _fuller(cluster, wanted, error) from None


def _apply(cluster: Cluster, wanted: Wanted, *, dry: bool = False, force: bool = False, **metadata: str) -> Answer:
    document = objects.stamped(wanted.document, wanted.urn, **metadata)
    options = _OPTIONS | ({"dryRun": "All"} if dry else {}) | ({"force": "true"} if force else {})
    return cluster.client.apply(cluster.discovery.path(wanted.identity), document, **options)


def _change(cluster: Cluster, wanted: Wanted, *, dry: bool = False, **metadata: str) -> Answer:
    force = objects.annotations(wanted.document).get(objects.PATCH_FORCE) == "true"
    try:
        return _apply(cluster, wanted, dry=dry, force=force, **metadata)
    except ApiError as error:
        if not refusals.is_field_conflict(error) or refusals.foreign_managers(error):
            raise
        return _apply(cluster, wanted, dry=dry, force=True, **metadata)  # what an earlier provider of ours owns


def _take_over(cluster: Cluster, wanted: Wanted) -> dict[str, Any] | None:
    """Deals with an object that is there already: ours is brought up to date; nothing means: try to create again."""
    live = cluster.find(wanted.identity)
    if live is None:
        return None
    if live["metadata"].get("deletionTimestamp"):
        delete.wait_gone(cluster, wanted.identity, live["metadata"]["uid"], wanted.until)
        return None
    if not objects.is_ours(live, wanted.document, wanted.urn):
        raise _exists(wanted, live)
    try:
        return _with_status(cluster, wanted, _change(cluster, wanted, uid=live["metadata"]["uid"]))
    except ApiError as error:
        if refusals.is_gone(error):
            return None
        if not refused(error):
            raise _refusal(cluster, wanted, error) from None
    delete.delete(cluster, wanted.identity, live["metadata"]["uid"], wanted.document, wanted.until)
    return None


def _rehearse_taking_over(cluster: Cluster, wanted: Wanted) -> dict[str, Any] | None:
    live = cluster.find(wanted.identity)
    if live is None or live["metadata"].get("deletionTimestamp"):
        return None
    if not objects.is_ours(live, wanted.document, wanted.urn):
        raise _exists(wanted, live)
    try:
        return _change(cluster, wanted, dry=True, uid=live["metadata"]["uid"]).document
    except ApiError as error:
        if refused(error):
            return None  # will be made anew
        raise


def _with_status(cluster: Cluster, wanted: Wanted, answer: Answer) -> dict[str, Any]:
    """The object with its status applied too, where the inputs have one and the server has not taken it with the rest.

    Most kinds drop it and want it through their subresource; a Node takes it when it is created, so that a scheduler
    never sees it without. Forced, since controllers fill in a status as soon as they see the object.
    """
    status = wanted.document.get("status")
    live = answer.document
    if not status or read.covers(live, {"status": status}):
        return live
    if not cluster.discovery.kind(wanted.identity).has_status:
        return live
    patch = {key: wanted.document[key] for key in ("apiVersion", "kind")} | {"status": status}
    patch["metadata"] = {"name": wanted.identity.name, "uid": live["metadata"]["uid"]}
    path = f"{cluster.discovery.path(wanted.identity)}/status"
    return cluster.client.apply(path, patch, **_OPTIONS, force="true").document


def _refusal(cluster: Cluster, wanted: Wanted, error: ApiError) -> refusals.Refusal:
    return refusals.explain(_fuller(cluster, wanted, error), wanted.identity, wanted.inputs)


def _fuller(cluster: Cluster, wanted: Wanted, error: ApiError) -> ApiError:
    """The same refusal with all unknown fields: an apply may stop at the first one, a strict creation names each."""
    if not refusals.is_untyped(error):
        return error
    options = _OPTIONS | {"dryRun": "All"}
    try:
        cluster.client.request(
            "POST", cluster.discovery.collection(wanted.identity), query=options, body=wanted.document
        )
    except ApiError as fuller:
        if refusals.names_fields(fuller):
            return fuller
    return error


def _uid(cluster: Cluster, wanted: Wanted) -> str:
    live = cluster.find(wanted.identity)
    return str(live["metadata"]["uid"]) if live else ""


def _exists(wanted: Wanted, live: dict[str, Any]) -> SlipwayError:
    identity = wanted.identity
    kind = wanted.urn.split("::")[2].rpartition("$")[2] if wanted.urn.count("::") > 2 else identity.kind
    fix = f"delete it, choose another name, or take it into this stack: pulumi import {kind} NAME {identity.id_}"
    return SlipwayError(str(identity), "", f"AlreadyExists: {objects.owner(live)}", fix)


def _unknown_kind(error: UnknownKindError, wanted: Wanted) -> SlipwayError:
    fix = "check apiVersion and kind, or let it depend on the CustomResourceDefinition"
    return SlipwayError(str(wanted.identity), "", str(error), fix)
