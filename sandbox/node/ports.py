"""Host ports of the node, on 127.0.0.1: chosen once, kept, and opened before anything is started."""

import json
import random
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from catalog.errors import SlipwayError
from sandbox.node.layout import write_private

HOST = "127.0.0.1"
RANGE = range(20000, 32000)
"""Below the ports that systems give to outgoing connections, so that none of those takes a kept one by chance."""


def open_kept(file: Path, names: Sequence[str]) -> dict[str, socket.socket]:
    """Listen on the kept port of every name; choose a free one for a name that has none and keep it.

    Args:
        file: where the ports are kept.
        names: what the ports are for.

    Returns:
        A listening socket for each name; the caller closes them.

    Raises:
        SlipwayError: a kept port is taken, with the process that has it where that can be known.
    """
    kept = read(file)
    opened: dict[str, socket.socket] = {}
    try:
        for name in names:
            opened[name] = _listen(name, kept[name], file) if name in kept else _listen_free(file)
    except BaseException:
        close(opened)
        raise
    ports = {name: listener.getsockname()[1] for name, listener in opened.items()}
    if ports != kept:
        write_private(file, json.dumps(ports, indent=1))
    return opened


def read(file: Path) -> dict[str, int]:
    """The kept ports; none if the file is missing or damaged (they are chosen again then)."""
    with suppress(FileNotFoundError, ValueError):
        raw = json.loads(file.read_text())
        if isinstance(raw, dict) and all(isinstance(port, int) and 0 < port < 2**16 for port in raw.values()):
            return raw
    return {}


def close(sockets: Mapping[str, socket.socket]) -> None:
    """Close them all."""
    for listener in sockets.values():
        listener.close()


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the last run may linger
        listener.bind((HOST, port))
        listener.listen(4096)
    except OSError:
        listener.close()
        raise
    return listener


def _listen(name: str, port: int, file: Path) -> socket.socket:
    try:
        return _bind(port)
    except OSError as error:
        raise SlipwayError(
            f"sandbox port {HOST}:{port}",
            holder(port),
            f"the sandbox keeps this port for its {name} endpoint, and it cannot be opened: {error.strerror}",
            f"stop that process, or remove {file} to have new ports chosen",
        ) from error


def _listen_free(file: Path) -> socket.socket:
    # The order follows from the clone's path: two clones that are not up at the same time rarely choose the same.
    for port in random.Random(str(file)).sample(RANGE, 200):  # noqa: S311 - nothing secret depends on it
        with suppress(OSError):
            return _bind(port)
    raise SlipwayError(
        f"sandbox ports {HOST}:{RANGE.start}-{RANGE.stop - 1}",
        "",
        "200 ports were tried and none is free",
        "stop what listens there",
    )


def holder(port: int) -> str:
    """The process that listens on a port, as a person would name it; empty where the system does not tell."""
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.pid
            if listens and tuple(connection.laddr)[1:] == (port,):
                return f"taken by pid {connection.pid}, {psutil.Process(connection.pid).name()}"
    return "taken by a process of another user"
