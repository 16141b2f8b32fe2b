"""Resources of a cluster that a stand-in cloud only says it made: checked by types, and never asked for.

There is no API server, so nothing becomes ready, takes defaults or drifts; each time something would have been asked
of it, that is said: `not checked: no API server`.
"""

import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from catalog.errors import SlipwayError
from providers.server import Engine
from providers.wire import plain
from sandbox.providers.changes import Difference, show
from sandbox.providers.collecting import Collecting
from sandbox.providers.kubernetes import checks, diff, immutable, objects, offline_types, outputs
from sandbox.providers.kubernetes.awaiting import wait
from sandbox.providers.kubernetes.objects import Identity
from sandbox.providers.stand_in import DOMAIN, is_stand_in, stranger

Document = dict[str, Any]


def is_offline(server: str, environment: Mapping[str, str]) -> bool:
    """Whether an API server is one that only a stand-in cloud says there is.

    Args:
        server: its address.
        environment: of this process: whose credentials it has.

    Raises:
        SlipwayError: when it would not take these credentials.
    """
    host = urlsplit(server).hostname or ""
    if not is_stand_in(host):
        return False
    if who := stranger(host, environment):
        fix = "use the credentials of the account that the cluster is in"
        raise SlipwayError("kubeconfig", server, f"the credentials are for {who}, and the cluster is another's", fix)
    return True


class OfflineResources:
    """As `resources.Resources`, without a cluster.

    Args:
        namespace: where objects without a namespace go.
        mutable: the kinds (of ConfigMap and Secret) whose data is changed in place.
        engine: where lines for people go.
        environment: of this process.
    """

    def __init__(self, namespace: str, mutable: frozenset[str], engine: Engine, environment: Mapping[str, str]) -> None:
        self._namespace = namespace
        self._mutable = mutable
        self._engine = engine
        self._collecting = Collecting(engine, environment)
        self._types = offline_types.Types()
        self._unchecked = 0

    def check(self, urn: str, news: Document, olds: Document, autoname: str) -> tuple[Document, checks.Failures]:
        """The inputs made complete, and all that is wrong with them by their types."""
        inputs, failures = checks.complete(news, olds, autoname, self._default_namespace)
        if failures:
            return inputs, failures
        found = self._types.failures(inputs)
        if found is None:
            self._unchecked += 1
            identity = objects.identify(plain(inputs))
            said = f"not checked: no API server, and no field table of {identity.api_version} {identity.kind}"
            self._engine.info(f"{said}: {identity.id_} ({self._unchecked} so far)")
        return inputs, self._collecting.checked(urn, found or [])

    def diff(self, urn: str, olds: Document, news: Document, state: Document) -> Difference:
        """What has changed, and whether that takes a new object as far as is written down."""
        found = diff.decide(olds, news, mutable=news.get("kind") in self._mutable)
        identity = objects.identify(plain(olds))
        if found.changes and not found.replaces and not immutable.settled(identity.group, identity.kind):
            paths = ", ".join(sorted(map(show, found.changes)))
            self._say(f"whether {identity} can be changed in place ({paths})", urn)
        return found

    def foresee(self, urn: str, inputs: Document, state: Document | None = None) -> Document:
        """The outputs as far as a preview can tell."""
        metadata = plain(inputs).get("metadata") or {}
        kept = _assigned_before(state)
        return outputs.foreseen({**plain(inputs), "metadata": kept | metadata}, inputs, exists=bool(kept))

    def create(self, urn: str, inputs: Document, _timeout_s: float) -> tuple[str, Document]:
        """The id and the outputs of an object; it is ready at once.

        Raises:
            SlipwayError: when its inputs were refused.
        """
        self._collecting.make(urn)
        assigned = {"uid": str(uuid.uuid4()), "creationTimestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        live = self._live(inputs, assigned)
        self._ready(urn, inputs)
        return objects.identify(live).id_, outputs.of_live(live, inputs)

    def update(self, urn: str, inputs: Document, state: Document, _timeout_s: float) -> Document:
        """The outputs after a change; it is ready at once. Raises as `create`."""
        self._collecting.make(urn)
        self._ready(urn, inputs)
        return outputs.of_live(self._live(inputs, _assigned_before(state)), inputs)

    def delete(self, _inputs: Document, _state: Document, _timeout_s: float) -> None:
        """Nothing has to go."""

    def read(self, _urn: str, identity: Identity, inputs: Document) -> tuple[str, Document, Document] | None:
        """The object as it was made; nothing for an import."""
        if not inputs:
            return None
        return identity.id_, outputs.of_live(self._live(inputs, {}), inputs), inputs

    def cancel(self) -> None:
        """Nothing here takes time."""

    def _live(self, inputs: Document, assigned: Document) -> Document:
        document: Document = plain(inputs)
        metadata = {**assigned, "resourceVersion": str(secrets.randbelow(10**6) + 1), **document["metadata"]}
        live = {**document, "metadata": metadata}
        spec = document.get("spec")
        if document["kind"] == "Service" and isinstance(spec, dict) and spec.get("type") == "LoadBalancer":
            host = f"{metadata['name']}.{metadata.get('namespace', self._namespace)}.{DOMAIN}"
            live["status"] = {"loadBalancer": {"ingress": [{"hostname": host}]}}
        return live

    def _ready(self, urn: str, inputs: Document) -> None:
        if wait.rule(plain(inputs)) is not None:
            self._say(f"whether {objects.identify(plain(inputs))} becomes ready", urn)

    def _say(self, what: str, urn: str) -> None:
        self._engine.info(f"not checked: no API server: {what}", urn)

    def _default_namespace(self, identity: Identity) -> str:
        return self._namespace if self._types.is_namespaced(identity) else ""


def _assigned_before(state: Document | None) -> Document:
    metadata = plain((state or {}).get("metadata")) or {}
    return {key: metadata[key] for key in ("uid", "creationTimestamp") if key in metadata}
