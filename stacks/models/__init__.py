"""Declarations, one a file (`MODEL`) or several (`MODELS`): all by name, and what is wrong with their files."""

import importlib
import importlib.util
import pkgutil
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from catalog.errors import SeveralErrors, SlipwayError
from catalog.plain import errors_of
from components.serving import spec as words
from components.serving.spec import ModelDeployment
from components.serving.spec.own_kinds import OwnKind


class Declared(NamedTuple):
    """What files declare.

    Attributes:
        models: by name.
        objects: an engine's own kinds, by name.
        errors: what is wrong with the files.
    """

    models: dict[str, ModelDeployment]
    objects: dict[str, OwnKind]
    errors: list[SlipwayError]


def load(package: str, paths: Iterable[str]) -> Declared:
    """Every declaration of a package by name, and what is wrong with its files, all of them together.

    Args:
        package: its dotted name.
        paths: its directories, as `__path__` has them.
    """
    declared = Declared({}, {}, [])
    for info in sorted(pkgutil.iter_modules(paths), key=lambda found: found.name):
        file = f"{package.replace('.', '/')}/{info.name}.py"
        found, wrong = _loaded(file, partial(importlib.import_module, f"{package}.{info.name}"))
        declared.errors.extend(wrong)
        for each in found:
            if each.name in declared.models or each.name in declared.objects:
                why = "two declarations have this name"
                declared.errors.append(SlipwayError(file, each.name, why, "rename one of them"))
            elif isinstance(each, ModelDeployment):
                declared.models[each.name] = each
            else:
                declared.objects[each.name] = each
    return declared


def load_file(path: Path) -> list[ModelDeployment | OwnKind]:
    """The declarations of one file, wherever it is.

    Raises:
        SeveralErrors: what is wrong with it.
    """
    file = path.as_posix()
    if not path.is_file():
        raise SlipwayError(file, "", "no such file", "give a Python file with MODEL")
    spec = importlib.util.spec_from_file_location(f"declaration_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise SlipwayError(file, "", "no Python file", "give a Python file with MODEL")
    module, loader = importlib.util.module_from_spec(spec), spec.loader

    def run() -> ModuleType:
        loader.exec_module(module)
        return module

    found, errors = _loaded(file, run)
    if not (found or errors):
        errors = [
            SlipwayError(
                file, "", "it declares nothing", "set MODEL to a ModelDeployment, or to a kind of an engine's own"
            )
        ]
    if errors:
        raise SeveralErrors(errors)
    return found


def not_read(errors: Iterable[SlipwayError]) -> set[str]:
    """The models that files with these errors would declare, were they right: by the files' names."""
    return {Path(error.path.partition(":")[0]).stem.replace("_", "-") for error in errors}


def _loaded(file: str, run: Callable[[], ModuleType]) -> tuple[list[ModelDeployment | OwnKind], list[SlipwayError]]:
    """The declarations of a file, and what is wrong with it."""
    try:
        module = run()
    except ValidationError as error:
        return [], errors_of(error, f"{_line(error, file)}: {error.title}", _model(error.title))
    except (Exception, SystemExit) as error:  # noqa: BLE001  whatever a person's file raises is said with its line
        return [], [SlipwayError(_line(error, file), type(error).__name__, str(error), "correct the file")]
    found: list[ModelDeployment | OwnKind] = []
    errors = []
    for each in _declared(module):
        if isinstance(each, ModelDeployment | OwnKind):
            found.append(each)
        else:
            errors.append(SlipwayError(file, type(each).__name__, "MODEL is no ModelDeployment", "declare one"))
    return found, errors


def _declared(module: object) -> Iterator[object]:
    if hasattr(module, "MODEL"):
        yield module.MODEL
    several = getattr(module, "MODELS", ())
    yield from several if isinstance(several, Iterable) and not isinstance(several, BaseModel | str) else (several,)


def _line(error: BaseException, file: str) -> str:
    """The file with the line of it in which the error came up, where that is known."""
    if isinstance(error, SyntaxError) and error.filename and error.filename.endswith(file):
        return f"{file}:{error.lineno}"
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).as_posix().endswith(file)]
    return f"{file}:{lines[-1]}" if lines else file


def _model(title: str) -> type[BaseModel] | None:
    """The class of the declaration that refused, for the names of its fields."""
    return getattr(words, title, None)


CATALOG, OBJECTS, ERRORS = load(__name__, __path__)
