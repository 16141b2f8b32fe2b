"""One clone with its stack up, shared by the tests of this folder in the order they are written in."""

import pytest

from tests.launch.clone import Clone


@pytest.fixture(scope="session")
def clone(tmp_path_factory):
    made = Clone(tmp_path_factory.mktemp("launch") / "slipway")
    try:
        yield made
    finally:
        made.slipway("sandbox", "down")


@pytest.fixture(scope="session")
def launched(clone):
    """The clone after its first `up`, and what that said."""
    clone.first = clone.ok("up", seconds=1800)  # with an empty cache, it builds the images
    return clone
