"""Runs an example's script or module where it lies: the examples are no package."""

import importlib.util
import sys
from types import ModuleType

import pytest

from tests.examples.declarations import EXAMPLES


def script(path: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of a file below `examples/`, for as long as the test runs."""
    name = path.replace("/", "_").removesuffix(".py")
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module
