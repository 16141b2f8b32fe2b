"""The typed resources a program uses: what they send, and that what comes back arrives."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.stack import wait_for_rpcs

from providers import slipway_s3
from providers.slipway_s3.bucket import Bucket as BucketKind
from providers.slipway_s3.provider import CONFIG
from providers.slipway_s3.reader import Reader as ReaderKind
from providers.slipway_s3.resources import Bucket, Provider, Reader


class Server(mocks.Mocks):
    """Keeps what is registered; answers as the provider does."""

    def __init__(self) -> None:
        self.inputs: dict[str, dict[str, Any]] = {}
        self.preview = False

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.inputs[args.typ] = args.inputs
        made = {"arn": "arn:aws:s3:::store", "endpoint": "http://s3"} if args.typ == slipway_s3.BUCKET else {}
        if args.typ == slipway_s3.READER and not self.preview:
            made = {"secretKey": args.inputs.get("secretKey", "made")}
        return "id", {**args.inputs, **made}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        raise AssertionError("nothing is called")


class Monitor(mocks.MockMonitor):
    """Keeps the requests themselves too."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.requests: dict[str, Any] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name in the protocol
        self.requests[request.type] = request
        return super().RegisterResource(request)


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    asyncio.set_event_loop(asyncio.new_event_loop())
    kept = Monitor(Server())
    yield kept
    asyncio.get_event_loop().close()
    asyncio.set_event_loop(None)


def run(
    monitor: Monitor, program: Callable[[], dict[str, pulumi.Output[Any]]], *, preview: bool = False
) -> dict[str, Any]:
    """The values of the program's outputs; those not known are left out."""
    mocks.set_mocks(monitor.mocks, preview=preview, monitor=monitor)
    values: dict[str, Any] = {}

    async def resolve() -> None:
        for name, output in program().items():
            value = await output.future()
            if await output.is_known():
                values[name] = value
        await wait_for_rpcs()

    asyncio.get_event_loop().run_until_complete(resolve())
    return values


def declare(**more: Any) -> dict[str, pulumi.Output[Any]]:
    provider = Provider(
        "s3", endpoint="http://s3", admin_endpoint="http://admin", region="r", access_key="root", secret_key="hidden"
    )
    opts = pulumi.ResourceOptions(provider=provider)
    bucket = Bucket("store", bucket="store", tags={"key": "value"}, force_destroy=True, opts=opts)
    reader = Reader("iris", bucket=bucket.bucket, prefix="models/iris", access_key="reader", opts=opts, **more)
    return {"bucket": bucket.bucket, "access_key": reader.access_key, "secret_key": reader.secret_key}


def test_the_names_on_the_wire_are_the_providers(monitor):
    run(monitor, lambda: declare(secret_key="given", principal="user"))
    sent = monitor.mocks.inputs
    assert set(sent[slipway_s3.PROVIDER]) == set(CONFIG)
    assert sent[slipway_s3.BUCKET] == {
        "bucket": "store", "versioning": True, "tags": {"key": "value"}, "forceDestroy": True
    }  # fmt: skip
    assert set(sent[slipway_s3.BUCKET]) == set(BucketKind.INPUTS)
    assert sent[slipway_s3.READER] == {
        "bucket": "store", "prefix": "models/iris", "accessKey": "reader", "secretKey": "given", "principal": "user"
    }  # fmt: skip
    assert set(sent[slipway_s3.READER]) == set(ReaderKind.INPUTS)


def test_what_the_provider_answers_arrives(monitor):
    assert run(monitor, declare) == {"bucket": "store", "access_key": "reader", "secret_key": "made"}
    assert "secretKey" not in monitor.mocks.inputs[slipway_s3.READER]


def test_in_a_preview_the_key_is_not_known_and_the_rest_is(monitor):
    monitor.mocks.preview = True
    assert run(monitor, declare, preview=True) == {"bucket": "store", "access_key": "reader"}


def test_the_key_is_a_secret_whatever_the_provider_says(monitor):
    run(monitor, declare)
    assert list(monitor.requests[slipway_s3.READER].additionalSecretOutputs) == ["secretKey"]


def test_the_engine_takes_this_version_of_the_plugin(monitor):
    run(monitor, declare)
    kinds = (slipway_s3.PROVIDER, slipway_s3.BUCKET, slipway_s3.READER)
    assert {monitor.requests[kind].version for kind in kinds} == {slipway_s3.VERSION}


def test_options_of_the_program_are_kept(monitor):
    opts = pulumi.ResourceOptions(protect=True, retain_on_delete=True)
    run(monitor, lambda: {"bucket": Bucket("store", bucket="store", opts=opts).bucket})
    request = monitor.requests[slipway_s3.BUCKET]
    assert (request.protect, request.retainOnDelete) == (True, True)
