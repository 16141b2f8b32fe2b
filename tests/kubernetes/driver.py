"""Plays the engine for one provider process: what it is told, and what it says."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc, status_pb2

from providers import wire

CLONE = Path(__file__).resolve().parents[2]
STACK = "slipway/test"


class Failed(Exception):
    """An answer that is an error; `partial` holds the detail of an object that is not ready."""

    def __init__(self, error: grpc.RpcError) -> None:
        super().__init__(error.details())
        self.message = str(error.details())
        self.partial = None
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                detail = status_pb2.Status.FromString(value).details[0]
                self.partial = provider_pb2.ErrorResourceInitFailed()
                detail.Unpack(self.partial)


class Log(engine_pb2_grpc.EngineServicer):
    """The engine's log: (severity, urn, message); lines that are replaced are kept apart."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str]] = []
        self.fleeting: list[str] = []

    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802 - the name in the protocol
        if request.ephemeral:
            self.fleeting.append(request.message)
        else:
            self.lines.append((engine_pb2.LogSeverity.Name(request.severity), request.urn, request.message))
        return empty_pb2.Empty()


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of an engine that Slipway made."""
    home = folder / "pulumi" / "home"
    home.mkdir(parents=True, exist_ok=True)
    (home / "made-by-slipway").touch()
    return dict(os.environ) | {
        "PULUMI_HOME": str(home),
        "SLIPWAY_STANDIN_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{folder}/pulumi/backend",
        **more,
    }


class Provider:
    """A running provider and the engine's side of the talk; resources are kept as (inputs, outputs, id)."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.log = Log()
        self.engine = grpc.server(ThreadPoolExecutor(8))
        engine_pb2_grpc.add_EngineServicer_to_server(self.log, self.engine)
        port = self.engine.add_insecure_port("127.0.0.1:0")
        self.engine.start()
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.providers.kubernetes", f"127.0.0.1:{port}"],
            cwd=CLONE,
            env=environment(folder, **variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        self.started_s = time.monotonic() - begun
        if not line.isdigit():
            raise AssertionError(f"the provider did not start: {line!r}, exit {self.process.wait()}")
        self.channel = grpc.insecure_channel(f"127.0.0.1:{line}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def stop(self) -> None:
        self.channel.close()
        self.process.terminate()
        self.process.wait(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.engine.stop(0)

    def call(self, method: str, request: Any, timeout: float = 60) -> Any:
        try:
            return getattr(self.stub, method)(request, timeout=timeout)
        except grpc.RpcError as error:
            raise Failed(error) from None

    def configure(self, **settings: Any) -> Any:
        return self.call("Configure", provider_pb2.ConfigureRequest(args=wire.encode(settings), acceptSecrets=True))

    def resource(self, inputs: dict[str, Any], name: str = "") -> "Resource":
        return Resource(self, inputs, name)


class Resource:
    """One resource through its life, as the engine leads it: check, diff, create or update, read, delete."""

    def __init__(self, provider: Provider, inputs: dict[str, Any], name: str = "") -> None:
        self.provider = provider
        kind = wire.plain(inputs["kind"])
        self.name = name or str((wire.plain(inputs.get("metadata")) or {}).get("name") or kind.lower())
        self.urn = f"urn:pulumi:test::slipway::kubernetes:{wire.plain(inputs['apiVersion'])}:{kind}::{self.name}"
        self.inputs: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}
        self.id = ""
        self.news = self.check(inputs)

    def check(self, inputs: dict[str, Any]) -> dict[str, Any]:
        answer = self.provider.call(
            "Check",
            provider_pb2.CheckRequest(
                urn=self.urn,
                olds=wire.encode(self.inputs),
                news=wire.encode(inputs),
                randomSeed=b"seed",
                name=self.name,
            ),
        )
        self.failures = {failure.property: failure.reason for failure in answer.failures}
        return wire.decode(answer.inputs)

    def preview(self) -> dict[str, Any]:
        """What a preview foresees of a creation."""
        request = provider_pb2.CreateRequest(urn=self.urn, properties=wire.encode(self.news), preview=True)
        return wire.decode(self.provider.call("Create", request).properties)

    def create(self, timeout: float = 0) -> "Resource":
        request = provider_pb2.CreateRequest(urn=self.urn, properties=wire.encode(self.news), timeout=timeout)
        answer = self.provider.call("Create", request)
        self.id, self.outputs, self.inputs = answer.id, wire.decode(answer.properties), self.news
        return self

    def diff(self, inputs: dict[str, Any]) -> Any:
        self.news = self.check(inputs)
        return self.provider.call(
            "Diff",
            provider_pb2.DiffRequest(
                id=self.id,
                urn=self.urn,
                olds=wire.encode(self.outputs),
                old_inputs=wire.encode(self.inputs),
                news=wire.encode(self.news),
            ),
        )

    def update(self, *, preview: bool = False, timeout: float = 0) -> dict[str, Any]:
        """Brings the object to the inputs of the last `diff`."""
        answer = self.provider.call(
            "Update",
            provider_pb2.UpdateRequest(
                id=self.id,
                urn=self.urn,
                olds=wire.encode(self.outputs),
                old_inputs=wire.encode(self.inputs),
                news=wire.encode(self.news),
                preview=preview,
                timeout=timeout,
            ),
        )
        outputs = wire.decode(answer.properties)
        if not preview:
            self.inputs, self.outputs = self.news, outputs
        return outputs

    def read(self) -> dict[str, Any] | None:
        """The inputs as a refresh finds them; nothing when the object is gone."""
        answer = self.provider.call(
            "Read",
            provider_pb2.ReadRequest(
                id=self.id, urn=self.urn, properties=wire.encode(self.outputs), inputs=wire.encode(self.inputs)
            ),
        )
        if not answer.id:
            return None
        self.id, self.outputs = answer.id, wire.decode(answer.properties)
        return wire.decode(answer.inputs)

    def delete(self, timeout: float = 0) -> None:
        request = provider_pb2.DeleteRequest(
            id=self.id,
            urn=self.urn,
            properties=wire.encode(self.outputs),
            old_inputs=wire.encode(self.inputs),
            timeout=timeout,
        )
        self.provider.call("Delete", request)


def failure(resource: Resource, timeout: float = 3.0) -> list[str]:
    """The reasons of a creation that fails partially."""
    try:
        resource.create(timeout=timeout)
    except Failed as error:
        if error.partial is None:
            raise
        partial = error.partial
    else:
        raise AssertionError("it became ready")
    resource.id, resource.inputs, resource.outputs = (
        partial.id,
        wire.decode(partial.inputs),
        wire.decode(partial.properties),
    )
    return list(partial.reasons)


def together(work: Any, items: list[Any], threads: int = 32) -> list[Any]:
    """The work on all items at once, as the engine does it."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


def later(seconds: float, work: Any) -> threading.Timer:
    """Does something in a moment, and again while there is nothing to do it to (it answers with `None`)."""

    def persist() -> None:
        until = time.monotonic() + 20
        while work() is None and time.monotonic() < until:
            time.sleep(0.05)

    timer = threading.Timer(seconds, persist)
    timer.start()
    return timer
