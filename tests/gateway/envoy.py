"""A real Envoy and small real backends on the loopback."""

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import urllib3

from sandbox.gateway.admin import Admin
from sandbox.gateway.bootstrap import command, prepare
from sandbox.gateway.snapshot import Json, Snapshot
from sandbox.gateway.translate import translate
from sandbox.gateway.xds import Files
from tests.ports import free_port


class Backend:
    """A server that answers with its name and what it was asked, and remembers it."""

    def __init__(self, name: str) -> None:
        self.seen: list[Json] = []
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                asked = {
                    "method": self.command,
                    "path": self.path,
                    "headers": {key.lower(): value for key, value in self.headers.items()},
                    "body": self.rfile.read(length).decode(),
                }
                backend.seen.append(asked)
                body = json.dumps({"name": name, **asked}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Server-Secret", "none")
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *arguments: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.place = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Gateway:
    """An Envoy on a free port, fed with snapshots."""

    def __init__(self, directory: Path) -> None:
        self.listen, self.admin = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        self.bootstrap = prepare(directory, listen=self.listen, admin=self.admin)
        self.asked = Admin(self.admin)
        self.files = Files(directory, self.asked.applied)
        self._pool = urllib3.PoolManager(retries=False, timeout=5.0, maxsize=4)
        self.log = directory / "envoy.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command(self.bootstrap), stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while self._state() != "LIVE":
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def _state(self) -> str:
        try:
            answer = self._pool.request("GET", f"http://{self.admin}/server_info").json()
        except (urllib3.exceptions.HTTPError, ValueError):
            return "none"
        return str(answer["state"])

    def serve(self, state: Snapshot) -> None:
        """Publishes the snapshot and waits until Envoy works with all of it."""
        self.files.write(translate(state, self.files.directory))
        self.wait("rds.json")
        self.wait("cds.json")

    def wait(self, name: str) -> None:
        version = json.loads((self.files.directory / name).read_text())["version_info"]
        deadline = time.monotonic() + 5
        while not self.asked.applied(name, version):
            assert time.monotonic() < deadline, f"{name} was not taken: {self.log.read_text()}"
            time.sleep(0.005)

    def ask(self, path: str, method: str = "GET", **options: Any) -> urllib3.BaseHTTPResponse:
        return self._pool.request(method, f"http://{self.listen}{path}", **options)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@contextlib.contextmanager
def running(directory: Path) -> Iterator[Gateway]:
    gateway = Gateway(directory)
    try:
        yield gateway
    finally:
        gateway.stop()
