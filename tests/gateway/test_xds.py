"""The order of the files, and that nobody ever reads half of one."""

import json
import threading
from pathlib import Path

from sandbox.gateway.bootstrap import bootstrap, command, prepare
from sandbox.gateway.snapshot import Json, Snapshot
from sandbox.gateway.translate import translate
from sandbox.gateway.xds import Files, write_atomically
from tests.gateway.objects import pods, route, rule, service, snapshot


def state(*names: str) -> Snapshot:
    routes = [route(name, rule(name, path=f"/{name}")) for name in names]
    return snapshot(routes, [service(name) for name in names], [pods(name, "10.121.0.5:8080") for name in names])


def read(directory: Path, name: str) -> list[Json]:
    found: list[Json] = json.loads((directory / name).read_text())["resources"]
    return found


def clusters(directory: Path) -> list[str]:
    return [item["name"] for item in read(directory, "cds.json")]


def test_clusters_before_the_routes_that_name_them_and_away_after_them(tmp_path: Path) -> None:
    """Looks at the directory each time Envoy is asked: that is when it may answer a request."""
    seen: list[tuple[str, list[str], str]] = []

    def applied(file: str, version: str) -> bool:
        routes = (tmp_path / "rds.json").read_text() if (tmp_path / "rds.json").exists() else ""
        named = "ab" if '"risk/a"' in routes and '"risk/b"' in routes else "a" if '"risk/a"' in routes else "b"
        seen.append((file, clusters(tmp_path), named))
        return True

    files = Files(tmp_path, applied)
    files.write(translate(state("a"), tmp_path))
    seen.clear()
    files.write(translate(state("b"), tmp_path))
    assert seen == [
        ("cds.json", ["risk/b:80", "risk/a:80"], "a"),  # both are there while requests still go to a
        ("rds.json", ["risk/b:80", "risk/a:80"], "b"),  # both are there until Envoy has taken the new routes
    ]
    assert clusters(tmp_path) == ["risk/b:80"]
    assert not (tmp_path / "eds_risk_a_80.json").exists()


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    files = Files(tmp_path)
    first = files.write(translate(state("a", "b"), tmp_path))
    assert first == ["eds_risk_a_80.json", "eds_risk_b_80.json", "cds.json", "rds.json"]
    assert files.write(translate(state("a", "b"), tmp_path)) == []
    moved = state("a", "b")
    moved.slices["risk", "b-a"]["endpoints"][0]["addresses"] = ["10.121.0.9"]
    assert files.write(translate(moved, tmp_path)) == ["eds_risk_b_80.json"]


def test_it_does_not_wait_for_ever(tmp_path: Path) -> None:
    asked: list[str] = []
    files = Files(tmp_path, lambda file, version: bool(asked.append(file)), patience=0.05)  # type: ignore[func-returns-value]
    assert "rds.json" in files.write(translate(state("a"), tmp_path))
    assert asked


def test_a_controller_that_starts_again_takes_away_what_went_meanwhile(tmp_path: Path) -> None:
    Files(tmp_path).write(translate(state("a", "b"), tmp_path))
    Files(tmp_path).write(translate(state("b"), tmp_path))
    assert clusters(tmp_path) == ["risk/b:80"]
    assert not (tmp_path / "eds_risk_a_80.json").exists()


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path, done = tmp_path / "f.json", threading.Event()
    texts = [json.dumps(["x" * 200_000]), json.dumps(["y" * 200_000])]
    write_atomically(path, texts[0])

    def write() -> None:
        for number in range(200):
            write_atomically(path, texts[number % 2])
        done.set()

    threading.Thread(target=write).start()
    reads = 0
    while not done.is_set():
        assert path.read_text() in texts
        reads += 1
    assert reads > 10
    assert [item.name for item in tmp_path.iterdir()] == ["f.json"]


def test_a_start_forgets_the_routes_of_the_last_one(tmp_path: Path) -> None:
    Files(tmp_path).write(translate(state("a"), tmp_path))
    prepare(tmp_path, listen="127.0.0.1:1", admin="127.0.0.1:2")
    assert read(tmp_path, "rds.json")[0]["virtual_hosts"] == []
    assert (clusters(tmp_path), list(tmp_path.glob("eds_*"))) == ([], [])


def test_envoy_starts_small_quiet_and_ends_quickly(tmp_path: Path) -> None:
    words = " ".join(command(tmp_path / "bootstrap.json"))
    for option in ("--concurrency 1", "--disable-hot-restart", "--drain-time-s 1", "--log-level warn"):
        assert option in words
    admin = bootstrap(tmp_path, admin="127.0.0.1:9901")["admin"]
    assert admin["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 9901}
    assert "access_log" not in json.dumps(bootstrap(tmp_path, admin="127.0.0.1:1")) + (
        prepare(tmp_path, listen="127.0.0.1:1", admin="127.0.0.1:2").read_text() + (tmp_path / "lds.json").read_text()
    )
