"""Keeps one kind of object as the API server has it: list once, then watch from there."""

import logging
import threading
from collections.abc import Callable

import urllib3

from sandbox.gateway.api import Api, ApiError
from sandbox.gateway.snapshot import Json, Key

_LOG = logging.getLogger(__name__)
_GONE, _NOT_FOUND = 410, 404


class Watch(threading.Thread):
    """A thread with a copy of all objects of a kind.

    Args:
        api: the API server.
        path: the path of the collection, over all namespaces.
        changed: called after every change, from this thread.
        seconds: how long one watch request may last.
        pause: seconds before the next try after an error.
    """

    def __init__(
        self, api: Api, path: str, changed: Callable[[], None], *, seconds: int = 300, pause: float = 0.25
    ) -> None:
        super().__init__(name=f"watch {path}", daemon=True)
        self.listed = threading.Event()
        self._api = api
        self._path = path
        self._changed = changed
        self._seconds = seconds
        self._pause = pause
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._items: dict[Key, Json] = {}

    def items(self) -> dict[Key, Json]:
        """All objects as last seen, by namespace and name."""
        with self._lock:
            return dict(self._items)

    def stop(self) -> None:
        """Ends the thread with its next event."""
        self._stopped.set()

    def run(self) -> None:
        """Lists, watches, and starts again where it was; what was seen stays while the server cannot be reached."""
        version = ""
        while not self._stopped.is_set():
            try:
                version = self._watch(version or self._list())
            except ApiError as error:
                version = "" if error.code in (_GONE, _NOT_FOUND) else version
                if error.code == _NOT_FOUND:
                    self._replace({})  # the kind is not installed (yet): there are none
                if error.code != _GONE:
                    _LOG.debug("%s: %s", self._path, error)
                    self._stopped.wait(self._pause)
            except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                _LOG.debug("%s: %s", self._path, error)
                self._stopped.wait(self._pause)

    def _list(self) -> str:
        answer = self._api.list(self._path)
        self._replace({_key(item): item for item in answer.get("items") or []})
        return str(answer["metadata"]["resourceVersion"])

    def _replace(self, items: dict[Key, Json]) -> None:
        with self._lock:
            known, self._items = self._items, items
        first = not self.listed.is_set()
        self.listed.set()
        if first or known != items:
            self._changed()

    def _watch(self, version: str) -> str:
        for event in self._api.watch(self._path, version, self._seconds):
            if event["type"] == "ERROR":
                status = event["object"]
                raise ApiError(status.get("code", 500), status.get("message", ""))
            version = event["object"]["metadata"]["resourceVersion"]
            if event["type"] != "BOOKMARK":
                self._apply(event["type"], event["object"])
            if self._stopped.is_set():
                break
        return version

    def _apply(self, kind: str, item: Json) -> None:
        with self._lock:
            if kind == "DELETED":
                self._items.pop(_key(item), None)
            else:
                self._items[_key(item)] = item
        self._changed()


def _key(item: Json) -> Key:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]
