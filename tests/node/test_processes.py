"""Who runs: a pid alone names nobody, a zombie is nobody, and a node's processes are found by their command line."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.node import processes
from sandbox.node.layout import Layout
from sandbox.node.processes import Owner


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    found = Layout.of(tmp_path)
    found.make()
    return found


def test_a_process_is_named_by_pid_and_start() -> None:
    begun = processes.started(os.getpid())
    assert begun is not None
    assert Owner(os.getpid(), begun, "").alive
    assert not Owner(os.getpid(), begun - 1, "").alive


def test_a_process_that_is_gone_has_not_started() -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    assert processes.started(child.pid) is None


def test_a_zombie_is_gone() -> None:
    child = os.fork()
    if not child:
        os._exit(0)
    deadline = time.monotonic() + 5
    while processes.started(child) is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert Path(f"/proc/{child}").exists()
    assert processes.started(child) is None
    assert processes.wait_gone([child], 1) == []
    assert not Path(f"/proc/{child}").exists()  # our own child is reaped


def test_a_dead_first_thread_is_not_the_end() -> None:
    # The main thread of this program ends while another one runs on.
    program = "import ctypes, threading, time; threading.Thread(target=time.sleep, args=(60,)).start(); "
    child = subprocess.Popen([sys.executable, "-c", program + "ctypes.CDLL(None).pthread_exit(None)"])
    try:
        stat = Path(f"/proc/{child.pid}/stat")
        deadline = time.monotonic() + 10
        while ") Z" not in stat.read_text() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert ") Z" in stat.read_text()
        assert processes.started(child.pid) is not None
    finally:
        child.kill()
        child.wait()


def test_waiting_says_who_stays() -> None:
    child = subprocess.Popen(["sleep", "60"])
    try:
        assert processes.wait_gone([child.pid], 0.05) == [child.pid]
    finally:
        processes.kill(child.pid)
        child.wait()
    assert child.returncode == -signal.SIGKILL
    processes.kill(child.pid)  # nothing


def test_the_owner_writes_itself_down(layout: Layout) -> None:
    assert processes.read_owner(layout) is None
    processes.record_self(layout, "digest")
    owner = processes.read_owner(layout)
    assert owner == Owner(os.getpid(), processes.started(os.getpid()) or 0, "digest")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"pid": "x", "started": 1, "plan": ""}', '{"pid": null}'])
def test_a_damaged_owner_file_names_nobody(layout: Layout, text: str) -> None:
    layout.owner.write_text(text)
    assert processes.read_owner(layout) is None


def test_children_and_inner_pids() -> None:
    child = subprocess.Popen(["sleep", "60"])
    try:
        assert child.pid in processes.children(os.getpid())
        assert processes.inner_pid(child.pid) is not None
    finally:
        child.kill()
        child.wait()
    assert child.pid not in processes.children(os.getpid())
    assert processes.inner_pid(child.pid) is None


def test_a_nodes_processes_are_found_by_directory(layout: Layout, tmp_path: Path) -> None:
    def pretend(root: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["sh", "-c", "sleep 60; :", "sandbox.node.init", "--root", str(root)])

    ours, others = pretend(layout.root), pretend(tmp_path / "other/sandbox")
    try:
        assert processes.of_node(layout) == [ours.pid]
    finally:
        for process in (ours, others):
            for child in processes.children(process.pid):
                processes.kill(child)
            process.kill()
            process.wait()
