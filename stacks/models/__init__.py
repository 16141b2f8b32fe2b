"""Declarations, one a file (`MODEL`) or several (`MODELS`): all by name, and what is wrong with their files."""

import importlib
import pkgutil
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import BaseModel, ValidationError

from catalog.errors import SlipwayError
from catalog.plain import errors_of
from components.serving import spec
from components.serving.spec import ModelDeployment


def load(package: str, paths: Iterable[str]) -> tuple[dict[str, ModelDeployment], list[SlipwayError]]:
    """Every declaration of a package by name, and what is wrong with its files, all of them together.

    Args:
        package: its dotted name.
        paths: its directories, as `__path__` has them.
    """
    catalog: dict[str, ModelDeployment] = {}
    errors: list[SlipwayError] = []
    for info in sorted(pkgutil.iter_modules(paths), key=lambda found: found.name):
        file = f"{package.replace('.', '/')}/{info.name}.py"
        try:
            module = importlib.import_module(f"{package}.{info.name}")
        except ValidationError as error:
            errors += errors_of(error, f"{_line(error, file)}: {error.title}", _model(error.title))
            continue
        except Exception as error:  # noqa: BLE001  whatever a person's file raises is said with its line, no traceback
            errors.append(SlipwayError(_line(error, file), type(error).__name__, str(error), "correct the file"))
            continue
        for model in _declared(module):
            if not isinstance(model, ModelDeployment):
                errors.append(SlipwayError(file, type(model).__name__, "MODEL is no ModelDeployment", "declare one"))
            elif model.name in catalog:
                errors.append(SlipwayError(file, model.name, "two declarations have this name", "rename one of them"))
            else:
                catalog[model.name] = model
    return catalog, errors


def _declared(module: object) -> Iterator[object]:
    if hasattr(module, "MODEL"):
        yield module.MODEL
    yield from getattr(module, "MODELS", ())


def _line(error: Exception, file: str) -> str:
    """The file with the line of it in which the error came up, where that is known."""
    if isinstance(error, SyntaxError) and error.filename and error.filename.endswith(file):
        return f"{file}:{error.lineno}"
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).as_posix().endswith(file)]
    return f"{file}:{lines[-1]}" if lines else file


def _model(title: str) -> type[BaseModel] | None:
    """The class of the declaration that refused, for the names of its fields."""
    return getattr(spec, title, None)


CATALOG, ERRORS = load(__name__, __path__)
