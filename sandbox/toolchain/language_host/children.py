"""The processes a host has started, and their end."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO

_GRACE_SECONDS = 3.0


class Children:
    """Starts processes, each the leader of its own group, and ends whole groups: nothing is left behind."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def start(
        self,
        command: Sequence[str],
        *,
        cwd: str,
        environment: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
        output: int | None = None,
    ) -> subprocess.Popen[bytes]:
        """Starts a process.

        Args:
            command: with its arguments.
            cwd: its directory.
            environment: instead of our own.
            stdin: `subprocess.PIPE` to write to it.
            output: `subprocess.PIPE` to read it; by default it goes where ours goes, which is to the engine.
        """
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=stdin, stdout=output, stderr=output, start_new_session=True
        )
        with self._lock:
            self._running.add(process)
        return process

    def ended(self, process: subprocess.Popen[bytes]) -> int:
        """Waits for a process; its exit code, negative for a signal."""
        code = process.wait()
        with self._lock:
            self._running.discard(process)
        return code

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Ends a process that runs and what it started: asks, and 3 s later does not ask."""
        if process.poll() is not None:
            return  # its number may be another's by now
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
        _signal(process, signal.SIGKILL)

    def end_all(self) -> None:
        """Ends all of them at once."""
        with self._lock:
            running = list(self._running)
        threads = [threading.Thread(target=self.end, args=(process,)) for process in running]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def pump(stream: IO[bytes], take: Callable[[bytes], None]) -> threading.Thread:
    """Hands on what arrives on a stream as it arrives, in a thread of its own."""

    def run() -> None:
        while chunk := os.read(stream.fileno(), 1 << 16):
            take(chunk)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # gone, or on macOS a zombie
        os.killpg(process.pid, number)
