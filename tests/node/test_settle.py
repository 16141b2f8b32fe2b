"""What `up` does with a cluster, against an API that only writes down what it is asked."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.errors import SlipwayError
from sandbox.node import manifests, network, settle
from sandbox.node.parts import Waiting


class Recorder:
    """An API server of three answers."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.patched: list[tuple[str, dict[str, Any]]] = []
        self.applied: list[tuple[str, str]] = []
        self.deleted: list[str] = []

    def get(self, path: str) -> Any:
        return next((answer for start, answer in self.answers.items() if start in path), None)

    def patch_status(self, path: str, status: dict[str, Any]) -> None:
        self.patched.append((path, status))

    def apply(self, thing: dict[str, Any]) -> None:
        self.applied.append((thing["kind"], thing["metadata"]["name"]))

    def delete(self, path: str) -> None:
        self.deleted.append(path)


def with_condition(name: str, status: str, **rest: str) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": status, **rest}]
    return {"metadata": {"name": name, "namespace": "team"}, "status": {"conditions": conditions}}


def test_only_pods_that_are_said_to_be_ready_lose_it() -> None:
    api = Recorder(pods={"items": [with_condition("up", "True"), with_condition("not", "False"), {"metadata": {}}]})
    settle.forget_readiness(api)  # type: ignore[arg-type]
    ((path, status),) = api.patched
    assert path == "/api/v1/namespaces/team/pods/up"
    assert {(item["type"], item["status"]) for item in status["conditions"]} == {
        ("Ready", "False"),
        ("ContainersReady", "False"),
    }


@pytest.mark.parametrize(
    ("node", "ready"),
    [
        (None, False),
        ({"metadata": {}}, False),
        (with_condition("n", "False", lastHeartbeatTime="2026-03-01T12:00:05Z"), False),
        (with_condition("n", "True", lastHeartbeatTime="2026-03-01T11:59:59Z"), False),  # of the run before
        (with_condition("n", "True", lastHeartbeatTime="2026-03-01T12:00:00Z"), True),
    ],
)
def test_a_nodes_readiness_counts_from_this_start(node: dict[str, Any] | None, ready: bool) -> None:
    assert settle._reported(node, datetime(2026, 3, 1, 12, tzinfo=UTC)) is ready


@pytest.mark.parametrize("real_pods", [True, False])
def test_the_node_of_the_other_mode_goes(monkeypatch: pytest.MonkeyPatch, real_pods: bool) -> None:
    monkeypatch.setattr(settle, "_apply_definitions", lambda api: None)
    api = Recorder()
    settle.apply_objects(api, {"coredns": "image"}, real_pods=real_pods)  # type: ignore[arg-type]
    other = network.SIMULATED_NODE if real_pods else network.NODE_NAME
    assert api.deleted == [f"/api/v1/nodes/{other}"]
    assert (("Deployment", "coredns") in api.applied) is real_pods
    assert (("Node", network.SIMULATED_NODE) in api.applied) is not real_pods
    kinds = [kind for kind, _ in api.applied]
    assert kinds.index("Namespace") < kinds.index("Service") < kinds.index("GatewayClass") < kinds.index("Gateway")


def definitions(monkeypatch: pytest.MonkeyPatch, directory: Path, *found: dict[str, Any]) -> None:
    for each in found:
        (directory / f"{each['metadata']['name']}.yaml").write_text(json.dumps(each))
    monkeypatch.setattr(settle.locate, "data", lambda name: directory)


def definition(**rest: Any) -> dict[str, Any]:
    api = "apiextensions.k8s.io/v1"
    return {"kind": "CustomResourceDefinition", "apiVersion": api, "metadata": {"name": "x"}, **rest}


def served(thing: dict[str, Any], status: str = "True") -> dict[str, Any]:
    return {**manifests.marked(thing), "status": {"conditions": [{"type": "Established", "status": status}]}}


def test_equal_definitions_are_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    definitions(monkeypatch, tmp_path, definition())
    api = Recorder(customresourcedefinitions=served(definition()))
    settle._apply_definitions(api)  # type: ignore[arg-type]
    assert api.applied == []


def test_changed_definitions_are_applied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    definitions(monkeypatch, tmp_path, definition(spec={"more": 1}))
    api = Recorder(customresourcedefinitions=served(definition()))
    settle._apply_definitions(api)  # type: ignore[arg-type]
    assert api.applied == [("CustomResourceDefinition", "x")]


def test_a_definition_that_is_not_served_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    definitions(monkeypatch, tmp_path, definition(spec={"more": 1}))
    monkeypatch.setattr(settle, "DEFINITION_SECONDS", 0.1)
    api = Recorder(customresourcedefinitions=served(definition(), "False"))
    with pytest.raises(SlipwayError, match="customresourcedefinitions/x"):
        settle._apply_definitions(api)  # type: ignore[arg-type]


def test_waiting_for_a_node_ends_with_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Impatient(Waiting):
        def __init__(self) -> None:
            pass

        def check(self, part: str, why: str) -> None:
            asked.append(f"{part}: {why}")
            raise TimeoutError

    with pytest.raises(TimeoutError):
        settle.wait_for_node(Recorder(), Impatient(), 0.0, real_pods=False)  # type: ignore[arg-type]
    assert asked == ["kwok: node sim-system-0 was not ready in time"]


def test_a_name_server_that_does_not_start_says_why() -> None:
    asked: list[str] = []

    class Impatient(Waiting):
        def __init__(self) -> None:
            pass

        def check(self, part: str, why: str) -> None:
            asked.append(why)
            raise TimeoutError

    pod = with_condition("coredns", "False")
    pod["status"]["containerStatuses"] = [{"state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}]
    api = Recorder(nodes=with_condition("n", "True", lastHeartbeatTime="2026-03-01T12:00:00Z"), pods={"items": [pod]})
    with pytest.raises(TimeoutError):
        settle.wait_for_node(api, Impatient(), 0.0, real_pods=True)  # type: ignore[arg-type]
    assert asked[0].endswith("was not ready in time: ErrImagePull not found")
