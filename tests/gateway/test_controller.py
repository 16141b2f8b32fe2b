"""The controller against an API server in small: what it sees, when it lists again, what it writes."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.gateway.api import Api
from sandbox.gateway.bootstrap import prepare
from sandbox.gateway.controller import Controller
from sandbox.gateway.snapshot import Json
from sandbox.gateway.xds import Files
from tests.gateway.api import GROUP, PLURALS, FakeApi
from tests.gateway.objects import gateway, pods, route, rule, service


@pytest.fixture
def api(tmp_path: Path) -> Iterator[FakeApi]:
    fake = FakeApi(tmp_path)
    fake.put("Gateway", gateway())
    yield fake
    fake.stop()


@pytest.fixture
def xds(tmp_path: Path) -> Path:
    directory = tmp_path / "xds"
    prepare(directory, listen="127.0.0.1:1", admin="127.0.0.1:2")
    return directory


@pytest.fixture
def controller(api: FakeApi, xds: Path) -> Iterator[Controller]:
    item = Controller(Api(api.kubeconfig), Files(xds), "10.122.0.1", pause=0.02)
    yield item
    item.stop()


def eventually(condition: Callable[[], object], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def names(xds: Path) -> list[str]:
    hosts = json.loads((xds / "rds.json").read_text())["resources"][0]["virtual_hosts"]
    return [item["name"] for host in hosts for item in host["routes"]]


def hosts(xds: Path, cluster: str) -> list[str]:
    path = xds / f"eds_{cluster}.json"
    groups: list[Json] = json.loads(path.read_text())["resources"][0]["endpoints"] if path.exists() else []
    return [h["endpoint"]["address"]["socket_address"]["address"] for group in groups for h in group["lb_endpoints"]]


def test_objects_become_files_and_statuses(api: FakeApi, xds: Path, controller: Controller) -> None:
    api.put("Service", service("m"))
    api.put("HTTPRoute", route("m", rule("m")))
    controller.start()
    eventually(lambda: names(xds) == ["risk/m"])
    api.put("EndpointSlice", pods("m", "10.121.0.5:8080"))
    eventually(lambda: hosts(xds, "risk_m_80") == ["10.121.0.5"])
    eventually(lambda: api.status("HTTPRoute", "m"))
    conditions = api.status("HTTPRoute", "m")["parents"][0]["conditions"]
    assert {item["type"]: item["status"] for item in conditions} == {"Accepted": "True", "ResolvedRefs": "True"}
    eventually(
        lambda: api.status("Gateway", "gateway", "slipway-system").get("listeners", [{}])[0]["attachedRoutes"] == 1
    )

    api.delete("Service", "m")
    eventually(lambda: api.status("HTTPRoute", "m")["parents"][0]["conditions"][1]["reason"] == "BackendNotFound")
    eventually(lambda: not (xds / "eds_risk_m_80.json").exists())
    api.delete("HTTPRoute", "m")
    eventually(lambda: names(xds) == [])


def test_nothing_is_written_before_everything_was_seen_once(api: FakeApi, xds: Path, controller: Controller) -> None:
    """A controller that starts again must not take the models away that it has not read yet."""
    api.put("HTTPRoute", route("m", rule("gone")))
    api.held.add(PLURALS["Service"])
    controller.start()
    eventually(lambda: len(api.watches) == len(PLURALS) - 1)
    time.sleep(0.2)
    assert names(xds) == []
    api.held.clear()
    eventually(lambda: names(xds) == ["risk/m"])


def test_it_goes_on_where_it_was(api: FakeApi, xds: Path, controller: Controller) -> None:
    controller.start()
    eventually(lambda: len(api.watches) == len(PLURALS))
    version = api.bookmark()
    time.sleep(0.1)
    lists = len(api.lists)
    api.drop_watches()
    eventually(lambda: {path for path, since in api.watches if since >= version} == set(PLURALS.values()))
    assert len(api.lists) == lists
    api.put("HTTPRoute", route("m", rule("gone")))
    eventually(lambda: names(xds) == ["risk/m"])


def test_too_late_it_lists_again(api: FakeApi, xds: Path, controller: Controller) -> None:
    api.put("HTTPRoute", route("a", rule("gone")))
    api.put("HTTPRoute", route("b", rule("gone")))
    controller.start()
    eventually(lambda: len(names(xds)) == 2)
    api.forget("HTTPRoute", "a")
    eventually(lambda: names(xds) == ["risk/b"])


def test_kinds_that_are_installed_later_are_found(api: FakeApi, xds: Path, controller: Controller) -> None:
    api.absent |= {path for path in PLURALS.values() if path.startswith(GROUP)}
    controller.start()
    time.sleep(0.2)
    api.put("HTTPRoute", route("m", rule("gone")))
    api.absent.clear()
    eventually(lambda: names(xds) == ["risk/m"])


def test_while_the_api_server_is_away_everything_stays(
    api: FakeApi, xds: Path, controller: Controller, tmp_path: Path
) -> None:
    api.put("HTTPRoute", route("m", rule("m")))
    api.put("Service", service("m"))
    api.put("EndpointSlice", pods("m", "10.121.0.5:8080"))
    controller.start()
    eventually(lambda: hosts(xds, "risk_m_80") == ["10.121.0.5"])
    api.stop()
    time.sleep(0.4)
    assert (names(xds), hosts(xds, "risk_m_80")) == (["risk/m"], ["10.121.0.5"])


def test_statuses_settle(api: FakeApi, controller: Controller) -> None:
    """What we write comes back as a change: it must not make us write again."""
    api.put("HTTPRoute", route("m", rule("gone")))
    controller.start()
    eventually(lambda: api.status("HTTPRoute", "m"))
    time.sleep(0.3)
    before = len(api.patches)
    time.sleep(0.3)
    assert len(api.patches) == before


def test_many_changes_at_once_are_few_writes(api: FakeApi, xds: Path, controller: Controller) -> None:
    controller.start()
    eventually(lambda: len(api.watches) == len(PLURALS))
    written: list[list[str]] = []
    original = controller._files.write
    controller._files.write = lambda resources: written.append(original(resources)) or written[-1]  # type: ignore[method-assign,func-returns-value]
    for number in range(100):
        api.put("HTTPRoute", route(f"m{number}", rule("gone", path=f"/{number}")))
    eventually(lambda: len(names(xds)) == 100)
    assert sum("rds.json" in files for files in written) < 30
