"""Which kinds the API server knows, and where their objects are."""

import threading
import time
from dataclasses import dataclass
from typing import Any

from sandbox.providers.kubernetes.client import ApiError, Client
from sandbox.providers.kubernetes.objects import Identity

_STALE_S = 1.0
"""An API group is asked again for a kind it did not have, but not more often than this."""


@dataclass(frozen=True)
class Kind:
    """One kind at one version.

    Args:
        plural: its name in paths, `deployments`.
        namespaced: whether its objects are in namespaces.
        has_status: whether `status` is written through a subresource of its own.
    """

    plural: str
    namespaced: bool
    has_status: bool


class UnknownKindError(Exception):
    """The API server has no such kind, now."""

    def __init__(self, identity: Identity) -> None:
        super().__init__(f"the cluster knows no kind {identity.kind} in {identity.api_version}")


class Discovery:
    """The kinds of one cluster: each API group is asked once, and again when a kind is missing from it.

    Args:
        client: the cluster.
        namespace: where objects are that name no namespace and need one.
    """

    def __init__(self, client: Client, namespace: str = "default") -> None:
        self._client = client
        self._namespace = namespace
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, dict[str, Kind]]] = {}

    def kind(self, identity: Identity) -> Kind:
        """How the API server serves a kind.

        Raises:
            UnknownKindError: when it does not, at the latest `_STALE_S` ago.
        """
        version = identity.api_version
        with self._lock:
            asked, kinds = self._known.get(version, (float("-inf"), {}))
            if identity.kind not in kinds and time.monotonic() - asked > _STALE_S:
                kinds = self._ask(version)
                self._known[version] = time.monotonic(), kinds
        if identity.kind not in kinds:
            raise UnknownKindError(identity)
        return kinds[identity.kind]

    def collection(self, identity: Identity) -> str:
        """The path of the objects of a kind, in the identity's namespace where the kind has one."""
        kind = self.kind(identity)
        space = f"/namespaces/{identity.namespace or self._namespace}" if kind.namespaced else ""
        return f"{_root(identity.api_version)}{space}/{kind.plural}"

    def path(self, identity: Identity) -> str:
        """The path of one object."""
        return f"{self.collection(identity)}/{identity.name}"

    def _ask(self, version: str) -> dict[str, Kind]:
        try:
            listed: list[dict[str, Any]] = self._client.get(_root(version)).get("resources") or []
        except ApiError as error:
            if error.code == 404:
                return {}
            raise
        names = {entry["name"] for entry in listed}
        return {
            entry["kind"]: Kind(entry["name"], entry["namespaced"], f"{entry['name']}/status" in names)
            for entry in listed
            if "/" not in entry["name"]
        }


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"
