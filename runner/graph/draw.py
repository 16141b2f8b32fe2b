"""Runs a stack's program against the recording monitor, in a state of its own, and writes down what it registered."""

import asyncio
import contextvars
from dataclasses import dataclass
from typing import Any

import pulumi
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.settings import Settings as Runtime
from pulumi.runtime.stack import run_in_stack

from catalog.errors import SlipwayError
from providers import wire
from runner.graph import placeholders
from runner.graph.monitor import Engine, Monitor, Registered
from runner.graph.options import NONE
from stacks import platform
from stacks.settings import PROJECT, Settings, from_file, stack_file

FORMAT = 1
SECRET = "[secret]"  # noqa: S105  what the engine shows instead of one
_KUBERNETES_SECRET = "kubernetes:core/v1:Secret"  # noqa: S105  a type


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """All that a stack's program registers.

    Attributes:
        resources: sorted by URN, with the names of the wire; unknown values are the engine's sentinel for them, secret
            ones `[secret]`.
        outputs: of the stack.
        placeholders: what stands for something that is not there yet, in words.
    """

    stack: str
    resources: list[dict[str, Any]]
    outputs: dict[str, Any]
    placeholders: list[str]

    @property
    def document(self) -> dict[str, Any]:
        """As it is written."""
        return {
            "format": FORMAT,
            "project": PROJECT,
            "stack": self.stack,
            "resources": self.resources,
            "outputs": self.outputs,
        }


def draw(stack: str) -> Graph:
    """The graph of a stack, by its name.

    Raises:
        SlipwayError: there is no such stack; two resources have one name.
        SeveralErrors: what is wrong with it.
    """
    return graph_of(stack, from_file(stack_file(stack)))


def graph_of(stack: str, settings: Settings) -> Graph:
    """The graph of a stack with these settings; raises as `draw`."""
    monitor, said = _run(stack, settings)
    rows = [_row(one) for one in monitor.registered.values()]
    rows += [_read_row(urn, request) for urn, request in monitor.read.items()]
    return Graph(
        stack=stack,
        resources=sorted(rows, key=lambda row: str(row["urn"])),
        outputs=shown(monitor.outputs),
        placeholders=said,
    )


def _run(stack: str, settings: Settings) -> tuple[Monitor, list[str]]:
    """The monitor after the program, and what of its world was a placeholder."""
    connections, said = placeholders.connections(settings)
    lock, unlocked = placeholders.lock(stack, settings)
    secrets = {f"{PROJECT}:{key}": value for key, value in placeholders.secrets(settings, platform.STORE_KEYS).items()}
    monitor, engine = Monitor(PROJECT, stack, lambda name: _outputs(name, stack)), Engine()

    def program() -> None:
        for name, value in platform.build(settings, stack, PROJECT, connections, lock).items():
            pulumi.export(name, value)

    def run() -> None:
        pulumi.runtime.configure(Runtime(PROJECT, stack, monitor, engine, dry_run=True, organization="organization"))
        pulumi.runtime.set_all_config(secrets, list(secrets))
        asyncio.run(run_in_stack(program))

    # The SDK keeps its state in context variables: in a context of its own a program leaves nothing behind.
    contextvars.Context().run(run)
    if engine.errors:
        raise SlipwayError(stack, "", "; ".join(engine.errors), "correct the program")
    return monitor, said + unlocked


def _outputs(name: str, stack: str) -> Struct:
    """The outputs of another stack, from its own graph, `organization/project/stack` or only its name."""
    other = name.rpartition("/")[2]
    if other == stack:
        raise SlipwayError("stack", stack, "it takes outputs of itself", "name another stack")
    monitor, _ = _run(other, from_file(stack_file(other)))
    return wire.encode(monitor.outputs)


def _row(one: Registered) -> dict[str, Any]:
    request = one.request
    return {
        "urn": one.urn,
        "type": request.type,
        "name": request.name,
        "parent": request.parent or None,
        "custom": request.custom,
        "provider": request.provider or None,
        "inputs": _inputs(request),
        "dependencies": sorted(request.dependencies),
        "propertyDependencies": {
            key: sorted(found.urns) for key, found in sorted(request.propertyDependencies.items()) if found.urns
        },
        "options": one.options.document,
    }


def _read_row(urn: str, request: Any) -> dict[str, Any]:
    return {
        "urn": urn,
        "type": request.type,
        "name": request.name,
        "parent": request.parent or None,
        "custom": True,
        "provider": request.provider or None,
        "inputs": shown(wire.decode(request.properties)),
        "dependencies": sorted(request.dependencies),
        "propertyDependencies": {},
        "options": NONE.document,
    }


def _inputs(request: Any) -> dict[str, Any]:
    """The inputs as the engine keeps them: those of a provider have its version, and a Secret is secret as a whole."""
    found: dict[str, Any] = shown(wire.decode(request.object))
    if request.type.startswith("pulumi:providers:") and request.version:
        found["version"] = request.version
    if request.type == _KUBERNETES_SECRET:
        found |= {key: SECRET for key in ("data", "stringData") if key in found}
    return found


def shown(value: Any) -> Any:
    """A value as people may see it."""
    match value:
        case wire.Secret():
            return SECRET
        case wire.Unknown():
            return value.value
        case wire.Signed():
            return shown(value.fields)
        case dict():
            return {key: shown(item) for key, item in sorted(value.items())}
        case list():
            return [shown(item) for item in value]
    return value
