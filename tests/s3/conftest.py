"""The S3 server the tests of this folder run against, and the provider's processes."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from providers.slipway_s3.store import connect
from providers.slipway_s3.users import Users
from tests.s3.driver import Provider, settings
from tests.s3.gateway import Gateway, bucket, gateway

__all__ = ["bucket", "client", "filled", "gateway", "made", "name", "provider", "spare", "users"]

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def provider(gateway: Gateway) -> Iterator[Provider]:
    """A configured provider with the admin API."""
    running = Provider()
    try:
        running.configure(settings(gateway))
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def spare(gateway: Gateway) -> Iterator[Provider]:
    """A second process: every test that takes it configures it."""
    running = Provider()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def client(gateway: Gateway):
    """The administrator's own client."""
    return connect(gateway.store())


@pytest.fixture
def name() -> Callable[[str], str]:
    """Names of the test's own: for a bucket, a key."""
    number = next(_NUMBERS)
    return lambda what: f"{what}-{number}"


@pytest.fixture
def filled(client, bucket):
    """A bucket with an object at three prefixes, one the beginning of another."""
    for prefix in ("models/iris", "models/iris-2", "models/other"):
        client.put_object(Bucket=bucket, Key=f"{prefix}/file", Body=b"x")
    return bucket


@pytest.fixture
def users(gateway):
    """The server's users, as its administrator sees them."""
    return Users(gateway.store(), gateway.admin)


@pytest.fixture
def made(provider, filled, name):
    """A reader of `models/iris`, made by the provider."""
    return provider.reader(filled, "models/iris", name("reader")).create()
