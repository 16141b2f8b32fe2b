"""A declaration as Python, as a person would write it: only what is not default, imports first, formatted."""

import subprocess
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from catalog.errors import SlipwayError

_PACKAGE = "components.serving.spec"


def python(declaration: BaseModel, about: str) -> str:
    """The text of a module with the declaration as its `MODEL`.

    Args:
        declaration: a `ModelDeployment`, or an engine's own kind.
        about: the module's docstring, one line.

    Raises:
        SlipwayError: the formatter is not installed.
    """
    text = f'"""{about}"""\n\n{"".join(_imports(declaration))}\nMODEL = {_value(declaration)}\n'
    return _formatted(text)


def _value(value: Any) -> str:
    match value:
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case BaseModel():
            given = ", ".join(f"{name}={_value(inner)}" for name, inner in _given(value))
            return f"{type(value).__name__}({given})"
        case dict():
            return "{" + ", ".join(f"{_value(key)}: {_value(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
        case tuple():
            return "(" + "".join(f"{_value(inner)}, " for inner in value) + ")"
        case _:
            return repr(value)


def _given(value: BaseModel) -> Iterator[tuple[str, Any]]:
    """The fields that are not their default; a union's kind follows from the class."""
    for name, field in type(value).model_fields.items():
        inner = getattr(value, name)
        if field.is_required() or inner != field.get_default(call_default_factory=True):
            yield name, inner


def _imports(declaration: BaseModel) -> Iterator[str]:
    from importlib import import_module

    common = set(import_module(_PACKAGE).__all__)
    modules: dict[str, set[str]] = {}
    for kind in _kinds(declaration):
        module = _PACKAGE if kind.__name__ in common else kind.__module__
        modules.setdefault(module, set()).add(kind.__name__)
    for module, names in sorted(modules.items()):
        yield f"from {module} import {', '.join(sorted(names))}\n"


def _kinds(value: Any) -> Iterator[type]:
    """The classes that a value names."""
    match value:
        case Enum():
            yield type(value)
        case BaseModel():
            yield type(value)
            for _, inner in _given(value):
                yield from _kinds(inner)
        case dict():
            for inner in (*value.keys(), *value.values()):
                yield from _kinds(inner)
        case list() | tuple():
            for inner in value:
                yield from _kinds(inner)


def _formatted(text: str) -> str:
    try:
        from ruff import find_ruff_bin  # type: ignore[import-untyped]  # it has no type information

        ruff: str = find_ruff_bin()
    except (ImportError, FileNotFoundError) as error:
        raise SlipwayError("ruff", "", "it formats declarations, and is not installed", "make setup") from error
    config = Path(__file__).parents[3] / "pyproject.toml"
    command = [
        ruff,
        "check",
        "--quiet",
        "--config",
        str(config),
        "--select",
        "I,Q",
        "--fix-only",
        "--stdin-filename",
        "m.py",
        "-",
    ]
    ordered = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    command = [ruff, "format", "--quiet", "--config", str(config), "-"]
    return subprocess.run(command, input=ordered, capture_output=True, text=True, check=True).stdout
