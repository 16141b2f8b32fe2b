"""The configuration against Envoy itself: what a request meets."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.counts import count
from tests.gateway.envoy import Backend, Gateway, running
from tests.gateway.objects import pods, ref, route, rule, service, snapshot
from tests.ports import free_port


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with running(tmp_path_factory.mktemp("xds")) as started:
        yield started


@pytest.fixture
def backend() -> Iterator[Callable[[str], Backend]]:
    started: list[Backend] = []

    def start(name: str) -> Backend:
        started.append(Backend(name))
        return started[-1]

    yield start
    for item in started:
        item.stop()


def names(gateway: Gateway, path: str, times: int, **options: Any) -> Counter[str]:
    return Counter(gateway.ask(path, **options).json()["name"] for _ in range(times))


def test_without_routes_every_path_is_told_so(gateway: Gateway) -> None:
    gateway.serve(snapshot())
    answer = gateway.ask("/anything")
    assert (answer.status, answer.data) == (404, b"no model has this route\n")


def test_weights_divide_the_requests(gateway: Gateway, backend: Callable[[str], Backend]) -> None:
    old, new = backend("old"), backend("new")
    split = route("m", rule(ref("old", weight=90), ref("new", weight=10)))
    gateway.serve(snapshot([split], [service("old"), service("new")], [pods("old", old.place), pods("new", new.place)]))
    times = count(test=500, prove=5000, soak=50_000)
    share = names(gateway, "/", times)["new"] / times
    assert abs(share - 0.1) < 5 * (0.1 * 0.9 / times) ** 0.5


def test_a_mirror_gets_a_copy_and_its_answer_is_thrown_away(
    gateway: Gateway, backend: Callable[[str], Backend]
) -> None:
    live, shadow = backend("live"), backend("shadow")
    mirror = {"type": "RequestMirror", "requestMirror": {"backendRef": ref("shadow")}}
    gateway.serve(
        snapshot(
            [route("m", rule("live", filters=[mirror]))],
            [service("live"), service("shadow")],
            [pods("live", live.place), pods("shadow", shadow.place)],
        )
    )
    answers = {gateway.ask("/predict", "POST", body=f"{n}").json()["name"] for n in range(20)}
    deadline = time.monotonic() + 5
    while len(shadow.seen) < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert answers == {"live"}
    assert sorted(int(seen["body"]) for seen in shadow.seen) == list(range(20))
    assert shadow.seen[0]["headers"]["host"] == live.seen[0]["headers"]["host"]


def test_a_mirror_without_pods_costs_the_caller_nothing(gateway: Gateway, backend: Callable[[str], Backend]) -> None:
    live = backend("live")
    mirror = {"type": "RequestMirror", "requestMirror": {"backendRef": ref("shadow")}}
    gateway.serve(
        snapshot(
            [route("m", rule("live", filters=[mirror]))],
            [service("live"), service("shadow")],
            [pods("live", live.place)],
        )
    )
    assert names(gateway, "/", 10) == {"live": 10}


def test_a_header_chooses_and_modifiers_change_what_passes(gateway: Gateway, backend: Callable[[str], Backend]) -> None:
    stable, canary = backend("stable"), backend("canary")
    chosen = rule(
        "canary",
        matches=[{"headers": [{"name": "x-canary", "value": "yes"}]}],
        filters=[
            {
                "type": "RequestHeaderModifier",
                "requestHeaderModifier": {
                    "set": [{"name": "x-share", "value": "100%"}],
                    "add": [{"name": "x-seen", "value": "gateway"}],
                    "remove": ["x-canary"],
                },
            },
            {
                "type": "ResponseHeaderModifier",
                "responseHeaderModifier": {"remove": ["server-secret"], "set": [{"name": "x-model", "value": "m"}]},
            },
        ],
    )
    gateway.serve(
        snapshot(
            [route("m", rule("stable"), chosen)],
            [service("stable"), service("canary")],
            [pods("stable", stable.place), pods("canary", canary.place)],
        )
    )
    answer = gateway.ask("/", headers={"X-Canary": "yes", "X-Share": "1", "X-Seen": "caller"})
    headers = answer.json()["headers"]
    assert answer.json()["name"] == "canary"
    assert (headers["x-share"], headers["x-seen"], "x-canary" in headers) == ("100%", "gateway", False)
    assert canary.seen[0]["path"] == "/"
    assert (answer.headers["x-model"], "server-secret" in answer.headers) == ("m", False)
    other = gateway.ask("/", headers={"X-Canary": "no"})
    assert (other.json()["name"], other.headers["server-secret"]) == ("stable", "none")


@pytest.mark.parametrize(
    ("prefix", "replacement", "asked", "got"),
    [
        ("/m/iris", "/", "/m/iris/v2/infer?a=1", "/v2/infer?a=1"),
        ("/m/iris", "/", "/m/iris", "/"),
        ("/m/iris/", "", "/m/iris/", "/"),
        ("/foo", "/xyz", "/foo/bar", "/xyz/bar"),
        ("/foo", "/xyz/", "/foo/bar", "/xyz/bar"),
        ("/foo/", "/xyz", "/foo/bar", "/xyz/bar"),
        ("/foo", "/xyz", "/foo", "/xyz"),
        ("/foo", "/xyz", "/foo/", "/xyz/"),
        ("/", "/xyz", "/bar", "/xyz/bar"),
        ("/a.b", "/", "/a.b/c", "/c"),
    ],
)
def test_a_prefix_is_replaced_by_whole_elements(
    gateway: Gateway, backend: Callable[[str], Backend], prefix: str, replacement: str, asked: str, got: str
) -> None:
    item = backend("m")
    rewrite = {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": replacement}, "hostname": "m.internal"}
    gateway.serve(
        snapshot(
            [route("m", rule("m", path=prefix, filters=[{"type": "URLRewrite", "urlRewrite": rewrite}]))],
            [service("m")],
            [pods("m", item.place)],
        )
    )
    seen = gateway.ask(asked).json()
    assert (seen["path"], seen["headers"]["host"]) == (got, "m.internal")


def test_a_full_path_is_replaced_and_a_prefix_ends_at_an_element(
    gateway: Gateway, backend: Callable[[str], Backend]
) -> None:
    item = backend("m")
    rewrite = {"path": {"type": "ReplaceFullPath", "replaceFullPath": "/v2/models/m/infer"}}
    gateway.serve(
        snapshot(
            [route("m", rule("m", path="/m", filters=[{"type": "URLRewrite", "urlRewrite": rewrite}]))],
            [service("m")],
            [pods("m", item.place)],
        )
    )
    assert gateway.ask("/m/x").json()["path"] == "/v2/models/m/infer"
    assert gateway.ask("/mm").status == 404


def test_a_redirect(gateway: Gateway) -> None:
    redirect = {
        "statusCode": 301,
        "scheme": "https",
        "hostname": "models.example",
        "path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/new"},
    }
    gateway.serve(
        snapshot([route("m", rule(path="/old", filters=[{"type": "RequestRedirect", "requestRedirect": redirect}]))])
    )
    answer = gateway.ask("/old/x", redirect=False)
    assert (answer.status, answer.headers["location"]) == (301, "https://models.example/new/x")


def test_hosts_narrow_before_wide_and_wide_takes_what_narrow_leaves(
    gateway: Gateway, backend: Callable[[str], Backend]
) -> None:
    items = {name: backend(name) for name in ("narrow", "suffix", "any")}
    routes = [
        route("narrow", rule("narrow", path="/a"), hostnames=["iris.models.example"]),
        route("suffix", rule("suffix", path="/b"), hostnames=["*.models.example"]),
        route("any", rule("any")),
    ]
    gateway.serve(
        snapshot(routes, [service(name) for name in items], [pods(name, item.place) for name, item in items.items()])
    )
    ask = [
        gateway.ask(path, headers={"Host": host}).json()["name"]
        for host, path in (
            ("iris.models.example:8080", "/a"),
            ("iris.models.example", "/b"),
            ("iris.models.example", "/c"),
            ("other.models.example", "/a"),
            ("elsewhere", "/b"),
        )
    ]
    assert ask == ["narrow", "suffix", "any", "any", "any"]


def test_no_ready_pod_no_service_and_a_simulated_node_are_told_apart(gateway: Gateway) -> None:
    gateway.serve(
        snapshot(
            [
                route("iris", rule("iris", path="/iris")),
                route("gone", rule("gone", path="/gone")),
                route("llama", rule("llama", path="/llama")),
            ],
            [service("iris"), service("llama")],
            [pods("iris", "127.0.0.1:9", ready=False), pods("llama", "10.123.0.7:8000", ready=True)],
        )
    )
    answers = {name: gateway.ask(f"/{name}") for name in ("iris", "gone", "llama")}
    assert {name: (answer.status, answer.data.decode()) for name, answer in answers.items()} == {
        "iris": (503, "no ready endpoint behind Service risk/iris\n"),
        "gone": (500, "a backend of this route does not exist: see the conditions of HTTPRoute risk/gone\n"),
        "llama": (503, "simulated: risk/llama is placed on a simulated node, not served\n"),
    }


def test_a_share_for_a_missing_backend_fails_and_the_rest_is_served(
    gateway: Gateway, backend: Callable[[str], Backend]
) -> None:
    item = backend("m")
    gateway.serve(snapshot([route("m", rule("m", "gone"))], [service("m")], [pods("m", item.place)]))
    codes = Counter(gateway.ask("/").status for _ in range(200))
    assert set(codes) == {200, 500}
    assert 50 < codes[500] < 150


def test_what_reached_no_backend_is_tried_elsewhere(gateway: Gateway, backend: Callable[[str], Backend]) -> None:
    item = backend("m")
    dead = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    slices = [pods("m", item.place), *(pods("m", place, suffix=place) for place in dead)]
    gateway.serve(snapshot([route("m", rule("m"))], [service("m")], slices))
    assert names(gateway, "/", 60) == {"m": 60}


def test_a_request_limit_ends_a_slow_request(gateway: Gateway) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        limited = rule("m", timeouts={"request": "200ms"})
        gateway.serve(snapshot([route("m", limited)], [service("m")], [pods("m", place)]))
        started = time.monotonic()
        assert gateway.ask("/").status == 504
        assert 0.15 < time.monotonic() - started < 2


def test_endpoints_change_under_load_and_no_request_is_lost(
    gateway: Gateway, backend: Callable[[str], Backend]
) -> None:
    """A rolling update in small: the new pod comes, the old one terminates, then it really ends."""
    serving = [backend("v0")]
    gateway.serve(snapshot([route("m", rule("m"))], [service("m")], [pods("m", serving[0].place)]))
    stop, codes = threading.Event(), Counter[int]()

    def load() -> None:
        while not stop.is_set():
            codes[gateway.ask("/", "POST", body="x").status] += 1

    callers = [threading.Thread(target=load) for _ in range(2)]
    for caller in callers:
        caller.start()
    for number in range(1, count(test=6, prove=30, soak=300)):
        new, old = backend(f"v{number}"), serving.pop()
        serving.append(new)
        both = [pods("m", new.place), pods("m", old.place, suffix="b", ready=False, serving=True, terminating=True)]
        gateway.serve(snapshot([route("m", rule("m"))], [service("m")], both))
        time.sleep(0.15)
        old.stop()
    stop.set()
    for caller in callers:
        caller.join()
    assert set(codes) == {200}
    assert codes[200] > 50


def test_a_new_model_is_never_a_missing_backend_for_an_instant(
    gateway: Gateway, backend: Callable[[str], Backend]
) -> None:
    """Clusters are in use before a route names them, and stay until none does."""
    a, b = backend("a"), backend("b")
    states = [
        snapshot([route("m", rule(item.name))], [service(item.name)], [pods(item.name, item.place)])
        for item in (_Named("a", a.place), _Named("b", b.place))
    ]
    gateway.serve(states[0])
    stop, codes = threading.Event(), Counter[int]()

    def load() -> None:
        while not stop.is_set():
            codes[gateway.ask("/").status] += 1

    caller = threading.Thread(target=load)
    caller.start()
    for number in range(1, count(test=20, prove=200, soak=2000)):
        gateway.serve(states[number % 2])
    stop.set()
    caller.join()
    assert set(codes) == {200}


class _Named:
    def __init__(self, name: str, place: str) -> None:
        self.name, self.place = name, place


def test_http2_without_tls_where_the_port_says_so(gateway: Gateway, tmp_path: Path) -> None:
    """Another Envoy is the backend: it says what it was spoken to in."""
    with running(tmp_path) as inner:
        inner.serve(snapshot([route("m", rule("nowhere"))]))
        for protocol, upstream in (("kubernetes.io/h2c", "upstream_rq_http2"), ("", "upstream_rq_http1")):
            port = {"appProtocol": protocol} if protocol else {}
            gateway.serve(snapshot([route("m", rule("m"))], [service("m", **port)], [pods("m", inner.listen)]))
            before = _stat(inner, "http.models.downstream_cx_http2_total")
            assert gateway.ask("/").status == 500
            grown = _stat(inner, "http.models.downstream_cx_http2_total") > before
            assert grown is (upstream == "upstream_rq_http2")


def _stat(gateway: Gateway, name: str) -> int:
    answer = gateway._pool.request("GET", f"http://{gateway.admin}/stats?filter=^{name}$")
    return int(answer.data.decode().split(": ")[1])


def test_envoy_has_nothing_to_complain_about(gateway: Gateway) -> None:
    assert "warning" not in gateway.log.read_text()
