"""The little of the Kubernetes API that the gateway needs: list, watch, and the status of an object."""

import base64
import json
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import urllib3
import yaml

from sandbox.gateway.snapshot import Json


class ApiError(Exception):
    """The API server's refusal.

    Args:
        code: the HTTP status; 410 means that the resource version is too old.
        message: the server's words.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Api:
    """One API server, as a kubeconfig names it.

    Args:
        kubeconfig: the file; its current context is taken.
    """

    def __init__(self, kubeconfig: Path) -> None:
        config: Json = yaml.safe_load(kubeconfig.read_text())
        context = _named(config["contexts"], config["current-context"])["context"]
        cluster = _named(config["clusters"], context["cluster"])["cluster"]
        user = _named(config["users"], context["user"])["user"]
        self._server = cluster["server"].rstrip("/")
        options: dict[str, Any] = {}
        if self._server.startswith("https:"):
            options["ssl_context"] = _tls(cluster, user, kubeconfig.parent)
        headers = {"Authorization": f"Bearer {user['token']}"} if "token" in user else {}
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, headers=headers, **options)

    def list(self, path: str) -> Json:
        """All objects of a kind, with the resource version to watch from."""
        answer = self._pool.request("GET", f"{self._server}{path}", timeout=10.0)
        return _json(answer)

    def watch(self, path: str, version: str, seconds: int) -> Iterator[Json]:
        """The changes since that version, bookmarks included, until the server ends it after so many seconds."""
        query = f"watch=1&allowWatchBookmarks=true&timeoutSeconds={seconds}&resourceVersion={version}"
        answer = self._pool.request(
            "GET",
            f"{self._server}{path}?{query}",
            preload_content=False,
            timeout=urllib3.Timeout(connect=2.0, read=seconds + 10.0),
        )
        try:
            if answer.status != 200:
                answer.read()
                _json(answer)
            rest = b""
            for chunk in answer.stream(65536):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield json.loads(line)
        finally:
            answer.close()

    def set_status(self, path: str, status: Json) -> None:
        """Replaces the given fields of an object's status."""
        answer = self._pool.request(
            "PATCH",
            f"{self._server}{path}/status",
            body=json.dumps({"status": status}),
            headers={**self._pool.headers, "Content-Type": "application/merge-patch+json"},
            timeout=10.0,
        )
        _json(answer)


def _json(answer: urllib3.BaseHTTPResponse) -> Json:
    try:
        body: Json = json.loads(answer.data)
    except ValueError:
        body = {"message": answer.data[:200].decode(errors="replace")}
    if answer.status >= 300:
        raise ApiError(answer.status, body.get("message", ""))
    return body


def _named(entries: list[Json], name: str) -> Json:
    return next(entry for entry in entries if entry["name"] == name)


def _tls(cluster: Json, user: Json, directory: Path) -> ssl.SSLContext:
    authority = _pem(cluster, "certificate-authority", directory)
    context = ssl.create_default_context(cadata=authority.decode() if authority else None)
    certificate, key = _pem(user, "client-certificate", directory), _pem(user, "client-key", directory)
    if certificate and key:
        with tempfile.TemporaryDirectory() as secret:  # only its owner may enter; ssl takes no key but from a file
            pair = Path(secret, "pair.pem")
            pair.write_bytes(certificate + b"\n" + key)
            context.load_cert_chain(pair)
    return context


def _pem(entry: Json, key: str, directory: Path) -> bytes:
    if data := entry.get(f"{key}-data"):
        return base64.b64decode(data)
    return (directory / entry[key]).read_bytes() if key in entry else b""
