"""The sandbox's life: up, down, status, logs, reset."""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from catalog.errors import SlipwayError
from sandbox.node import cgroups, host, kubeconfig, launch, network, packages, parts, ports, processes, settle
from sandbox.node.api import Api
from sandbox.node.endpoints import Endpoints, save
from sandbox.node.layout import Layout, check_version, write_private
from sandbox.node.locking import exclusive
from sandbox.node.parts import PartStatus, Waiting
from sandbox.node.prepare import Prepared, decide, prepare
from sandbox.node.progress import Progress, silent

START_SECONDS = 120.0
"""How long a start may take in all; a warm one takes a few seconds."""
HEAL_SECONDS = 20.0
"""How long a running node may take to be well again before it is started anew."""


def up(state: Path, *, progress: Progress = silent, simulation: bool = False) -> Endpoints:
    """Start the sandbox, or make a running one well; returns when it can be used.

    Args:
        state: the state directory.
        progress: told of every step.
        simulation: run no containers, even where that is possible.

    Raises:
        SlipwayError: it cannot be started; then nothing is left running.
    """
    check_version(state)
    layout = Layout.of(state)
    layout.make()
    with exclusive(layout, "up"):
        owner = processes.read_owner(layout)
        if owner is None or not owner.alive:
            host.check_space(layout.root)
        prepared = prepare(layout, decide(layout, progress, simulation=simulation), progress)
        if owner and owner.alive and owner.plan == prepared.digest:
            try:
                return _settle(layout, prepared, progress)
            except SlipwayError as error:
                progress(parts.NODE, f"is started again ({error.path}: {error.why.splitlines()[0]})", 0.0)
        elif owner and owner.alive:
            progress(parts.NODE, "is started again: its configuration has changed", 0.0)
        _stop(layout)
        try:
            _start(layout, prepared)
            return _settle(layout, prepared, progress)
        except BaseException:  # an interrupt, too, leaves nothing half done
            _stop(layout)
            raise


def down(state: Path) -> None:
    """End the sandbox; its data stay. Also cleans up after one that was killed.

    Raises:
        SlipwayError: another process is changing the sandbox, or something of it cannot be ended.
    """
    check_version(state)
    layout = Layout.of(state)
    if layout.root.is_dir():
        with exclusive(layout, "down"):
            _stop(layout)


def reset(state: Path) -> None:
    """End the sandbox and remove its data; only its host ports are kept.

    Raises:
        SlipwayError: another process is changing the sandbox.
    """
    check_version(state)
    layout = Layout.of(state)
    if not layout.root.is_dir():
        return
    with exclusive(layout, "reset"):
        _stop(layout)
        for path in layout.root.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path not in (layout.lock, layout.ports):
                path.unlink()


def status(state: Path) -> list[PartStatus]:
    """The node and its parts."""
    check_version(state)
    return parts.read(Layout.of(state))


def logs(state: Path, part: str, last: int = 100) -> str:
    """The last lines of a part's log.

    Raises:
        SlipwayError: there is no such part.
    """
    return parts.log(Layout.of(state), part, last)


def _start(layout: Layout, prepared: Prepared) -> None:
    """From nothing to an owner that runs."""
    opened = ports.open_kept(layout.ports, tuple(network.FORWARDED))
    try:
        if prepared.mode.real_pods:
            launch.make_groups(layout, f"slipway-{prepared.cluster_id}")
        descriptors = [listener.fileno() for listener in opened.values()]
        unshare = packages.find("unshare") or Path("unshare")
        argv = launch.command(layout, descriptors, prepared.mode.namespaces, unshare)
        launch.start(layout, prepared.digest, argv, descriptors)
    finally:
        ports.close(opened)


def _settle(layout: Layout, prepared: Prepared, progress: Progress) -> Endpoints:
    """Wait for a node that has been started; apply what belongs into it; write down how to reach it."""
    fresh = not layout.endpoints.exists()  # nobody has come this far since it was started
    owner = processes.read_owner(layout)
    if owner is None:
        raise parts.failure(layout, parts.NODE, "it did not start")
    started = layout.owner.stat().st_mtime
    since = started if fresh else time.time()
    real_pods = prepared.mode.real_pods
    waiting = Waiting(layout, owner, progress, since=since, seconds=START_SECONDS if fresh else HEAL_SECONDS)
    waiting.ready(["forward", "apiserver"])
    kept = ports.read(layout.ports)
    api = Api(kept["api"], layout.pki)
    try:
        if fresh and real_pods:
            settle.forget_readiness(api)
        settle.apply_objects(api, prepared.images, real_pods=real_pods)
        waiting.ready(daemon.name for daemon in prepared.plan.daemons)
        settle.wait_for_node(api, waiting, started, real_pods=real_pods)
    finally:
        api.close()
    endpoints = _endpoints(layout, prepared, kept)
    write_private(layout.kubeconfig, kubeconfig.outside(layout.pki, kept["api"], prepared.cluster_id))
    save(layout, endpoints)
    progress(parts.NODE, "ready", time.time() - since)
    return endpoints


def _endpoints(layout: Layout, prepared: Prepared, kept: Mapping[str, int]) -> Endpoints:
    def at(name: str) -> str:
        return f"{ports.HOST}:{kept[name]}"

    real_pods = prepared.mode.real_pods
    return Endpoints(
        kubeconfig=layout.kubeconfig,
        api_server=f"https://{at('api')}",
        s3=f"http://{at('s3')}",
        s3_admin=f"http://{at('s3-admin')}",
        registry=at("registry"),
        gateway=f"http://{at('gateway')}",
        real_pods=real_pods,
        missing=prepared.mode.missing,
        node_name=network.NODE_NAME if real_pods else network.SIMULATED_NODE,
        in_cluster_s3=network.IN_CLUSTER_S3,
        in_node_registry=network.REGISTRY,
        s3_root_file=layout.s3_root,
        cluster_id=prepared.cluster_id,
    )


def _stop(layout: Layout) -> None:
    """End every process of the node and remove what the kernel does not remove by itself.

    Raises:
        SlipwayError: a process or a control group stays.
    """
    groups = launch.groups_of(layout)
    pids = {*processes.of_node(layout), *(pid for group in groups for pid in cgroups.members(group))}
    owner = processes.read_owner(layout)
    if owner and owner.alive:
        pids.add(owner.pid)
    for pid in pids:
        processes.kill(pid)
    left = processes.wait_gone(sorted(pids), 10.0)
    stay = [str(pid) for pid in left] or [str(group) for group in cgroups.remove(groups)]
    if stay:
        raise SlipwayError(
            "sandbox down", " ".join(stay), "these cannot be ended", "run `slipway sandbox down` as who started it"
        )
    for file in (layout.endpoints, layout.owner, layout.status, layout.cgroups):
        file.unlink(missing_ok=True)
