"""One watch a collection, shared by all that wait for its objects: hundreds of awaits cost one connection."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from catalog.errors import SlipwayError
from sandbox.providers.kubernetes.client import ApiError, Client

_WATCH_S = 60
_PAUSE_S = 1.0


class Watches:
    """The watches of one cluster: each starts with the first that waits, and ends a moment after the last.

    Args:
        client: the cluster.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._watches: dict[str, Watch] = {}

    @contextmanager
    def following(self, collection: str, version: str) -> Iterator["Watch"]:
        """The watch of a collection.

        Args:
            collection: its path.
            version: the resource version after which a new watch begins.
        """
        with self._lock:
            watch = self._watches.get(collection)
            if watch is None:
                watch = self._watches[collection] = Watch(self._client, collection)
                threading.Thread(target=self._follow, args=(watch, version), daemon=True).start()
            watch.users += 1
        try:
            yield watch
        finally:
            with self._lock:
                watch.users -= 1

    def _follow(self, watch: "Watch", version: str) -> None:
        while True:
            version = watch.follow(version)
            with self._lock:
                if not watch.users:
                    del self._watches[watch.collection]
                    return


class Watch:
    """The newest known state of the objects of a collection.

    Args:
        client: the cluster.
        collection: the collection's path.
    """

    def __init__(self, client: Client, collection: str) -> None:
        self.collection = collection
        self.users = 0
        self._client = client
        self._newest: dict[str, dict[str, Any]] = {}
        self._ended: set[str] = set()
        self._changed = threading.Condition()

    def newer(self, live: dict[str, Any], timeout_s: float) -> dict[str, Any] | None:
        """The next newer state of an object, or nothing within the timeout.

        Args:
            live: the object as it was last seen.
            timeout_s: how long to wait for it.
        """
        name, seen = live["metadata"]["name"], live

        def find() -> dict[str, Any] | None:
            found = self._newest.get(name)
            return found if found is not None and _age(found) > _age(seen) else None

        with self._changed:
            return self._changed.wait_for(find, timeout_s)

    def has_ended(self, uid: str) -> bool:
        """Whether the object with this uid was seen to be deleted."""
        return uid in self._ended

    def follow(self, version: str) -> str:
        """Learns what happens after a resource version (none: from now on) for a minute; returns where to go on."""
        try:
            version = version or self._list()
            for event in self._client.watch(self.collection, version, _WATCH_S):
                if event["type"] == "ERROR":  # too old: begin anew
                    return ""
                version = event["object"]["metadata"]["resourceVersion"]
                if event["type"] == "DELETED":
                    self._ended.add(event["object"]["metadata"]["uid"])
                self._learn([event["object"]])
        except (ApiError, SlipwayError):  # the awaits look for themselves meanwhile
            time.sleep(_PAUSE_S)
            return ""
        return version

    def _list(self) -> str:
        listed = self._client.get(self.collection)
        kind = {"apiVersion": listed["apiVersion"], "kind": listed["kind"].removesuffix("List")}
        self._learn([kind | item for item in listed["items"]])
        return str(listed["metadata"]["resourceVersion"])

    def _learn(self, objects: list[dict[str, Any]]) -> None:
        with self._changed:
            for live in objects:
                known = self._newest.get(live["metadata"]["name"])
                if known is None or _age(live) > _age(known):
                    self._newest[live["metadata"]["name"]] = live
            self._changed.notify_all()


def _age(live: dict[str, Any]) -> int:
    """Resource versions grow with every change (comparable since Kubernetes 1.35)."""
    version = str(live["metadata"]["resourceVersion"])
    return int(version) if version.isdigit() else 0
