"""The gateway's loop: what the cluster says becomes Envoy's files, and a status on what asked for it."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import urllib3

from sandbox.gateway.api import Api, ApiError
from sandbox.gateway.snapshot import Snapshot
from sandbox.gateway.status import statuses
from sandbox.gateway.translate import translate
from sandbox.gateway.watch import Watch
from sandbox.gateway.xds import Files

_LOG = logging.getLogger(__name__)
_GATEWAY_API = "/apis/gateway.networking.k8s.io/v1"
_WATCHED = {
    "classes": f"{_GATEWAY_API}/gatewayclasses",
    "gateways": f"{_GATEWAY_API}/gateways",
    "routes": f"{_GATEWAY_API}/httproutes",
    "grants": f"{_GATEWAY_API}/referencegrants",
    "services": "/api/v1/services",
    "namespaces": "/api/v1/namespaces",
    "slices": "/apis/discovery.k8s.io/v1/endpointslices",
}
DEBOUNCE = 0.02
"""Seconds in which changes gather, at the least: a rollout touches several objects at once."""
_REST = 2.0
"""The same as a multiple of what the last step took: with thousands of models the controller leaves others a core."""


class Controller:
    """Watches the cluster, writes Envoy's files and the objects' statuses.

    Files and statuses have a thread each: a slow API server never delays an endpoint that has gone.

    Args:
        api: the API server.
        files: Envoy's configuration directory.
        address: the IP address at which the gateway is reached.
    """

    def __init__(self, api: Api, files: Files, address: str, *, pause: float = 0.25) -> None:
        self._api = api
        self._files = files
        self._address = address
        self._stopped = threading.Event()
        self._wake = (threading.Event(), threading.Event())
        self._watches = {name: Watch(api, path, self._changed, pause=pause) for name, path in _WATCHED.items()}
        self._workers = [
            threading.Thread(target=self._work, args=pair, daemon=True)
            for pair in zip(self._wake, (self._publish, self._report), strict=True)
        ]

    def start(self) -> None:
        """Starts the watches; the first files are written when everything has been listed once."""
        for thread in (*self._watches.values(), *self._workers):
            thread.start()

    def stop(self) -> None:
        """Ends the threads; Envoy keeps what it has."""
        self._stopped.set()
        for watch in self._watches.values():
            watch.stop()
        self._changed()

    def snapshot(self) -> Snapshot:
        """The cluster as last seen."""
        return Snapshot(**{name: watch.items() for name, watch in self._watches.items()})

    def _changed(self) -> None:
        for event in self._wake:
            event.set()

    def _work(self, wake: threading.Event, step: Callable[[], None]) -> None:
        for watch in self._watches.values():
            while not watch.listed.wait(0.1):
                if self._stopped.is_set():
                    return
        took = 0.0
        while not self._stopped.is_set():
            wake.wait()
            time.sleep(max(DEBOUNCE, _REST * took))
            wake.clear()
            begun = time.monotonic()
            try:
                step()
                took = min(time.monotonic() - begun, 1.0)
            except (ApiError, urllib3.exceptions.HTTPError, OSError, KeyError, TypeError, ValueError):
                _LOG.exception("trying again with the next change, in a second at the latest")
                self._stopped.wait(1.0)
                wake.set()

    def _publish(self) -> None:
        changed = self._files.write(translate(self.snapshot(), self._files.directory))
        if changed:
            _LOG.info("written: %s", ", ".join(changed))

    def _report(self) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for path, status in statuses(self.snapshot(), self._address, now).items():
            try:
                self._api.set_status(path, status)
            except ApiError as error:
                if error.code != 404:  # deleted since: there is nobody to tell
                    raise
