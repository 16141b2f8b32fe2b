"""Keeps the daemons running: starts each when what it needs is ready, starts what died again, reaps what is left.

Only the standard library: this runs in the node's PID 1.
"""

import json
import os
import signal
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sandbox.node import probes
from sandbox.node.layout import Layout, write_private
from sandbox.node.plan import Daemon, Plan

FIRST_SOCKET = 100
"""Number of the first inherited socket in a process that listens; low numbers belong to its runtime."""

BACKOFF = (0.1, 5.0)
"""Seconds before a daemon is started again: after its first death, and at most."""
STEADY = 10.0
"""Seconds a daemon has to be ready for its deaths to be forgotten."""
ASK_STARTING, ASK_READY = 0.05, 5.0
"""Seconds between two probes of a daemon that starts, and of one that runs."""
TICK_BUSY, TICK_IDLE = 0.02, 0.5
LOG_LIMIT = 8 * 2**20
"""Bytes after which a log is put aside at the daemon's next start."""


@dataclass
class Part:
    """One daemon and how it does."""

    daemon: Daemon
    state: str = "waiting"
    pid: int = 0
    since: float = 0.0
    restarts: int = 0
    detail: str = ""
    deaths: int = 0
    due: float = 0.0
    ready_at: float = 0.0
    asked: Future[bool] | None = None

    def public(self) -> dict[str, object]:
        """What the status file says about it."""
        return {
            "name": self.daemon.name,
            "state": self.state,
            "pid": self.pid,
            "since": self.since,
            "ready_at": self.ready_at,
            "restarts": self.restarts,
            "deaths": self.deaths,
            "detail": self.detail,
        }


class Supervisor:
    """Runs a plan until SIGTERM.

    Args:
        plan: what to run.
        layout: where things are, as this process sees them.
        sockets: the listening sockets for the daemons that listen.
    """

    def __init__(self, plan: Plan, layout: Layout, sockets: list[int]) -> None:
        self._layout = layout
        self._sockets = sockets
        self._env = {"PATH": plan.path, "HOME": "/run", "TMPDIR": str(layout.data / "tmp"), "LANG": "C.UTF-8"}
        self._parts = {daemon.name: Part(daemon) for daemon in plan.daemons}
        self._pool = ThreadPoolExecutor(max_workers=8)
        self._published = ""

    def run(self) -> None:
        """Supervise until SIGTERM arrives."""
        awaited = {signal.SIGCHLD, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
        while True:
            self.reap()
            for part in self._parts.values():
                self.step(part, time.monotonic())
            self.publish()
            busy = any(part.state != "ready" for part in self._parts.values())
            got = signal.sigtimedwait(awaited, TICK_BUSY if busy else TICK_IDLE)
            if got and got.si_signo == signal.SIGTERM:
                return

    def reap(self) -> None:
        """Collect every child that ended: our daemons, and orphans that fell to us."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for part in self._parts.values():
                if part.pid == pid:
                    self._died(part, status, time.monotonic())

    def step(self, part: Part, now: float) -> None:
        """Do what is due for one part."""
        if part.state in ("waiting", "restarting"):
            needs = [self._parts[name] for name in part.daemon.after]
            if now >= part.due and all(needed.state == "ready" for needed in needs):
                self._start(part, now)
            return
        if part.asked and part.asked.done():
            self._answered(part, now, answer=part.asked.result())
        elif not part.asked and now >= part.due:
            part.asked = self._pool.submit(probes.ready, part.daemon.probe, self._layout.pki)

    def publish(self) -> None:
        """Write the status file if anything changed."""
        text = json.dumps([part.public() for part in self._parts.values()])
        if text != self._published:
            write_private(self._layout.status, text)
            self._published = text

    def _start(self, part: Part, now: float) -> None:
        daemon = part.daemon
        log = self._layout.logs / f"{daemon.name}.log"
        _put_aside(log)
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        if daemon.listens:
            actions += [(os.POSIX_SPAWN_DUP2, own, FIRST_SOCKET + i) for i, own in enumerate(self._sockets)]
        part.asked, part.since = None, time.time()
        try:
            part.pid = os.posix_spawn(
                daemon.argv[0],
                daemon.argv,
                {**self._env, **dict(daemon.env)},
                file_actions=actions,
                setsid=True,
                setsigmask=[],  # ours blocks what we wait for
            )
        except OSError as error:
            part.state, part.detail = "restarting", f"cannot be started: {error}"
            part.deaths, part.due = part.deaths + 1, now + BACKOFF[1]
            return
        part.state, part.due = "starting", now

    def _answered(self, part: Part, now: float, *, answer: bool) -> None:
        part.asked = None
        if answer and part.state != "ready":
            part.state, part.detail, part.ready_at = "ready", "", time.time()
        elif not answer and part.state == "ready":
            part.state, part.detail = "not answering", f"no answer from {part.daemon.probe.target}"
        part.due = now + (ASK_READY if part.state == "ready" else ASK_STARTING)

    def _died(self, part: Part, status: int, now: float) -> None:
        code = os.waitstatus_to_exitcode(status)
        part.detail = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"
        if part.state == "ready" and time.time() - part.ready_at > STEADY:
            part.deaths = 0
        part.due = now + min(BACKOFF[0] * 2**part.deaths, BACKOFF[1])
        part.state, part.pid, part.asked = "restarting", 0, None
        part.deaths += 1
        part.restarts += 1


def _put_aside(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".old.log"))
