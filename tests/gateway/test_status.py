"""What the objects are told about themselves."""

from typing import Any

import pytest

from sandbox.gateway.attach import covers, selects
from sandbox.gateway.snapshot import Json, Snapshot
from sandbox.gateway.status import CONTROLLER, statuses
from tests.gateway.objects import gateway, keyed, ref, route, rule, service, snapshot

NOW, LATER = "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"
ROUTE = "/apis/gateway.networking.k8s.io/v1/namespaces/risk/httproutes/m"
GATEWAY = "/apis/gateway.networking.k8s.io/v1/namespaces/slipway-system/gateways/gateway"


def conditions(state: Snapshot) -> dict[str, tuple[str, str, str]]:
    parents = statuses(state, "10.122.0.1", NOW)[ROUTE]["parents"]
    assert [item["controllerName"] for item in parents] == [CONTROLLER]
    return {c["type"]: (c["status"], c["reason"], c["message"]) for c in parents[0]["conditions"]}


def of(*rules: Json, listener: Json | None = None, services: tuple[str, ...] = ("m",), **spec: Any) -> Snapshot:
    return snapshot(
        [route("m", *rules, **spec)],
        [service(name) for name in services],
        gateways=keyed([gateway(**(listener or {}))]),
    )


def test_a_good_route_is_accepted_and_resolved() -> None:
    assert conditions(of(rule("m"))) == {
        "Accepted": ("True", "Accepted", ""),
        "ResolvedRefs": ("True", "ResolvedRefs", ""),
    }


@pytest.mark.parametrize(
    ("backend", "reason", "message"),
    [
        (ref("gone"), "BackendNotFound", "Service risk/gone does not exist"),
        (ref("m", port=81), "BackendNotFound", "Service risk/m has no port 81"),
        (
            ref("m", kind="Pod"),
            "InvalidKind",
            "backend risk/m is a core/Pod; the sandbox's gateway knows Services only",
        ),
        (
            ref("m", namespace="fraud"),
            "RefNotPermitted",
            "no ReferenceGrant in fraud lets HTTPRoutes of risk name Service fraud/m",
        ),
    ],
)
def test_a_backend_that_cannot_be_had(backend: Json, reason: str, message: str) -> None:
    found = conditions(of(rule(backend)))
    assert found["Accepted"][0] == "True"
    assert found["ResolvedRefs"] == ("False", reason, message)


def test_a_mirror_counts_as_a_backend() -> None:
    filters = [{"type": "RequestMirror", "requestMirror": {"backendRef": ref("gone")}}]
    assert conditions(of(rule("m", filters=filters)))["ResolvedRefs"][1] == "BackendNotFound"


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (rule("m", filters=[{"type": "CORS"}]), "rules[0]: filter CORS is not served by the sandbox's gateway"),
        (rule("m", retry={"attempts": 3}), "rules[0]: retry is not served by the sandbox's gateway"),
        (
            rule(ref("m", filters=[{"type": "URLRewrite"}])),
            "rules[0]: filter URLRewrite of one backend is not served by the sandbox's gateway",
        ),
        (
            rule("m", matches=[{"headers": [{"name": "x", "type": "RegularExpression", "value": "(?!a)b"}]}]),
            "rules[0]: regular expression '(?!a)b' is not RE2",
        ),
        (
            rule("m", matches=[{"path": {"type": "RegularExpression", "value": "/a("}}]),
            "rules[0]: regular expression '/a(' is not RE2",
        ),
        (
            rule(
                "m",
                matches=[{"path": {"type": "Exact", "value": "/a"}}],
                filters=[
                    {
                        "type": "URLRewrite",
                        "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}},
                    }
                ],
            ),
            "rules[0]: ReplacePrefixMatch needs a PathPrefix match",
        ),
    ],
)
def test_what_is_not_served_as_written_is_refused(rules: Json, message: str) -> None:
    assert conditions(of(rules))["Accepted"] == ("False", "UnsupportedValue", message)


def test_a_regular_expression_that_re2_takes_is_taken() -> None:
    value = r"/v[0-9]+/(?:models|m)/[^/]+\.json"
    match = {"path": {"type": "RegularExpression", "value": value}}
    assert conditions(of(rule("m", matches=[match])))["Accepted"][0] == "True"


@pytest.mark.parametrize(
    ("listener", "spec", "reason"),
    [
        ({"protocol": "HTTPS"}, {}, "NoMatchingParent"),
        ({}, {"parentRefs": [{"name": "gateway", "namespace": "slipway-system", "port": 81}]}, "NoMatchingParent"),
        (
            {},
            {"parentRefs": [{"name": "gateway", "namespace": "slipway-system", "sectionName": "x"}]},
            "NoMatchingParent",
        ),
        ({"allowedRoutes": {"namespaces": {"from": "Same"}}}, {}, "NotAllowedByListeners"),
        ({"allowedRoutes": {}}, {}, "NotAllowedByListeners"),
        (
            {"allowedRoutes": {"kinds": [{"kind": "GRPCRoute"}], "namespaces": {"from": "All"}}},
            {},
            "NotAllowedByListeners",
        ),
        ({"hostname": "*.models.example"}, {"hostnames": ["other.example"]}, "NoMatchingListenerHostname"),
    ],
)
def test_a_listener_that_does_not_take_the_route(listener: Json, spec: Json, reason: str) -> None:
    assert conditions(of(rule("m"), listener=listener, **spec))["Accepted"][:2] == ("False", reason)


