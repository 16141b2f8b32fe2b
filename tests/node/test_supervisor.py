"""The supervisor on harmless processes: order, restarts, reaping, and its end."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.node import processes
from sandbox.node.layout import Layout
from sandbox.node.plan import Daemon, Plan, Probe
from sandbox.node.supervisor import LOG_LIMIT

PROGRAM = """
import sys
from pathlib import Path
from sandbox.node.layout import Layout
from sandbox.node.plan import Plan
from sandbox.node import supervisor
from sandbox.node.supervisor import Supervisor
supervisor.ASK_READY = 0.2  # what runs is asked often enough for a test
layout = Layout(Path(sys.argv[1]))
Supervisor(Plan.from_json(layout.plan.read_text()), layout, [int(n) for n in sys.argv[2:]]).run()
import os
os._exit(0)
"""
SLEEP = ("/bin/sleep", "600")


class Running:
    """A supervisor in a process of its own."""

    def __init__(self, layout: Layout, daemons: tuple[Daemon, ...], sockets: tuple[int, ...] = ()) -> None:
        self.layout = layout
        plan = Plan(real_pods=False, root=str(layout.root), keep=(), cwd="/", path="/usr/bin:/bin", daemons=daemons)
        layout.plan.write_text(plan.to_json())
        argv = [sys.executable, "-c", PROGRAM, str(layout.root), *map(str, sockets)]
        self.process = subprocess.Popen(argv, pass_fds=sockets)

    def parts(self) -> dict[str, dict[str, Any]]:
        file = self.layout.status
        return {raw["name"]: raw for raw in json.loads(file.read_text())} if file.exists() else {}

    def until(self, holds: Callable[[dict[str, dict[str, Any]]], object], seconds: float = 20.0) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while not ((parts := self.parts()) and holds(parts)):
            assert time.monotonic() < deadline, parts
            time.sleep(0.01)
        return parts

    def log(self, name: str) -> str:
        return (self.layout.logs / f"{name}.log").read_text()

    def stop(self) -> None:
        pids = [raw["pid"] for raw in self.parts().values() if raw["pid"]]
        self.process.kill()
        self.process.wait()
        for pid in pids:
            processes.kill(pid)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    running: list[Running] = []
    layout = Layout.of(tmp_path)
    layout.make()

    def go(*daemons: Daemon, sockets: tuple[int, ...] = ()) -> Running:
        running.append(Running(layout, daemons, sockets))
        return running[-1]

    yield go
    for one in running:
        one.stop()


def shell(script: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", script)


def test_a_part_waits_until_what_it_needs_is_ready(start: Callable[..., Running], tmp_path: Path) -> None:
    sign = tmp_path / "sign"
    first = Daemon("first", SLEEP, Probe("file", str(sign)))
    node = start(first, Daemon("second", SLEEP, after=("first",)))
    node.until(lambda parts: parts["first"]["state"] == "starting")
    time.sleep(0.3)
    assert node.parts()["second"]["state"] == "waiting"
    sign.write_text("")
    node.until(lambda parts: parts["second"]["state"] == "ready")


def test_a_killed_part_comes_back_and_says_how_it_ended(start: Callable[..., Running]) -> None:
    node = start(Daemon("one", SLEEP), Daemon("two", SLEEP))
    before = node.until(lambda parts: all(part["state"] == "ready" for part in parts.values()))
    os.kill(before["one"]["pid"], signal.SIGKILL)
    after = node.until(lambda parts: parts["one"]["restarts"] == 1 and parts["one"]["state"] == "ready")
    assert after["one"]["pid"] != before["one"]["pid"]
    assert after["two"] == before["two"]


def test_a_part_that_keeps_ending_is_tried_less_and_less_often(start: Callable[..., Running]) -> None:
    node = start(Daemon("bad", shell("date +%s.%N; exit 3")))
    parts = node.until(lambda parts: parts["bad"]["deaths"] >= 5)
    assert parts["bad"]["detail"] == "exited with 3"
    times = [float(line) for line in node.log("bad").split()]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert gaps[0] < 0.4
    assert gaps[3] > 0.7


def test_a_program_that_is_not_there_is_named(start: Callable[..., Running]) -> None:
    node = start(Daemon("absent", ("/no/such/program",)), Daemon("present", SLEEP))
    parts = node.until(lambda parts: parts["absent"]["deaths"] and parts["present"]["state"] == "ready")
    assert "cannot be started: [Errno 2]" in parts["absent"]["detail"]


def test_what_stops_answering_is_told_and_told_again_when_it_answers(
    start: Callable[..., Running], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign = tmp_path / "sign"
    sign.write_text("")
    node = start(Daemon("one", SLEEP, Probe("file", str(sign))))
    node.until(lambda parts: parts["one"]["state"] == "ready")
    sign.unlink()
    parts = node.until(lambda parts: parts["one"]["state"] == "not answering")
    assert str(sign) in parts["one"]["detail"]
    sign.write_text("")
    assert node.until(lambda parts: parts["one"]["state"] == "ready")["one"]["restarts"] == 0


def test_output_and_environment(start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://leak")
    node = start(Daemon("one", shell("env; echo bad >&2; exec sleep 600"), env=(("OWN", "1"),)))
    node.until(lambda parts: parts["one"]["state"] == "ready" and "bad" in node.log("one"))
    assert "OWN=1" in node.log("one")
    assert "leak" not in node.log("one")
    assert (node.layout.logs / "one.log").stat().st_mode & 0o777 == 0o600


def test_daemons_are_not_started_with_our_blocked_signals(start: Callable[..., Running]) -> None:
    node = start(Daemon("one", ("/bin/grep", "SigBlk", "/proc/self/status")))  # no shell, which would unblock them
    node.until(lambda parts: parts["one"]["deaths"])
    assert node.log("one").splitlines()[0] == "SigBlk:\t0000000000000000"


def test_only_who_listens_gets_the_sockets(start: Callable[..., Running]) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        show = ("/bin/ls", "-l", "/proc/self/fd")
        daemons = (Daemon("deaf", show), Daemon("hears", show, listens=True))
        node = start(*daemons, sockets=(listener.fileno(),))
        node.until(lambda parts: all(part["deaths"] for part in parts.values()))
    assert "100 -> socket" in node.log("hears")
    assert "100 -> socket" not in node.log("deaf")


def test_orphans_are_reaped(start: Callable[..., Running]) -> None:
    # A supervisor that is no PID 1 inherits nobody: its own dead children have to vanish all the same.
    node = start(Daemon("brief", shell("exit 0")), Daemon("one", SLEEP))
    node.until(lambda parts: parts["brief"]["deaths"] >= 3)
    states = [Path(f"/proc/{pid}/stat").read_text() for pid in processes.children(node.process.pid)]
    assert not any(") Z" in state for state in states)


def test_a_long_log_is_put_aside(start: Callable[..., Running]) -> None:
    layout_log = Daemon("one", SLEEP)
    node = start(layout_log)
    node.until(lambda parts: parts["one"]["state"] == "ready")
    log = node.layout.logs / "one.log"
    with log.open("ab") as stream:
        stream.truncate(LOG_LIMIT + 1)
    os.kill(node.parts()["one"]["pid"], signal.SIGKILL)
    node.until(lambda parts: parts["one"]["restarts"] == 1 and parts["one"]["state"] == "ready")
    assert log.stat().st_size < LOG_LIMIT
    assert (node.layout.logs / "one.old.log").stat().st_size > LOG_LIMIT


def test_it_ends_on_request(start: Callable[..., Running]) -> None:
    node = start(Daemon("one", SLEEP))
    node.until(lambda parts: parts["one"]["state"] == "ready")
    node.process.terminate()
    assert node.process.wait(5) == 0
