"""One request for many who ask at the same time."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Gathered(Generic[T]):
    """A read that concurrent callers share; none gets an answer that was begun before it asked.

    A refresh of 1000 readers reads the list of users and the policy some dozens of times instead of 1000.

    Args:
        read: asks the server.
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._lock, self._reading = threading.Lock(), threading.Lock()
        self._next: Future[T] | None = None

    def get(self) -> T:
        """What `read` returns, or raises."""
        with self._lock:
            leads = self._next is None
            answer = self._next = self._next or Future()
        if leads:
            with self._reading:
                with self._lock:
                    self._next = None  # who comes from here on waits for the read after this one
                try:
                    answer.set_result(self._read())
                except Exception as error:  # noqa: BLE001 - it belongs to the callers, whatever it is
                    answer.set_exception(error)
        return answer.result()
