"""Runs a program under Pulumi's mocks and keeps every registration as the engine would see it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from unittest.mock import patch

import pulumi
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks, resource
from pulumi.runtime.proto.source_pb2 import StackTrace
from pulumi.runtime.settings import set_root_resource
from pulumi.runtime.stack import wait_for_rpcs


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One registration.

    Attributes:
        inputs: as they go over the wire, unknowns and secrets as their sentinels.
    """

    type: str
    name: str
    urn: str
    parent: str
    custom: bool
    provider: str
    inputs: dict[str, Any]
    dependencies: tuple[str, ...]
    protect: bool
    retain: bool
    delete_timeout: str = ""
    create_timeout: str = ""
    secret_outputs: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass
class Recording:
    resources: list[Registered] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def of(self, type_: str) -> list[Registered]:
        return [r for r in self.resources if r.type == type_]

    def one(self, type_: str, name: str) -> Registered:
        (found,) = [r for r in self.resources if r.type == type_ and r.name == name]
        return found


class _Mocks(mocks.Mocks):
    """A provider that invents what a real one computes, at update; at preview it knows nothing beyond its inputs."""

    def __init__(self, *, preview: bool) -> None:
        self.preview = preview

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        computed: dict[str, Any] = {}
        if args.typ == "slipway-s3:index:Reader" and not self.preview:
            computed = {"secretKey": "made-by-the-mock"}
        if args.typ.partition(":")[0] in ("aws", "gcp") and not self.preview:
            return _made(args.typ, args.name, args.inputs)
        return f"{args.name}-id", {**args.inputs, **computed}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        raise AssertionError(f"the program asks {args.token}: a plan must be complete without calls")


@cache
def _sdk(name: str) -> Any:
    from sandbox.providers.sdk.reader import Sdk

    return Sdk(f"pulumi_{name}")


def _made(token: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What a cloud would compute, as its stand-in does."""
    from sandbox.providers.cloud import invent
    from sandbox.providers.cloud.clouds import CLOUDS
    from sandbox.providers.cloud.made import Values

    cloud = CLOUDS[token.partition(":")[0]]
    place = cloud.place({"region": "us-east-1", "allowedAccountIds": ["111122223333"], "project": "example-ml"}, {})
    values = Values(f"urn::::{token}::{name}", place, inputs, again=False)
    return invent.made(cloud, place, token, _sdk(cloud.name).resource(token), inputs, values)


class _Monitor(mocks.MockMonitor):
    def __init__(self, recording: Recording, provider: _Mocks) -> None:
        super().__init__(provider)
        self.recording = recording

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  the protocol's name
        answer = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            known = {r.urn for r in self.recording.resources}
            if answer.urn in known:
                raise AssertionError(f"registered twice: {answer.urn}")
            self.recording.resources.append(
                Registered(
                    type=request.type,
                    name=request.name,
                    urn=answer.urn,
                    parent=request.parent,
                    custom=request.custom,
                    provider=request.provider,
                    inputs=MessageToDict(request.object),
                    dependencies=tuple(request.dependencies),
                    protect=request.protect,
                    retain=request.retainOnDelete,
                    create_timeout=request.customTimeouts.create,
                    secret_outputs=tuple(request.additionalSecretOutputs),
                    delete_timeout=request.customTimeouts.delete,
                    ignored=tuple(request.ignoreChanges),
                )
            )
        return answer


def record(program: Callable[[], dict[str, Any] | None], *, preview: bool, stack: str = "local") -> Recording:
    """Everything a program registers.

    Args:
        program: registers resources and gives the stack's outputs.
        preview: outputs of resources are unknown, as before the first `up`.
        stack: its name.
    """
    recording = Recording()
    provider = _Mocks(preview=preview)
    asyncio.set_event_loop(asyncio.new_event_loop())
    # The stack of an earlier recording belongs to that one's loop, and may never have been finished there.
    set_root_resource(None)  # type: ignore[arg-type]
    monitor = _Monitor(recording, provider)
    mocks.set_mocks(provider, project="slipway", stack=stack, preview=preview, monitor=monitor)
    try:

        async def run() -> None:
            try:
                recording.outputs = program() or {}
            finally:
                await wait_for_rpcs()

        # Where in a test each resource is registered nobody asks, and it takes a sixth of the time.
        with patch.object(resource, "_get_stack_trace", StackTrace):
            asyncio.get_event_loop().run_until_complete(run())
    finally:
        asyncio.get_event_loop().close()
        asyncio.set_event_loop(None)
    return recording


__all__ = ["Recording", "Registered", "record"]
