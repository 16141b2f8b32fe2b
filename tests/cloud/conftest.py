"""A stack of its own for each test under the engine, and one for those that make nothing that matters."""

from pathlib import Path

import pytest

from tests.cloud.stack import Stack
from tests.cloud.whole import Whole


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return Stack(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def whole(request: pytest.FixtureRequest, tmp_path: Path) -> Whole:
    """A shipped stack by its name, with changes of its values for every command."""
    name, changes = request.param
    made = Whole(tmp_path, name)
    made.environment |= {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}
    made.always = changes
    return made
