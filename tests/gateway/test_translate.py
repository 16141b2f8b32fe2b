"""From objects to Envoy's resources, without Envoy: what is decided in Python."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.gateway.actions import seconds
from sandbox.gateway.snapshot import Json, Snapshot
from sandbox.gateway.translate import Resources, translate
from tests.gateway.objects import TEAM, keyed, pods, ref, route, rule, service, snapshot


def translated(state: Snapshot) -> Resources:
    return translate(state, Path("/xds"))


def first_host(state: Snapshot) -> list[Json]:
    found: list[Json] = translated(state).routes["virtual_hosts"][0]["routes"]
    return found


def order(*routes: Json) -> list[str]:
    return [item["name"].removeprefix(f"{TEAM}/") for item in first_host(snapshot(routes, [service("m")]))]


def matching(name: str, *matches: Json, **fields: Any) -> Json:
    return route(name, rule("m", matches=list(matches)), **fields)


def path(value: str, kind: str = "PathPrefix") -> Json:
    return {"path": {"type": kind, "value": value}}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (path("/a", "Exact"), path("/a/b/c/d")),
        (path("/a/b"), path("/a")),
        (path("/a", "Exact"), path("/.*", "RegularExpression")),
        (path("/.*", "RegularExpression"), path("/a/b/c/d")),
        ({**path("/a"), "method": "POST"}, {**path("/a"), "headers": [{"name": "x", "value": "1"}]}),
        (
            {**path("/a"), "headers": [{"name": "x", "value": "1"}, {"name": "y", "value": "1"}]},
            {**path("/a"), "headers": [{"name": "x", "value": "1"}], "queryParams": [{"name": "q", "value": "1"}]},
        ),
        ({**path("/a"), "queryParams": [{"name": "q", "value": "1"}]}, path("/a")),
    ],
)
def test_the_narrower_match_goes_first_whatever_the_order(first: Json, second: Json) -> None:
    names = {"z-first": first, "a-second": second}  # by name alone it would be the other way
    routes = [matching(name, match) for name, match in names.items()]
    assert order(*routes) == order(*reversed(routes)) == ["z-first", "a-second"]


def test_between_equals_the_oldest_then_the_first_by_name_then_the_first_rule() -> None:
    old = matching("z", path("/a"), created="2025-01-01T00:00:00Z")
    assert order(matching("b", path("/a")), matching("a", path("/a")), old) == ["z", "a", "b"]
    both = route("m", rule("m", path="/a"), rule(ref("m", weight=7), path="/a"))
    weights = [
        item["route"]["weighted_clusters"]["clusters"][0]["weight"]
        for item in first_host(snapshot([both], [service("m")]))
    ]
    assert weights == [1, 7]


def test_each_alternative_of_a_rule_is_a_route_of_its_own() -> None:
    names = [item["match"] for item in first_host(snapshot([matching("m", path("/a"), path("/b", "Exact"))]))]
    assert names == [{"path": "/b"}, {"path_separated_prefix": "/a"}]


def test_a_match_says_method_headers_and_query() -> None:
    match = {
        "method": "GET",
        "headers": [{"name": "x", "value": "1"}, {"name": "y", "type": "RegularExpression", "value": "v[0-9]+"}],
        "queryParams": [{"name": "q", "value": "2"}],
    }
    found = first_host(snapshot([matching("m", match)]))[0]["match"]
    assert found == {
        "prefix": "/",
        "headers": [
            {"name": "x", "string_match": {"exact": "1"}},
            {"name": "y", "string_match": {"safe_regex": {"regex": "v[0-9]+"}}},
            {"name": ":method", "string_match": {"exact": "GET"}},
        ],
        "query_parameters": [{"name": "q", "string_match": {"exact": "2"}}],
    }


def test_a_retry_only_before_a_byte_reached_a_backend() -> None:
    policy = first_host(snapshot([route("m", rule("m"))], [service("m")]))[0]["route"]["retry_policy"]
    assert set(policy["retry_on"].split(",")) == {"connect-failure", "refused-stream", "reset-before-request"}
    assert policy["num_retries"] == 2
    assert "previous_hosts" in policy["retry_host_predicate"][0]["name"]


def test_limits_of_time_and_none_by_default() -> None:
    def limits(**timeouts: str) -> tuple[str, str | None]:
        state = snapshot([route("m", rule("m", timeouts=timeouts))], [service("m")])
        found = first_host(state)[0]["route"]
        return found["timeout"], found["retry_policy"].get("per_try_timeout")

    assert limits() == ("0s", None)
    assert limits(request="1m30s", backendRequest="500ms") == ("90s", "0.5s")
    assert limits(request="10s", backendRequest="0s") == ("10s", None)


@pytest.mark.parametrize(("text", "value"), [("1h", 3600), ("1h1m1s1ms", 3661.001), ("0s", 0), ("250ms", 0.25)])
def test_durations(text: str, value: float) -> None:
    assert seconds(text) == pytest.approx(value)


def test_a_weight_of_zero_gets_nothing_and_nothing_but_zeros_is_an_error() -> None:
    some = first_host(snapshot([route("m", rule(ref("a", weight=0), ref("b")))], [service("a"), service("b")]))[0]
    assert [item["name"] for item in some["route"]["weighted_clusters"]["clusters"]] == ["risk/b:80"]
    none = first_host(snapshot([route("m", rule(ref("a", weight=0)))], [service("a")]))[0]
    assert none["direct_response"]["status"] == 500


@pytest.mark.parametrize(
    ("mirror", "share"),
    [({}, None), ({"percent": 5}, 50_000), ({"fraction": {"numerator": 1, "denominator": 8}}, 125_000)],
)
def test_a_mirror_takes_its_share(mirror: Json, share: int | None) -> None:
    filters = [{"type": "RequestMirror", "requestMirror": {"backendRef": ref("s"), **mirror}}]
    found = first_host(snapshot([route("m", rule("m", filters=filters))], [service("m"), service("s")]))[0]["route"]
    policy = found["request_mirror_policies"][0]
    assert policy["cluster"] == "risk/s:80"
    assert policy.get("runtime_fraction", {}).get("default_value", {}).get("numerator") == share


def test_a_mirror_to_nobody_is_left_out() -> None:
    filters = [{"type": "RequestMirror", "requestMirror": {"backendRef": ref("gone")}}]
    found = first_host(snapshot([route("m", rule("m", filters=filters))], [service("m")]))[0]["route"]
    assert "request_mirror_policies" not in found


def test_a_backend_may_change_headers_of_its_own_share() -> None:
    filters = [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "x", "value": "a"}]}}]
    state = snapshot([route("m", rule(ref("a", filters=filters), "b"))], [service("a"), service("b")])
    first, second = first_host(state)[0]["route"]["weighted_clusters"]["clusters"]
    assert first["request_headers_to_add"][0]["header"] == {"key": "x", "value": "a"}
    assert "request_headers_to_add" not in second


def places(*slices: Json, port: Json | None = None) -> list[tuple[str, int]]:
    state = snapshot([route("m", rule("m"))], [service("m", **(port or {}))], slices)
    found = translated(state).assignments["risk/m:80"]["endpoints"]
    hosts = [host["endpoint"]["address"]["socket_address"] for group in found for host in group["lb_endpoints"]]
    return [(host["address"], host["port_value"]) for host in hosts]


@pytest.mark.parametrize(
    ("conditions", "counts"),
    [
        ({}, True),
        ({"ready": True, "serving": True, "terminating": False}, True),
        ({"ready": False}, False),
        ({"ready": True, "serving": False}, False),
        ({"ready": False, "serving": True, "terminating": True}, False),
        ({"ready": True, "serving": True, "terminating": True}, False),
    ],
)
def test_only_what_is_ready_and_stays_takes_requests(conditions: dict[str, Any], counts: bool) -> None:
    assert places(pods("m", "10.121.0.5:8080", **conditions)) == ([("10.121.0.5", 8080)] if counts else [])


def test_slices_add_up_each_with_its_own_port_and_no_place_twice() -> None:
    found = places(
        pods("m", "10.121.0.6:8080", "10.121.0.5:8080"),
        pods("m", "10.121.0.5:8080", suffix="b"),
        pods("m", "10.121.0.5:9090", suffix="c"),
    )
    assert found == [("10.121.0.5", 8080), ("10.121.0.5", 9090), ("10.121.0.6", 8080)]


def test_the_port_is_found_by_its_name() -> None:
    assert places(pods("m", "10.121.0.5:8080"), port={"name": "grpc"}) == []


def test_no_request_ever_goes_to_a_simulated_node() -> None:
    slices = [pods("m", "10.123.0.9:8000", suffix="sim"), pods("m", "10.121.0.5:8080")]
    assert places(*slices) == [("10.121.0.5", 8080)]
    assert places(slices[0]) == []


def test_what_is_not_there_yet_costs_the_others_nothing() -> None:
    good, bad = route("good", rule("m", path="/good")), route("bad", rule("gone", path="/bad"))
    found = translated(snapshot([good, bad], [service("m")]))
    assert [cluster["name"] for cluster in found.clusters] == ["risk/m:80"]
    assert len(found.routes["virtual_hosts"][0]["routes"]) == 2


def test_a_refused_route_is_not_served() -> None:
    bad = route("bad", rule("m", matches=[path("/(?=a)", "RegularExpression")]))
    assert translated(snapshot([bad], [service("m")])).routes["virtual_hosts"] == []


def test_another_namespace_only_with_its_grant() -> None:
    state = snapshot(
        [route("m", rule(ref("m", namespace="fraud")))],
        [service("m", namespace="fraud")],
        grants=keyed([grant("fraud")]),
    )
    name = "fraud/m:80"
    assert [cluster["name"] for cluster in translated(state).clusters] == [name]
    refused = snapshot([route("m", rule(ref("m", namespace="fraud")))], [service("m", namespace="fraud")])
    clusters = first_host(refused)[0]["route"]["weighted_clusters"]["clusters"]
    assert clusters[0]["name"] != name
    assert translated(refused).clusters == []


def grant(namespace: str, **to: str) -> Json:
    return {
        "metadata": {"namespace": namespace, "name": "g"},
        "spec": {
            "from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": TEAM}],
            "to": [{"group": "", "kind": "Service", **to}],
        },
    }


def test_a_grant_for_one_service_is_for_no_other() -> None:
    def permitted(name: str) -> bool:
        return snapshot(grants=keyed([grant("fraud", name="m")])).permits(TEAM, ("fraud", name))

    assert permitted("m")
    assert not permitted("other")
    assert not snapshot(grants=keyed([grant("fraud")])).permits("strangers", ("fraud", "m"))


def test_the_same_objects_give_the_same_resources_in_any_order() -> None:
    routes = [route(name, rule("m", path=f"/{name}"), hostnames=[f"{name}.example"]) for name in "cab"]
    one, two = translated(snapshot(routes, [service("m")])), translated(snapshot(routes[::-1], [service("m")]))
    assert one == two
