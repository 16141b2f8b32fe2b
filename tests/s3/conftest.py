"""The S3 server the tests of this folder run against, and the provider's processes."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from providers.slipway_s3.store import connect
from tests.s3.driver import Provider, settings
from tests.s3.gateway import Gateway, bucket, gateway

__all__ = ["bucket", "client", "gateway", "name", "provider", "spare"]

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
