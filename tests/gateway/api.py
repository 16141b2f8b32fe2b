"""An API server in small: lists, watches with bookmarks, says 410 to who is too late, merges statuses."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.gateway.snapshot import Json

GROUP = "/apis/gateway.networking.k8s.io/v1"
PLURALS = {
    "GatewayClass": f"{GROUP}/gatewayclasses",
    "Gateway": f"{GROUP}/gateways",
    "HTTPRoute": f"{GROUP}/httproutes",
    "ReferenceGrant": f"{GROUP}/referencegrants",
    "Service": "/api/v1/services",
    "Namespace": "/api/v1/namespaces",
    "EndpointSlice": "/apis/discovery.k8s.io/v1/endpointslices",
}


class FakeApi:
    """Serves what `put` and `delete` make of it."""

    def __init__(self, directory: Path) -> None:
        self.lists: list[str] = []
        self.watches: list[tuple[str, int]] = []
        self.patches: list[tuple[str, Json]] = []
        self.absent: set[str] = set()
        self.held: set[str] = set()
        self.oldest = 0
        self._version = 100
        self._items: dict[str, dict[tuple[str, str], Json]] = {path: {} for path in PLURALS.values()}
        self._events: list[tuple[int, str, Json]] = []
        self._changed = threading.Condition()
        self._generation = 0
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                fake._get(self)

            def do_PATCH(self) -> None:
                length = int(self.headers["Content-Length"])
                fake._patch(self, json.loads(self.rfile.read(length)))

            def log_message(self, *arguments: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.kubeconfig = directory / "kubeconfig"
        self.kubeconfig.write_text(
            json.dumps(
                {
                    "current-context": "c",
                    "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
                    "clusters": [{"name": "k", "cluster": {"server": f"http://127.0.0.1:{self._server.server_port}"}}],
                    "users": [{"name": "u", "user": {}}],
                }
            )
        )
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        self.drop_watches()
        self._server.shutdown()
        self._server.server_close()

    def put(self, kind: str, item: Json) -> None:
        path, key = PLURALS[kind], (item["metadata"].get("namespace", ""), item["metadata"]["name"])
        with self._changed:
            self._version += 1
            stored = {**item, "metadata": {**item["metadata"], "resourceVersion": str(self._version)}}
            word = "MODIFIED" if key in self._items[path] else "ADDED"
            self._items[path][key] = stored
            self._tell(path, word, stored)

    def delete(self, kind: str, name: str, namespace: str = "risk") -> None:
        with self._changed:
            self._version += 1
            gone = self._items[PLURALS[kind]].pop((namespace, name))
            gone = {**gone, "metadata": {**gone["metadata"], "resourceVersion": str(self._version)}}
            self._tell(PLURALS[kind], "DELETED", gone)

    def forget(self, kind: str, name: str, namespace: str = "risk") -> None:
        """Deletes without an event, and compacts: only a new list can tell."""
        with self._changed:
            self._version += 1
            del self._items[PLURALS[kind]][namespace, name]
            self.oldest = self._version
            self._generation += 1
            self._changed.notify_all()

    def bookmark(self) -> int:
        with self._changed:
            self._version += 50
            for path in PLURALS.values():
                self._tell(path, "BOOKMARK", {"metadata": {"resourceVersion": str(self._version)}})
            return self._version

    def drop_watches(self) -> None:
        with self._changed:
            self._generation += 1
            self._changed.notify_all()

    def status(self, kind: str, name: str, namespace: str = "risk") -> Json:
        return dict(self._items[PLURALS[kind]].get((namespace, name), {}).get("status") or {})

    def _tell(self, path: str, word: str, item: Json) -> None:
        self._events.append((self._version, path, {"type": word, "object": item}))
        self._changed.notify_all()

    def _get(self, handler: BaseHTTPRequestHandler) -> None:
        url = urlsplit(handler.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if url.path in self.absent:
            return _answer(handler, 404, {"message": "the server could not find the requested resource"})
        while url.path in self.held:
            time.sleep(0.01)
        if "watch" in query:
            return self._watch(handler, url.path, int(query["resourceVersion"]))
        with self._changed:
            self.lists.append(url.path)
            body: Any = {
                "metadata": {"resourceVersion": str(self._version)},
                "items": list(self._items[url.path].values()),
            }
        return _answer(handler, 200, body)

    def _watch(self, handler: BaseHTTPRequestHandler, path: str, since: int) -> None:
        self.watches.append((path, since))
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        try:
            for event in self._stream(path, since):
                line = json.dumps(event).encode() + b"\n"
                half = len(line) // 2  # events need not arrive whole
                for part in (line[:half], line[half:]):
                    handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
                    handler.wfile.flush()
            handler.wfile.write(b"0\r\n\r\n")
        except OSError:
            handler.close_connection = True

    def _stream(self, path: str, since: int) -> Iterator[Json]:
        if since < self.oldest:
            yield {"type": "ERROR", "object": {"code": 410, "message": "too old resource version"}}
            return
        with self._changed:
            generation = self._generation
        sent = since
        while True:
            with self._changed:
                if generation != self._generation:
                    return
                fresh = [(version, event) for version, where, event in self._events if where == path and version > sent]
                if not fresh:
                    self._changed.wait(0.2)
            for version, event in fresh:
                sent = version
                yield event

    def _patch(self, handler: BaseHTTPRequestHandler, body: Json) -> None:
        path = handler.path.removesuffix("/status")
        self.patches.append((path, body))
        parts = path.rsplit("/", 2)
        namespace, collection = "", "/".join(parts[:2])
        if "/namespaces/" in path:
            head, _, rest = path.partition("/namespaces/")
            namespace, plural, _ = rest.split("/")
            collection = f"{head}/{plural}"
        item = self._items[collection].get((namespace, parts[2]))
        if item is None:
            return _answer(handler, 404, {"message": "not found"})
        kind = next(kind for kind, plural in PLURALS.items() if plural == collection)
        self.put(kind, {**item, "status": {**(item.get("status") or {}), **body["status"]}})
        return _answer(handler, 200, {})


def _answer(handler: BaseHTTPRequestHandler, status: int, body: Json) -> None:
    text = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(text)))
    handler.end_headers()
    handler.wfile.write(text)
