"""Killing a run in its middle, and what must hold afterwards."""

import contextlib
import json
import os
import signal
import time

import psutil

from tests.launch.clone import Clone
from tests.launch.test_first_launch import kubectl


def marked(clone) -> list[tuple[str, str, str]]:
    """Every object of the cluster that bears the stack's marker."""
    kinds = (
        "nodes,namespaces,serviceaccounts,services,secrets,deployments,poddisruptionbudgets,horizontalpodautoscalers,"
        "httproutes,roles,rolebindings,networkpolicies,limitranges,resourcequotas"
    )
    items = json.loads(kubectl(clone, "get", kinds, "-A", "-o", "json"))["items"]
    return sorted(
        (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"])
        for item in items
        if item["metadata"].get("annotations", {}).get("slipway.dev/stack") == "slipway/local"
    )


def in_state(clone) -> list[tuple[str, str, str]]:
    found = []
    for resource in clone.state_of():
        if resource["type"].startswith("kubernetes:"):
            metadata = resource["inputs"]["metadata"]
            found.append((resource["inputs"]["kind"], metadata.get("namespace", ""), metadata["name"]))
    return sorted(found)


def engine_of(process) -> psutil.Process | None:
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            if child.name() == "pulumi":
                return child
    return None


def kill_in_the_middle(clone: Clone, seconds: float, *, whole: bool) -> bool:
    """Starts an `up` and kills it so many seconds after its engine began; gives whether it was still at work."""
    process = clone.start("up")
    until = time.monotonic() + 60
    while (engine := engine_of(process)) is None and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(seconds)
    hit = process.poll() is None
    if whole:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    if engine is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            engine.kill()
    process.communicate(timeout=60)
    return hit


def consistent(clone: Clone) -> None:
    """Nothing lost, nothing twice, nothing left over."""
    assert marked(clone) == in_state(clone)
    urns = [resource["urn"] for resource in clone.state_of()]
    assert len(urns) == len(set(urns))
    assert clone.slipway("preview", "--expect-no-changes").code == 0


def kill_when(clone: Clone, command: str, happened) -> None:
    """Starts a command and kills all of it as soon as something has happened in the cluster."""
    process = clone.start(command, *(["--yes"] if command == "destroy" else []))
    try:
        until = time.monotonic() + 120
        while not happened() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        assert process.poll() is None, "it came to its end before it could be killed"
    finally:
        engine = engine_of(process)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if engine is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                engine.kill()
        process.communicate(timeout=60)
