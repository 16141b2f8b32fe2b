"""Is a daemon ready? Asked from inside the node. Only the standard library: the node's PID 1 imports this."""

import http.client
import socket
import ssl
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.node.plan import Probe

TIMEOUT = 2.0
"""Seconds one answer may take."""


def ready(probe: Probe, pki: Path) -> bool:
    """Ask once.

    Args:
        probe: what to ask.
        pki: directory of the certificates, for HTTPS.
    """
    try:
        match probe.kind:
            case "http":
                return _http(probe.target, pki) == http.HTTPStatus.OK
            case "unix":
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.settimeout(TIMEOUT)
                    connection.connect(probe.target)
            case "file":
                return Path(probe.target).exists()
            case "none":
                pass
    except (OSError, http.client.HTTPException):
        return False
    return True


def _http(url: str, pki: Path) -> int:
    address = urlsplit(url)
    host, port = address.hostname or "", address.port
    connection = (
        http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=_context(pki))
        if address.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    )
    try:
        connection.request("GET", address.path)
        return connection.getresponse().status
    finally:
        connection.close()


@cache
def _context(pki: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=pki / "ca.crt")
    context.load_cert_chain(pki / "probe.crt", pki / "probe.key")
    return context