def test_a_route_of_another_gateway_is_none_of_our_business() -> None:
    state = of(rule("m"), parentRefs=[{"name": "theirs", "namespace": "slipway-system"}])
    assert ROUTE not in statuses(state, "10.122.0.1", NOW)


def test_nothing_is_written_twice_and_a_transition_keeps_its_time() -> None:
    state = of(rule("m"))
    first = statuses(state, "10.122.0.1", NOW)
    item = {**state.routes["risk", "m"], "status": first[ROUTE]}
    gate = {**state.gateways["slipway-system", "gateway"], "status": first[GATEWAY]}
    told = snapshot([item], [service("m")], gateways=keyed([gate]))
    assert statuses(told, "10.122.0.1", LATER) == {}

    broken = statuses(snapshot([item], [], gateways=keyed([gate])), "10.122.0.1", LATER)
    times = {c["type"]: c["lastTransitionTime"] for c in broken[ROUTE]["parents"][0]["conditions"]}
    assert times == {"Accepted": NOW, "ResolvedRefs": LATER}


def test_what_other_controllers_say_stays() -> None:
    theirs = {"controllerName": "example.com/other", "parentRef": {"name": "x"}, "conditions": []}
    item = {**route("m", rule("m")), "status": {"parents": [theirs]}}
    parents = statuses(snapshot([item], [service("m")]), "10.122.0.1", NOW)[ROUTE]["parents"]
    assert [entry["controllerName"] for entry in parents] == ["example.com/other", CONTROLLER]


def test_our_word_goes_when_the_route_leaves_us() -> None:
    ours = {"controllerName": CONTROLLER, "parentRef": {"name": "gateway"}, "conditions": []}
    item = {**route("m", rule("m"), parentRefs=[{"name": "theirs"}]), "status": {"parents": [ours]}}
    assert statuses(snapshot([item]), "10.122.0.1", NOW)[ROUTE] == {"parents": []}


def test_the_gateway_says_where_it_is_and_how_many_routes_it_has() -> None:
    bad = route("bad", rule("m", filters=[{"type": "CORS"}]))
    state = snapshot([route("a", rule("m")), route("b", rule("gone")), bad], [service("m")])
    status = statuses(state, "10.122.0.1", NOW)[GATEWAY]
    assert status["addresses"] == [{"type": "IPAddress", "value": "10.122.0.1"}]
    assert [(item["name"], item["attachedRoutes"]) for item in status["listeners"]] == [("http", 2)]
    assert {c["type"]: c["status"] for c in status["conditions"]} == {"Accepted": "True", "Programmed": "True"}


def test_a_listener_of_another_protocol_is_refused() -> None:
    listener = statuses(of(rule("m"), listener={"protocol": "TCP"}), "10.122.0.1", NOW)[GATEWAY]["listeners"][0]
    assert {c["type"]: (c["status"], c["reason"]) for c in listener["conditions"]}["Accepted"] == (
        "False",
        "UnsupportedProtocol",
    )


def test_a_gateway_of_another_class_is_left_alone() -> None:
    foreign = gateway()
    foreign["spec"]["gatewayClassName"] = "other"
    assert statuses(snapshot(gateways=keyed([foreign])), "10.122.0.1", NOW) == {}


def test_our_class_is_accepted_and_no_other() -> None:
    def of_class(controller: str) -> dict[str, Json]:
        item = {"metadata": {"name": "slipway", "generation": 1}, "spec": {"controllerName": controller}}
        return statuses(Snapshot(classes=keyed([item])), "10.122.0.1", NOW)

    assert list(of_class(CONTROLLER)) == ["/apis/gateway.networking.k8s.io/v1/gatewayclasses/slipway"]
    assert of_class("example.com/other") == {}


@pytest.mark.parametrize(
    ("pattern", "hostname", "yes"),
    [
        ("*", "a.b", True),
        ("a.b", "a.b", True),
        ("a.b", "*.b", False),
        ("*.b", "a.b", True),
        ("*.b", "x.a.b", True),
        ("*.b", "*.a.b", True),
        ("*.b", "b", False),
        ("*.b", "ab", False),
    ],
)
def test_host_names_cover_each_other(pattern: str, hostname: str, yes: bool) -> None:
    assert covers(pattern, hostname) is yes


@pytest.mark.parametrize(
    ("selector", "yes"),
    [
        ({}, True),
        ({"matchLabels": {"team": "risk"}}, True),
        ({"matchLabels": {"team": "fraud"}}, False),
        ({"matchExpressions": [{"key": "team", "operator": "In", "values": ["risk"]}]}, True),
        ({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["risk"]}]}, False),
        ({"matchExpressions": [{"key": "team", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "other", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "other", "operator": "DoesNotExist"}]}, True),
    ],
)
def test_label_selectors(selector: Json, yes: bool) -> None:
    assert selects(selector, {"team": "risk"}) is yes


def test_a_selector_admits_namespaces_by_their_labels() -> None:
    allowed = {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"slipway.dev/team": "risk"}}}}
    labelled = {"metadata": {"name": "risk", "labels": {"slipway.dev/team": "risk"}}}
    gates = keyed([gateway(allowedRoutes=allowed)])
    admitted = snapshot([route("m", rule("m"))], [service("m")], gateways=gates, namespaces=keyed([labelled]))
    refused = snapshot([route("m", rule("m"))], [service("m")], gateways=gates)
    assert conditions(admitted)["Accepted"][0] == "True"
    assert conditions(refused)["Accepted"][:2] == ("False", "NotAllowedByListeners")
