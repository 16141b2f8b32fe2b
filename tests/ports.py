"""Ports for what tests start: nobody else gets them by chance before it listens."""

import random
import socket
from contextlib import suppress

# Below the sandbox's own ports, and below those that systems give to outgoing connections: a port that the system
# chose is given away again the moment it is free, and many programs at once take thousands of them.
RANGE = range(10000, 20000)
_CHOICE = random.SystemRandom()


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens at."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing listens at, all different.

    Raises:
        AssertionError: there are not so many.
    """
    found: list[int] = []
    for port in _CHOICE.sample(RANGE, len(RANGE)):
        if len(found) == count:
            return found
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
    raise AssertionError(f"{count} free ports wanted between {RANGE.start} and {RANGE.stop - 1}")
