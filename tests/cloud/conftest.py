"""A stack of its own for each test under the engine, and one for those that make nothing that matters."""

from pathlib import Path

import pytest

from tests.cloud.stack import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return Stack(tmp_path_factory.mktemp("shared"))
