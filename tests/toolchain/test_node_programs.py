"""The two programs of the node: the forwarder and the pause process."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.toolchain import locate
from tests.ports import free_port

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the node needs Linux")
_TIMEOUT = 30


@pytest.fixture(scope="session")
def programs() -> Path:
    """Both programs as they are shipped: the cache's key is made of their sources."""
    return locate.tool("slipway-forward").parent


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), _TIMEOUT)


def until(fact: Callable[[], object]) -> None:
    deadline = time.monotonic() + _TIMEOUT
    while not fact():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


@dataclass
class Target:
    """A server that hands each connection to a function, in a thread."""

    serve: Callable[[socket.socket], None]

    def __post_init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            self.serve(connection)


def answer_after_the_end(connection: socket.socket) -> None:
    """Says how much it got, once the client has ended its direction."""
    total = 0
    while chunk := connection.recv(1 << 16):
        total += len(chunk)
    connection.sendall(f"got {total}".encode())


@pytest.fixture
def forward(programs) -> Iterator[Callable[..., list[int]]]:
    """Starts a forwarder to targets; returns the ports to connect to."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*targets: str, shell: str = "exec {forward} serve") -> list[int]:
        command = programs / "slipway-forward"
        ports = [free_port() for _ in targets]
        routes = [f"127.0.0.1:{port}={target}" for port, target in zip(ports, targets, strict=True)]
        script = shell.format(forward=command)
        arguments = [command, "open", *routes, "--", "/bin/sh", "-c", script]
        started.append(subprocess.Popen(arguments, start_new_session=True))
        deadline = time.monotonic() + _TIMEOUT
        while time.monotonic() < deadline:
            with contextlib.suppress(ConnectionRefusedError):
                for port in ports:
                    # Reset by a forwarder whose target is not there: it listens.
                    with contextlib.suppress(ConnectionResetError):
                        connect(port).close()
                return ports
            time.sleep(0.01)
        raise AssertionError("the forwarder never listened")

    yield start
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_each_listener_has_its_own_target(forward):
    targets = [Target(lambda connection, text=text: connection.sendall(text)) for text in (b"one", b"two")]
    ports = forward(*(f"127.0.0.1:{target.port}" for target in targets))
    for port, text in zip(ports, (b"one", b"two"), strict=True):
        with connect(port) as client:
            assert client.recv(10) == text
            assert client.recv(10) == b""


def test_an_answer_comes_after_the_end_of_the_request(forward):
    (port,) = forward(f"127.0.0.1:{Target(answer_after_the_end).port}")
    with connect(port) as client:
        client.sendall(b"x" * 3_000_000)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b"got 3000000"
        assert client.recv(100) == b""


def test_a_request_goes_on_after_the_end_of_the_answer(forward):
    got: list[int] = []

    def hang_up_first(connection: socket.socket) -> None:
        connection.sendall(b"enough said")
        connection.shutdown(socket.SHUT_WR)
        total = 0
        while chunk := connection.recv(1 << 16):
            total += len(chunk)
        got.append(total)

    (port,) = forward(f"127.0.0.1:{Target(hang_up_first).port}")
    with connect(port) as client:
        assert client.recv(100) == b"enough said"
        assert client.recv(100) == b""
        client.sendall(b"x" * 1_000_000)
        client.shutdown(socket.SHUT_WR)
        until(lambda: 1_000_000 in got)  # beside the empty connection that has tried the port


def test_a_target_that_is_not_there_is_a_reset(forward):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # taken, so that nobody else listens there, and not listening
        (port,) = forward(f"127.0.0.1:{silent.getsockname()[1]}")
        # The reset may come before `connect` is back.
        with pytest.raises(ConnectionResetError), connect(port) as client:
            client.recv(1)


def test_a_broken_target_breaks_the_client(forward):
    def reset(connection: socket.socket) -> None:
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    (port,) = forward(f"127.0.0.1:{Target(reset).port}")
    with connect(port) as client:
        client.sendall(b"x")
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_many_at_once(forward):
    (port,) = forward(f"127.0.0.1:{Target(answer_after_the_end).port}")
    clients = [connect(port) for _ in range(100)]
    for client in clients:
        client.sendall(b"abc")
        client.shutdown(socket.SHUT_WR)
    assert [client.recv(100) for client in clients] == [b"got 3"] * 100
    for client in clients:
        client.close()


def test_a_killed_forwarder_that_is_started_again_keeps_the_port(forward, tmp_path):
    """Whoever keeps the sockets starts it again; a connection made meanwhile waits."""
    pid = tmp_path / "pid"
    target = Target(lambda connection: connection.sendall(b"hello"))
    loop = f"while :; do {{forward}} serve & echo $! >{pid}; wait $!; sleep 0.3; done"
    (port,) = forward(f"127.0.0.1:{target.port}", shell=loop)
    until = time.monotonic() + 30
    while not (pid.exists() and pid.read_text().strip()) and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(int(pid.read_text()), signal.SIGKILL)
    with connect(port) as client:
        assert client.recv(10) == b"hello"


def test_a_taken_port_is_an_error_before_anything_starts(programs, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        command = [programs / "slipway-forward", "open", f"{address}=127.0.0.1:1", "--", "touch", tmp_path / "started"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"forward: listen tcp {address}: bind: address already in use\n"
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ([], 2, "usage: forward open"),
        (["open", "--", "true"], 2, "usage: forward open"),
        (["open", "127.0.0.1:1=x:1", "--"], 2, "usage: forward open"),
        (["open", "127.0.0.1:1", "--", "true"], 1, "127.0.0.1:1: not LISTEN=TARGET"),
        (["open", "127.0.0.1:0=x:1", "--", "no-such-command"], 1, "no-such-command"),
        (["serve"], 1, "SLIPWAY_FORWARD is not set"),
        (["serve", "more"], 2, "usage: forward open"),
    ],
)
def test_what_cannot_be_is_one_clear_error(programs, arguments, code, text):
    done = subprocess.run([programs / "slipway-forward", *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, text in done.stderr) == (code, True), done.stderr


@pytest.fixture
def pause(programs) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Starts a shell that becomes `pause` after a script: what the script has started are then pause's children."""
    started: list[subprocess.Popen[bytes]] = []

    def start(script: str) -> subprocess.Popen[bytes]:
        command = ["/bin/sh", "-c", f"{script} exec {programs / 'slipway-pause'}"]
        started.append(subprocess.Popen(command, start_new_session=True))
        name = Path(f"/proc/{started[-1].pid}/comm")
        until(lambda: name.read_text() == "slipway-pause\n")
        return started[-1]

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def children(process: subprocess.Popen[bytes]) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_pause_ends_when_told_to(pause, number):
    process = pause("")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.send_signal(number)
    assert process.wait(_TIMEOUT) == 0


def test_pause_buries_the_dead_also_when_several_die_at_once(pause):
    process = pause("for i in 1 2 3 4 5; do sleep 600 & done;")
    living = children(process)
    assert len(living) == 5
    time.sleep(0.5)  # until it listens
    for pid in living:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not children(process))
    assert process.poll() is None
