"""What the host sees of the node's parts: their state, their logs, and waiting until they are ready."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from catalog.errors import SlipwayError
from sandbox.node import processes
from sandbox.node.layout import Layout
from sandbox.node.processes import Owner
from sandbox.node.progress import Progress

NODE = "node"
"""The part that is the node itself: its owner, its PID 1, their log."""
DEATHS = 4
"""A part that dies this often without being ready for long will not get ready by waiting."""
LOG_LINES = 8


@dataclass(frozen=True)
class PartStatus:
    """One part of the node.

    Args:
        name: such as `apiserver`.
        state: `ready`, `starting`, `waiting` (for another part), `restarting`, `not answering`, `stopped`.
        pid: process id on this machine; None while it does not run.
        since: when the process was started, local time; empty while it does not run.
        restarts: how often it was started again since the node was started.
        detail: how it ended last, or what it does not answer.
    """

    name: str
    state: str
    pid: int | None = None
    since: str = ""
    restarts: int = 0
    detail: str = ""


def read(layout: Layout) -> list[PartStatus]:
    """The node first, then every part; all `stopped` when the node is not up."""
    owner = processes.read_owner(layout)
    if owner is None or not owner.alive:
        return [PartStatus(NODE, "stopped")]
    init = next(iter(processes.children(owner.pid)), 0)
    pids = {processes.inner_pid(pid): pid for pid in processes.children(init)}
    parts = [
        PartStatus(
            name=str(raw["name"]),
            state=str(raw["state"]),
            pid=pids.get(raw["pid"]),
            since=_moment(raw["since"]) if raw["pid"] else "",
            restarts=raw["restarts"],
            detail=raw["detail"],
        )
        for raw in _published(layout)
    ]
    state = "ready" if parts and all(part.state == "ready" for part in parts) else "starting"
    return [PartStatus(NODE, state, pid=owner.pid, since=_moment(layout.owner.stat().st_mtime)), *parts]


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _published(layout: Layout) -> list[dict[str, Any]]:
    try:
        return list(json.loads(layout.status.read_text()))
    except FileNotFoundError:
        return []


def log(layout: Layout, part: str, last: int) -> str:
    """The last lines of a part's log.

    Raises:
        SlipwayError: there is no such part.
    """
    file = layout.logs / f"{part}.log"
    if not file.is_file() or file.parent != layout.logs:
        known = sorted(path.stem for path in layout.logs.glob("*.log"))
        raise SlipwayError("sandbox part", part, "it has no log", f"parts with a log: {' '.join(known) or 'none yet'}")
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - 256 * last))
        return b"\n".join(stream.read().splitlines()[-last:]).decode(errors="replace")


class Waiting:
    """Waits for parts, telling of each that gets ready meanwhile.

    Args:
        layout: where things are on this machine.
        owner: the node that is waited for.
        progress: told of every part.
        since: when the waiting began, seconds since the epoch.
        seconds: how long to wait in all.
    """

    def __init__(self, layout: Layout, owner: Owner, progress: Progress, *, since: float, seconds: float) -> None:
        self._layout = layout
        self._owner = owner
        self._progress = progress
        self._since = since
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._told: set[str] = set()

    def ready(self, names: Iterable[str]) -> None:
        """Wait until these parts are ready.

        Raises:
            SlipwayError: a part does not get ready; with the last lines of its log.
        """
        wanted = set(names)
        while True:
            found = {str(raw["name"]): raw for raw in _published(self._layout)}
            for name, raw in found.items():
                if raw["state"] == "ready" and name not in self._told:
                    self._told.add(name)
                    if raw["ready_at"] > self._since:
                        self._progress(name, "ready", raw["ready_at"] - self._since)
            waiting = wanted - {name for name, raw in found.items() if raw["state"] == "ready"}
            if not waiting:
                return
            self._give_up_on(waiting, found)
            time.sleep(0.02)

    def _give_up_on(self, waiting: set[str], found: dict[str, dict[str, Any]]) -> None:
        if not self._owner.alive:
            raise failure(self._layout, NODE, "it ended while it was starting")
        # Of all parts: what is waited for may only wait for the one that cannot run.
        for name, raw in found.items():
            if raw["deaths"] >= DEATHS and raw["state"] != "ready":
                raise failure(self._layout, name, f"it ended {raw['deaths']} times in a row ({raw['detail']})")
        if time.monotonic() > self._deadline:
            # What a part waits for comes before it in the table: the first one is the cause.
            name = next((name for name in found if name in waiting), NODE)
            raise failure(self._layout, name, f"it was not ready within {self._seconds:.0f} s")

    def check(self, part: str, why: str) -> None:
        """Give up if the node ended, or the time is over while something else is waited for.

        Raises:
            SlipwayError: so it is.
        """
        if not self._owner.alive:
            raise failure(self._layout, NODE, "it ended while it was starting")
        if time.monotonic() > self._deadline:
            raise failure(self._layout, part, why)


def failure(layout: Layout, part: str, why: str) -> SlipwayError:
    """The error for a part that failed, with what it said last."""
    try:
        said = log(layout, part, LOG_LINES)
    except SlipwayError:
        said = "(no log)"
    lines = "".join(f"\n    {line[:300]}" for line in said.splitlines())
    fix = f"see `slipway sandbox logs {part}`; `slipway sandbox reset` starts from nothing"
    return SlipwayError(f"sandbox part {part}", "", f"{why}; its last lines:{lines}", fix)
