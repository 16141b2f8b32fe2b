"""A cluster, and how an update talks to it."""

import threading
from dataclasses import dataclass, field
from typing import Any

from catalog.errors import SlipwayError
from sandbox.providers.kubernetes.client import ApiError, Client
from sandbox.providers.kubernetes.discovery import Discovery, UnknownKindError
from sandbox.providers.kubernetes.objects import Identity


@dataclass(frozen=True)
class Cluster:
    """A cluster and how it is talked to.

    Args:
        client: the connection.
        discovery: its kinds.
        namespace: where objects without a namespace go.
        cancelled: set when the update is to end.
    """

    client: Client
    discovery: Discovery
    namespace: str
    cancelled: threading.Event = field(default_factory=threading.Event)

    def pause(self, seconds: float) -> None:
        """Waits.

        Raises:
            SlipwayError: when the update is cancelled meanwhile.
        """
        if self.cancelled.wait(seconds):
            raise SlipwayError("update", "", "it was cancelled", "run it again")

    def find(self, identity: Identity) -> dict[str, Any] | None:
        """The live object, or nothing."""
        try:
            return self.client.get(self.discovery.path(identity))
        except UnknownKindError:
            return None
        except ApiError as error:
            if error.code == 404:
                return None
            raise
