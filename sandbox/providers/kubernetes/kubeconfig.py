"""Where a cluster is and who one is there: the part of a kubeconfig that a client needs."""

import base64
import json
import os
import ssl
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from catalog.errors import SlipwayError
from catalog.safe_yaml import LOADER

_EXEC_TIMEOUT_S = 60


@dataclass(frozen=True)
class Access:
    """One cluster and one user of a kubeconfig.

    Args:
        server: the API server's address, `https://host:port`.
        cluster: the `cluster` entry.
        user: the `user` entry.
        namespace: the context's namespace, empty when it has none.
    """

    server: str
    cluster: dict[str, Any]
    user: dict[str, Any]
    namespace: str

    @property
    def named(self) -> str:
        """The address that the API server's certificate is for: another than `server` behind a tunnel."""
        name = self.cluster.get("tls-server-name")
        return f"https://{name}" if name else self.server


def load(kubeconfig: str, *, context: str = "", cluster: str = "") -> Access:
    """Reads a kubeconfig.

    Args:
        kubeconfig: its contents (YAML or JSON) or the path of its file.
        context: which context, instead of the current one.
        cluster: which cluster entry, instead of the context's.

    Raises:
        SlipwayError: when it cannot be read, or names something it does not hold.
    """
    document = _parse(kubeconfig)
    wanted = context or str(document.get("current-context") or "")
    entry = _entry(document, "contexts", wanted, "context")
    named = _entry(document, "clusters", cluster or str(entry.get("cluster", "")), "cluster")
    user = _entry(document, "users", str(entry["user"]), "user") if entry.get("user") else {}
    server = str(named.get("server") or "")
    if not server:
        raise SlipwayError("kubeconfig", "", "its cluster has no `server` address", "give clusters[].cluster.server")
    return Access(server.rstrip("/"), named, user, str(entry.get("namespace") or ""))


def _parse(kubeconfig: str) -> dict[str, Any]:
    text = kubeconfig
    if "\n" not in text.strip() and not text.lstrip().startswith("{"):
        path = Path(text).expanduser()
        try:
            text = path.read_text()
        except OSError as error:
            fix = "give the path of a kubeconfig, or its contents"
            raise SlipwayError("kubeconfig", str(path), f"cannot be read: {error.strerror}", fix) from None
    try:
        document = yaml.load(text, LOADER)  # noqa: S506 - a safe loader
    except yaml.YAMLError:
        document = None
    if not isinstance(document, dict):
        raise SlipwayError("kubeconfig", "", "is no YAML or JSON object", "take it from the cluster's owner again")
    return document


def _entry(document: dict[str, Any], section: str, name: str, field: str) -> dict[str, Any]:
    entries = document.get(section) or []
    for entry in entries:
        if entry.get("name") == name:
            return dict(entry.get(field) or {})
    known = ", ".join(sorted(str(entry.get("name")) for entry in entries)) or "none"
    raise SlipwayError(f"kubeconfig {section}", name, f"there is no such {field}", f"use one of: {known}")


def tls(access: Access, credentials: "Credentials") -> ssl.SSLContext:
    """The TLS settings for a cluster: its authority and, where there is one, the client's certificate."""
    authority = _bytes(access.cluster, "certificate-authority")
    context = ssl.create_default_context(cadata=authority.decode() if authority else None)
    if access.cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate, key = credentials.certificate()
    if certificate and key:
        with tempfile.NamedTemporaryFile() as file:  # 0600, gone once the context holds the key
            file.write(certificate + b"\n" + key)
            file.flush()
            context.load_cert_chain(file.name)
    return context


class Credentials:
    """What a user of a kubeconfig shows: a certificate, a token, a password, or what its exec plugin says."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._lock = threading.Lock()
        self._issued: dict[str, Any] = {}
        self._until = 0.0

    def certificate(self) -> tuple[bytes, bytes]:
        """The client's certificate and key as PEM; both empty when it has none."""
        user = self._access.user
        if "exec" in user:
            issued = self._exec()
            return str(issued.get("clientCertificateData", "")).encode(), str(issued.get("clientKeyData", "")).encode()
        return _bytes(user, "client-certificate"), _bytes(user, "client-key")

    def headers(self) -> dict[str, str]:
        """The `Authorization` header, or nothing."""
        user = self._access.user
        if user.get("username"):
            pair = f"{user['username']}:{user.get('password', '')}".encode()
            return {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        token = str(user.get("token") or "")
        if user.get("tokenFile"):
            token = Path(user["tokenFile"]).read_text().strip()
        if "exec" in user:
            token = str(self._exec().get("token") or "")
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _exec(self) -> dict[str, Any]:
        with self._lock:
            if time.time() >= self._until:
                self._issued = _run_plugin(self._access)
                self._until = _expiry(self._issued)
            return self._issued


def _run_plugin(access: Access) -> dict[str, Any]:
    plugin = access.user["exec"]
    command = [str(plugin["command"]), *map(str, plugin.get("args") or [])]
    request = {"apiVersion": plugin.get("apiVersion"), "kind": "ExecCredential", "spec": {"interactive": False}}
    environment = dict(os.environ) | {pair["name"]: pair["value"] for pair in plugin.get("env") or []}
    environment["KUBERNETES_EXEC_INFO"] = json.dumps(request)
    fix = f"{plugin.get('installHint') or 'run it by hand: ' + ' '.join(command)}"
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, timeout=_EXEC_TIMEOUT_S, check=True, stdin=subprocess.DEVNULL
        )
        return dict(json.loads(done.stdout)["status"])
    except FileNotFoundError:
        raise SlipwayError("kubeconfig users[].user.exec", command[0], "is not installed", fix) from None
    except subprocess.CalledProcessError as error:
        why = error.stderr.decode(errors="replace").strip().splitlines()
        reason = f"gave no credentials: {why[-1] if why else f'exit code {error.returncode}'}"
        raise SlipwayError("kubeconfig users[].user.exec", command[0], reason, fix) from None
    except (subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        raise SlipwayError("kubeconfig users[].user.exec", command[0], "gave no credentials", fix) from None


def _expiry(issued: dict[str, Any]) -> float:
    stamp = issued.get("expirationTimestamp")
    margin_s = 30
    return datetime.fromisoformat(str(stamp)).timestamp() - margin_s if stamp else float("inf")


def _bytes(entry: dict[str, Any], name: str) -> bytes:
    """A certificate or key, given inside the kubeconfig or as a file beside it."""
    if entry.get(f"{name}-data"):
        return base64.b64decode(entry[f"{name}-data"])
    return Path(entry[name]).read_bytes() if entry.get(name) else b""
