"""Plays the engine for one process of the provider: check, diff, create or update, read, delete."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from providers import slipway_s3, wire
from tests.kubernetes.driver import Failed
from tests.s3.gateway import ROOT, ROOT_SECRET, Gateway

FOLDER = Path(slipway_s3.__file__).parent
STACK = "slipway/test"
TAGS = {slipway_s3.MARKER: STACK}

__all__ = ["STACK", "TAGS", "Failed", "Provider", "Resource", "settings", "together", "urn_of"]


def settings(gateway: Gateway, **changes: str | None) -> dict[str, Any]:
    """The provider's configuration for a server; a change to None leaves a setting out."""
    values = {
        "endpoint": gateway.endpoint,
        "adminEndpoint": gateway.admin,
        "region": "us-east-1",
        "accessKey": ROOT,
        "secretKey": ROOT_SECRET,
    } | changes
    return {
        name: wire.Secret(value) if name.endswith("Key") else value
        for name, value in values.items()
        if value is not None
    }


def urn_of(kind: str, name: str) -> str:
    return f"urn:pulumi:test::slipway::slipway:storage:S3ArtifactStore$slipway-s3:index:{kind}::{name}"


class Provider:
    """The running plugin, started as the engine starts it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [str(FOLDER / "pulumi-resource-slipway-s3"), "127.0.0.1:1"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        port = self.process.stdout.readline().strip()
        assert port.isdigit(), f"the provider did not start: {port!r}, exit {self.process.wait()}"
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def stop(self) -> None:
        self.channel.close()
        self.process.kill()
        self.process.wait(5)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def call(self, method: str, request: Any, timeout: float = 30) -> Any:
        try:
            return getattr(self.stub, method)(request, timeout=timeout)
        except grpc.RpcError as error:
            raise Failed(error) from None

    def configure(self, values: dict[str, Any]) -> Any:
        request = provider_pb2.ConfigureRequest(args=wire.encode(values), acceptSecrets=True)
        return self.call("Configure", request)

    def bucket(self, name: str, **inputs: Any) -> "Resource":
        return Resource(self, "Bucket", {"bucket": name, "tags": TAGS, **inputs})

    def reader(self, bucket: str, prefix: str, key: str, **inputs: Any) -> "Resource":
        return Resource(self, "Reader", {"bucket": bucket, "prefix": prefix, "accessKey": key, **inputs})


class Resource:
    """One resource through its life; keeps what the engine's state would hold: inputs, outputs, id."""

    def __init__(self, provider: Provider, kind: str, inputs: dict[str, Any], name: str = "one") -> None:
        self.provider, self.urn = provider, urn_of(kind, name)
        self.inputs: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}
        self.id = ""
        self.check(inputs)

    def check(self, inputs: dict[str, Any]) -> dict[str, str]:
        """Failures by property; the inputs with defaults are the news of the next step."""
        request = provider_pb2.CheckRequest(urn=self.urn, olds=wire.encode(self.inputs), news=wire.encode(inputs))
        answer = self.provider.call("Check", request)
        self.news, self.failures = wire.decode(answer.inputs), {row.property: row.reason for row in answer.failures}
        return self.failures

    def preview(self) -> dict[str, Any]:
        """What a preview foresees of a creation."""
        request = provider_pb2.CreateRequest(urn=self.urn, properties=wire.encode(self.news), preview=True)
        return wire.decode(self.provider.call("Create", request).properties)

    def create(self) -> "Resource":
        answer = self.provider.call(
            "Create", provider_pb2.CreateRequest(urn=self.urn, properties=wire.encode(self.news)), 60
        )
        self.id, self.outputs, self.inputs = answer.id, wire.decode(answer.properties), self.news
        return self

    def diff(self, **changes: Any) -> Any:
        """The answer to changed inputs; to those of the state where nothing is changed."""
        if changes:
            self.check(self.news | changes)
        request = provider_pb2.DiffRequest(
            id=self.id,
            urn=self.urn,
            olds=wire.encode(self.outputs),
            old_inputs=wire.encode(self.inputs),
            news=wire.encode(self.news),
        )
        return self.provider.call("Diff", request)

    def changed(self, **changes: Any) -> list[str]:
        """The properties that differ."""
        answer = self.diff(**changes)
        assert (answer.changes == provider_pb2.DiffResponse.DIFF_SOME) == bool(answer.diffs)
        return list(answer.diffs)

    def update(self, *, preview: bool = False) -> dict[str, Any]:
        """Brings it to the inputs of the last check."""
        request = provider_pb2.UpdateRequest(
            id=self.id,
            urn=self.urn,
            olds=wire.encode(self.outputs),
            old_inputs=wire.encode(self.inputs),
            news=wire.encode(self.news),
            preview=preview,
        )
        outputs = wire.decode(self.provider.call("Update", request).properties)
        if not preview:
            self.inputs, self.outputs = self.news, outputs
        return outputs

    def refresh(self) -> bool:
        """Reads what there is into the state; False when it is gone."""
        request = provider_pb2.ReadRequest(
            id=self.id, urn=self.urn, properties=wire.encode(self.outputs), inputs=wire.encode(self.inputs)
        )
        answer = self.provider.call("Read", request)
        if not answer.id:
            return False
        self.id, self.outputs, self.inputs = answer.id, wire.decode(answer.properties), wire.decode(answer.inputs)
        return True

    def load(self, id_: str) -> bool:
        """Reads by id alone, as an import does."""
        self.id, self.inputs, self.outputs = id_, {}, {}
        return self.refresh()

    def delete(self) -> None:
        request = provider_pb2.DeleteRequest(
            id=self.id, urn=self.urn, properties=wire.encode(self.outputs), old_inputs=wire.encode(self.inputs)
        )
        self.provider.call("Delete", request, 60)


def together(work: Any, items: Any, threads: int = 32) -> list[Any]:
    """The work on all items at once, as the engine does it."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))
