"""What can be done with a resource, without gRPC: the methods of the provider on plain documents."""

import os
import time
from typing import Any

from catalog.errors import SeveralErrors, SlipwayError
from providers.server import Engine, PartialFailureError
from providers.wire import has_unknown, mark, plain, secret_paths
from sandbox.providers.kubernetes import apply, checks, delete, diff, immutable, objects, outputs, read
from sandbox.providers.kubernetes.apply import Wanted
from sandbox.providers.kubernetes.awaiting import wait
from sandbox.providers.kubernetes.awaiting.watch import Watches
from sandbox.providers.kubernetes.cluster import Cluster
from sandbox.providers.kubernetes.discovery import UnknownKindError
from sandbox.providers.kubernetes.objects import Identity
from sandbox.providers.kubernetes.rehearsal import Rehearsals

Document = dict[str, Any]


class Resources:
    """The resources of one cluster.

    Args:
        cluster: the cluster.
        mutable: the kinds (of ConfigMap and Secret) whose data is changed in place.
        engine: where lines for people go.
    """

    def __init__(self, cluster: Cluster, mutable: frozenset[str], engine: Engine) -> None:
        self.cluster = cluster
        self._mutable = mutable
        self._engine = engine
        self._watches = Watches(cluster.client)
        self._rehearsals = Rehearsals(cluster)
        self._imported: set[str] = set()
        self._collects = os.environ.get("SLIPWAY_PREVIEW_ERRORS") == "collect"

    def check(self, _urn: str, news: Document, olds: Document, autoname: str) -> tuple[Document, checks.Failures]:
        """The inputs made complete, and what is wrong with them as far as no dry run is needed to tell."""
        return checks.complete(news, olds, autoname, self._default_namespace)

    def diff(self, urn: str, olds: Document, news: Document, state: Document) -> diff.Difference:
        """What has changed from the old inputs to the new, and whether that takes a new object.

        Args:
            urn: which resource.
            olds: the old checked inputs.
            news: the new ones.
            state: the old outputs.
        """
        if urn in self._imported and read.covers(plain(state), plain(news)):
            return diff.Difference({}, frozenset(), delete_first=False)
        mutable = news.get("kind") in self._mutable
        olds = _placed(olds, state)
        found = diff.decide(olds, news, mutable=mutable)
        identity = objects.identify(plain(olds))
        open_question = found.changes and not found.replaces and not immutable.settled(identity.group, identity.kind)
        if open_question and not has_unknown(news):
            frozen = self._rehearsals.frozen(Wanted(news, urn), _uid(state))
            found = diff.decide(olds, news, mutable=mutable, also=frozen)
        if found.delete_first:
            self._rehearsals.will_be_replaced(urn)
        return found

    def foresee(self, urn: str, inputs: Document, state: Document | None = None) -> Document:
        """The outputs as far as a preview can tell: of a new object, or of a change when there is a state.

        Raises:
            SlipwayError: when the API server would refuse it, unless errors are collected: then it is logged.
        """
        uid = _uid(state) if state else ""
        found = None
        if not has_unknown(inputs):
            try:
                found = self._rehearsals.outcome(Wanted(inputs, urn), uid)
            except (SlipwayError, SeveralErrors) as error:
                if not self._collects:
                    raise
                self._engine.error(str(error), urn)
        if found is None:
            kept = {key: state["metadata"].get(key) for key in ("uid", "creationTimestamp")} if state and uid else {}
            found = {**plain(inputs), "metadata": kept | plain(inputs)["metadata"]}
        return outputs.foreseen(found, inputs, exists=bool(uid))

    def create(self, urn: str, inputs: Document, timeout_s: float) -> tuple[str, Document]:
        """Makes the object and waits until it is ready: its id and outputs.

        Raises:
            SlipwayError: when it could not be made.
            PartialFailureError: when it was made and is not ready in time.
        """
        wanted = self._wanted(urn, inputs, timeout_s)
        live = self._ready(wanted, apply.create(self.cluster, wanted))
        return objects.identify(live).id_, outputs.of_live(live, inputs)

    def update(self, urn: str, inputs: Document, state: Document, timeout_s: float) -> Document:
        """Changes the object and waits until it is ready: its outputs. Raises as `create`."""
        wanted = self._wanted(urn, inputs, timeout_s)
        live = self._ready(wanted, apply.update(self.cluster, wanted, _uid(state)))
        return outputs.of_live(live, inputs)

    def delete(self, inputs: Document, state: Document, timeout_s: float) -> None:
        """Deletes the object of the state and waits until it is gone.

        Raises:
            SlipwayError: when it is not in time.
        """
        identity = objects.identify(plain(state))
        until = time.monotonic() + wait.timeout_s(plain(inputs), timeout_s)
        delete.delete(self.cluster, identity, _uid(state), plain(inputs), until)

    def cancel(self) -> None:
        """Ends all waiting."""
        self.cluster.cancelled.set()

    def read(self, urn: str, identity: Identity, inputs: Document) -> tuple[str, Document, Document] | None:
        """The object as it is: its id, outputs, and inputs as they would read now; nothing when it is gone.

        Args:
            urn: which resource.
            identity: which object.
            inputs: the inputs of its last update; empty for an import.

        Raises:
            PartialFailureError: when it is there and not ready.
        """
        if not identity.namespace:
            namespace = self._default_namespace(identity)
            identity = Identity(identity.api_version, identity.kind, namespace, identity.name)
        live = self.cluster.find(identity)
        if live is None:
            return None
        if inputs:
            now = outputs.hidden(mark(read.shaped(live, plain(inputs)), secret_paths(inputs)))
        else:
            self._imported.add(urn)
            now = outputs.hidden(read.imported(live))
        judge = wait.rule(plain(inputs) or live)
        verdict = judge(live) if judge else None
        if verdict is not None and verdict.state != "ready":
            reasons = [f"{identity} is not ready: {verdict.message}"]
            raise PartialFailureError(identity.id_, outputs.of_live(live, now), now, reasons)
        return identity.id_, outputs.of_live(live, now), now

    def _wanted(self, urn: str, inputs: Document, timeout_s: float) -> Wanted:
        return Wanted(inputs, urn, time.monotonic() + wait.timeout_s(plain(inputs), timeout_s))

    def _ready(self, wanted: Wanted, live: Document) -> Document:
        judge = wait.rule(wanted.document)
        if judge is None:
            return live
        waiting = wait.Wait(self.cluster, self._watches, lambda line: self._engine.status(line, wanted.urn))
        try:
            return waiting.until_ready(live, judge, wanted.until)
        except wait.NotReadyError as error:
            state = outputs.of_live(error.live, wanted.inputs)
            raise PartialFailureError(wanted.identity.id_, state, wanted.inputs, error.reasons) from None

    def _default_namespace(self, identity: Identity) -> str:
        try:
            namespaced = self.cluster.discovery.kind(identity).namespaced
        except UnknownKindError:
            return ""
        return self.cluster.namespace if namespaced else ""


def _uid(state: Document) -> str:
    return str(plain(state.get("metadata") or {}).get("uid") or "")


def _placed(inputs: Document, state: Document) -> Document:
    """Inputs with the namespace the object got: `check` could not fill it in before its kind was known."""
    metadata, found = inputs.get("metadata"), plain(state.get("metadata") or {})
    if not isinstance(metadata, dict) or metadata.get("namespace") or not found.get("namespace"):
        return inputs
    return {**inputs, "metadata": {**metadata, "namespace": found["namespace"]}}
