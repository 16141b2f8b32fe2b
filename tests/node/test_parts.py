"""How the host sees parts, and the one clear error when a part does not get ready."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from catalog.errors import SlipwayError
from sandbox.node import parts, processes
from sandbox.node.layout import Layout
from sandbox.node.parts import Waiting
from sandbox.node.progress import silent


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    found = Layout.of(tmp_path)
    found.make()
    processes.record_self(found, "digest")
    return found


def publish(layout: Layout, **states: str) -> None:
    def raw(name: str, state: str) -> dict[str, Any]:
        word, _, deaths = state.partition(" ")
        fixed = {"pid": 0, "since": 1.0, "ready_at": time.time(), "restarts": 0, "detail": "exited with 1"}
        return {"name": name, "state": word, "deaths": int(deaths or 0), **fixed}

    layout.status.write_text(json.dumps([raw(*item) for item in states.items()]))


def waiting(layout: Layout, seconds: float = 0.2, since: float = 0.0, progress=silent) -> Waiting:
    owner = processes.read_owner(layout)
    assert owner is not None
    return Waiting(layout, owner, progress, since=since, seconds=seconds)


def test_ready_parts_are_told_once_with_their_time(layout: Layout) -> None:
    told: list[tuple[str, str]] = []
    publish(layout, etcd="ready", apiserver="ready")
    one = waiting(layout, progress=lambda part, text, seconds: told.append((part, text)))
    one.ready(["etcd"])
    one.ready(["apiserver"])
    assert told == [("etcd", "ready"), ("apiserver", "ready")]


def test_what_was_ready_before_is_not_told(layout: Layout) -> None:
    told: list[str] = []
    publish(layout, etcd="ready")
    waiting(layout, since=time.time() + 5, progress=lambda part, *_: told.append(part)).ready(["etcd"])
    assert told == []


def test_a_part_that_is_late_is_named_with_its_last_lines(layout: Layout) -> None:
    publish(layout, etcd="ready", apiserver="starting", scheduler="waiting")
    (layout.logs / "apiserver.log").write_text("\n".join(f"line {number}" for number in range(99)))
    with pytest.raises(SlipwayError, match=r"slipway sandbox reset` starts from nothing$") as caught:
        waiting(layout).ready(["scheduler", "apiserver"])
    assert caught.value.path == "sandbox part apiserver"
    assert "not ready within 0 s" in caught.value.why
    assert caught.value.why.endswith("line 97\n    line 98")
    assert "line 90" not in caught.value.why


def test_a_part_that_keeps_ending_is_not_waited_for(layout: Layout) -> None:
    publish(layout, etcd=f"restarting {parts.DEATHS}", apiserver="starting")
    begun = time.monotonic()
    with pytest.raises(SlipwayError, match="etcd") as caught:
        waiting(layout, seconds=60).ready(["apiserver"])
    assert "ended 4 times in a row (exited with 1)" in caught.value.why
    assert time.monotonic() - begun < 5


def test_a_node_that_ended_is_not_waited_for(layout: Layout) -> None:
    publish(layout, etcd="starting")
    (layout.logs / "node.log").write_text("cannot mount proc")
    one = waiting(layout, seconds=60)
    raw = json.loads(layout.owner.read_text())
    one._owner = processes.Owner(raw["pid"], raw["started"] + 1, "")
    with pytest.raises(SlipwayError, match="sandbox part node") as caught:
        one.ready(["etcd"])
    assert "cannot mount proc" in caught.value.why


def test_status_of_a_node_that_is_not_up(tmp_path: Path) -> None:
    assert parts.read(Layout.of(tmp_path)) == [parts.PartStatus("node", "stopped")]


def test_status_names_every_part(layout: Layout) -> None:
    publish(layout, etcd="ready", apiserver="starting")
    found = parts.read(layout)
    assert [(part.name, part.state) for part in found] == [
        ("node", "starting"),
        ("etcd", "ready"),
        ("apiserver", "starting"),
    ]
    assert found[0].pid == os.getpid()
    assert found[0].since.startswith("20")


@pytest.mark.parametrize("name", ["nothing", "../run/owner.json", "../conf/x", ""])
def test_a_part_without_a_log_names_those_that_have_one(layout: Layout, name: str) -> None:
    (layout.logs / "etcd.log").write_text("")
    with pytest.raises(SlipwayError, match=r"parts with a log: etcd$"):
        parts.log(layout, name, 5)


def test_logs_show_the_end(layout: Layout) -> None:
    (layout.logs / "etcd.log").write_text("".join(f"{number} {'x' * 200}\n" for number in range(5000)))
    shown = parts.log(layout, "etcd", 3).splitlines()
    assert [line.split()[0] for line in shown] == ["4997", "4998", "4999"]
