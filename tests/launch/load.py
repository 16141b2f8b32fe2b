"""A steady load on one model: requests a second, their latencies, and what went wrong."""

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Self

import urllib3


@dataclass
class Load:
    """Sends the same request at a fixed rate, from a few connections, without a retry.

    Attributes:
        seconds: latency of every answered request, from when it was due to the last byte.
        bad: what was not answered with 200, in words.
    """

    url: str
    body: Any
    rate: float
    workers: int = 8
    seconds: list[float] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        pool = urllib3.PoolManager(maxsize=self.workers, retries=False)
        began = time.monotonic()
        self._threads = [
            threading.Thread(target=self._work, args=(pool, began, index), daemon=True) for index in range(self.workers)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self, pool: urllib3.PoolManager, began: float, index: int) -> None:
        data = json.dumps(self.body)
        number = index
        while not self._stop.is_set():
            due = began + number / self.rate
            time.sleep(max(0.0, due - time.monotonic()))
            sent = time.monotonic()
            try:
                answer = pool.request(
                    "POST", self.url, body=data, headers={"Content-Type": "application/json"}, timeout=10
                )
                if answer.status != 200:
                    self.bad.append(f"HTTP {answer.status}: {answer.data[:200]!r}")
            except urllib3.exceptions.HTTPError as error:
                self.bad.append(f"{type(error).__name__}: {error}")
            self.seconds.append(time.monotonic() - sent)
            number += self.workers

    def p99(self, since: int = 0, until: int | None = None) -> float:
        """The 99th percentile of the latencies in seconds."""
        some = sorted(self.seconds[since:until])
        return some[int(len(some) * 0.99)]
