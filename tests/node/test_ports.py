"""Host ports: free ones are chosen and kept; a kept one that is taken is an error before anything starts."""

import os
import socket
from pathlib import Path

import pytest

from catalog.errors import SlipwayError
from sandbox.node import ports

NAMES = ("api", "s3")


def numbers(opened: dict[str, socket.socket]) -> dict[str, int]:
    return {name: listener.getsockname()[1] for name, listener in opened.items()}


def open_and_close(file: Path) -> dict[str, int]:
    opened = ports.open_kept(file, NAMES)
    found = numbers(opened)
    ports.close(opened)
    return found


def test_ports_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = open_and_close(file)
    assert set(first) == set(NAMES)
    assert open_and_close(file) == first == ports.read(file)


def test_they_listen_on_the_loopback_below_the_systems_own_choice(tmp_path: Path) -> None:
    opened = ports.open_kept(tmp_path / "ports.json", NAMES)
    try:
        for listener in opened.values():
            host, port = listener.getsockname()
            assert host == "127.0.0.1"
            assert port in ports.RANGE
            socket.create_connection((host, port), 1).close()
    finally:
        ports.close(opened)
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert ports.RANGE.stop <= lowest


def test_two_clones_get_different_ports_at_the_same_time(tmp_path: Path) -> None:
    one = ports.open_kept(tmp_path / "one.json", NAMES)
    two = ports.open_kept(tmp_path / "two.json", NAMES)
    ports.close(one)
    ports.close(two)
    taken = set(numbers_of(tmp_path / "one.json")) & set(numbers_of(tmp_path / "two.json"))
    assert not taken


def numbers_of(file: Path) -> list[int]:
    return list(ports.read(file).values())


def test_a_taken_port_is_named_with_its_process_and_the_fix(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    kept = open_and_close(file)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", kept["s3"]))
        other.listen()
        with pytest.raises(SlipwayError, match=f"remove {file} to have new ports chosen$") as caught:
            ports.open_kept(file, NAMES)
    assert caught.value.path == f"sandbox port 127.0.0.1:{kept['s3']}"
    assert f"pid {os.getpid()}" in caught.value.value
    assert "s3 endpoint" in caught.value.why
    assert open_and_close(file) == kept  # and the other port was let go


@pytest.mark.parametrize("text", ["", "[]", '{"api": "x"}', '{"api": 0}', "{"])
def test_a_damaged_file_means_new_ports(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ports.json"
    file.write_text(text)
    assert ports.read(file) == {}
    assert set(open_and_close(file)) == set(NAMES)
