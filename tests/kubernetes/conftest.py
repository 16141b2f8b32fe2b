"""One control plane for this folder, and one provider process talking to it."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kubernetes.control_plane import ControlPlane
from tests.kubernetes.driver import STACK, Provider, Resource

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """etcd and the API server."""
    running = ControlPlane(tmp_path_factory.mktemp("plane"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def controllers(plane: ControlPlane) -> ControlPlane:
    """The same, with controller manager, scheduler and KWOK."""
    plane.start_controllers()
    return plane


@pytest.fixture(scope="session")
def provider(plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """A configured provider."""
    running = Provider(tmp_path_factory.mktemp("provider"))
    try:
        running.configure(kubeconfig=plane.kubeconfig, clusterIdentifier="test")
        yield running
    finally:
        running.stop()


@pytest.fixture
def namespace(plane: ControlPlane) -> str:
    """A namespace of the test's own; it stays until the control plane goes."""
    name = f"test-{next(_NUMBERS)}"
    plane.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    return name


@pytest.fixture
def config_map(namespace: str) -> Any:
    """Inputs of a ConfigMap of this stack."""

    def inputs(name: str = "settings", data: dict[str, str] | None = None, **metadata: Any) -> dict[str, Any]:
        marks = {"slipway.dev/stack": STACK} | metadata.pop("annotations", {})
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": namespace, "annotations": marks, **metadata},
            "data": {"colour": "blue"} if data is None else data,
        }

    return inputs


@pytest.fixture(scope="session")
def pool(controllers: ControlPlane, provider: Provider) -> Iterator[Resource]:
    """A simulated node with two GPUs, made by the provider."""
    inputs = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": "sim-gpu-0",
            "annotations": {"slipway.dev/stack": STACK, "kwok.x-k8s.io/node": "fake"},
            "labels": {"pool": "gpu"},
        },
        "status": {
            key: {"nvidia.com/gpu": "2", "cpu": "500", "memory": "1Ti", "pods": "1000"}
            for key in ("capacity", "allocatable")
        },
    }
    node = provider.resource(inputs).create()
    yield node
    node.delete()
