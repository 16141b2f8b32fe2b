"""A running sandbox for tests, started once per test run, and what a test can see of the host around it."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import urllib3

from sandbox.node import cgroups, life, ports, processes
from sandbox.node.api import Api
from sandbox.node.endpoints import Endpoints
from sandbox.node.layout import Layout

_RUNNING = pytest.StashKey["Sandbox"]()


@dataclass(frozen=True)
class Sandbox:
    """A sandbox of a test: its state directory and how to reach it."""

    state: Path
    endpoints: Endpoints

    @property
    def layout(self) -> Layout:
        return Layout.of(self.state)

    def api(self) -> Api:
        """The API server, as administrator."""
        return Api(ports.read(self.layout.ports)["api"], self.layout.pki)


@pytest.fixture(scope="session")
def sandbox(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """One sandbox for the whole run, also when several modules import this fixture; its data go at the end."""
    stash = request.config.stash
    if _RUNNING not in stash:
        state = tmp_path_factory.mktemp("sandbox") / "state"
        request.config.add_cleanup(lambda: life.reset(state))
        stash[_RUNNING] = Sandbox(state, life.up(state))
    return stash[_RUNNING]


@pytest.fixture
def own_state(tmp_path: Path) -> Iterator[Path]:
    """A state directory of a test's own; whatever runs in it ends with the test."""
    state = tmp_path / "state"
    yield state
    life.reset(state)


def run(*argv: str) -> str:
    """A command's output."""
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


@dataclass(frozen=True)
class Host:
    """What a node could leave behind on this machine."""

    links: frozenset[str] = field(default_factory=lambda: frozenset(lines("ip", "-o", "link")))
    addresses: frozenset[str] = field(default_factory=lambda: frozenset(lines("ip", "-o", "addr")))
    routes: frozenset[str] = field(default_factory=lambda: frozenset(lines("ip", "route", "show", "table", "all")))
    rules: str = field(default_factory=lambda: run("nft", "list", "ruleset"))
    namespaces: frozenset[str] = field(default_factory=lambda: frozenset(lines("ip", "netns")))
    directories: frozenset[str] = field(default_factory=lambda: frozenset(map(str, _runtime_directories())))


def lines(*argv: str) -> list[str]:
    """A command's lines, without counters that change by themselves."""
    return [line.split("valid_lft")[0] for line in run(*argv).splitlines()]


def _runtime_directories() -> list[Path]:
    """Directories that container software makes on a host."""
    places = ("/run/netns", "/run/containerd", "/var/lib/kubelet", "/var/lib/cni", "/opt/cni", "/var/log/pods")
    return [Path(place) for place in places if Path(place).exists()]


def left_of(layout: Layout, cluster_id: str) -> list[str]:
    """Everything of one node that is still on this machine: processes, mounts, control groups."""
    mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if str(layout.root) in line]
    groups = [str(path) for path in Path("/sys/fs/cgroup").rglob(f"*{cluster_id}*")]
    return [*(f"process {pid}" for pid in processes.of_node(layout)), *mounts, *groups]


def in_namespace(inode: str) -> list[int]:
    """The processes of a pid namespace, named by what /proc/PID/ns/pid shows."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                same = (entry / "ns/pid").readlink().name == inode
            except OSError:
                continue
            if same and processes.started(int(entry.name)) is not None:
                found.append(int(entry.name))
    return found


def namespace_of(layout: Layout) -> str:
    """The running node's pid namespace."""
    owner = processes.read_owner(layout)
    assert owner is not None
    (init,) = processes.children(owner.pid)
    return (Path("/proc") / str(init) / "ns/pid").readlink().name


def groups_made(layout: Layout) -> list[Path]:
    """The running node's control groups."""
    return [path for path in map(Path, layout.cgroups.read_text().split()) if cgroups.members(path)]


def get(url: str) -> tuple[int, str]:
    """One HTTP request: status and body."""
    answer = urllib3.request("GET", url, timeout=5.0, retries=False)
    return answer.status, answer.data.decode()


def pod(name: str, image: str, script: str, namespace: str = "default") -> dict[str, object]:
    """A pod that runs a Python script and may be run where Pod Security is `restricted`."""
    security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container = {
        "name": "main",
        "image": image,
        "command": ["python3", "-u", "-c", script],
        "securityContext": security,
    }
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 0,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def image(endpoints: Endpoints, name: str) -> str:
    """A seeded image by the digest its registry gives."""
    kinds = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
    address = f"http://{endpoints.registry}/v2/slipway/{name}/manifests/latest"
    answer = urllib3.request("HEAD", address, headers={"Accept": kinds}, timeout=5.0)
    return f"{endpoints.in_node_registry}/slipway/{name}@{answer.headers['docker-content-digest']}"


def endpoints_of(layout: Layout) -> dict[str, object]:
    """The public file as it is."""
    raw: dict[str, object] = json.loads(layout.endpoints.read_text())
    return raw
