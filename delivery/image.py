"""What a folder of somebody's own becomes as an image: its Containerfile, made from what is in it where it has none."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from string import Template

from catalog.errors import SlipwayError

_TEMPLATES = Path(__file__).parent / "containerfiles"
_METHODS = {
    "route": "ROUTER", "aggregate": "COMBINER", "transform_input": "TRANSFORMER", "transform_output": "TRANSFORMER",
    "predict": "MODEL",
}  # fmt: skip
"""What a SeldonComponent is by its methods: `--service-type` of the wrapper,
https://github.com/SeldonIO/seldon-core/blob/v1.17.1/python/seldon_core/microservice.py (read 2026-11)."""


class Kind(StrEnum):
    """What there is a Containerfile for."""

    SELDON_COMPONENT = "seldon-component"
    FLASK = "flask"
    FASTAPI = "fastapi"
    MLSERVER = "mlserver"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What is started: an application or a class, in a module of the folder.

    Attributes:
        service: what a SeldonComponent is to its wrapper.
    """

    kind: Kind
    module: str = ""
    name: str = ""
    service: str = "MODEL"


# What must be among the requirements: what starts the application, and the application's own package.
_NEEDED = {
    Kind.SELDON_COMPONENT: ("seldon-core",),
    Kind.FLASK: ("flask", "gunicorn"),
    Kind.FASTAPI: ("fastapi", "uvicorn"),
    Kind.MLSERVER: ("mlserver",),
}
CONTAINERFILE = "Containerfile"
_DOCKERFILE = "Dockerfile"


def write_containerfile(folder: Path, kind: Kind | None) -> Path:
    """Writes the Containerfile of a folder that has none; it is the folder's own from then on.

    Args:
        folder: with the program and its `requirements.txt`.
        kind: what it is; by default what is found in it.

    Raises:
        SlipwayError: there is nothing of that kind, or more than one, or something is missing; nothing is written.
    """
    if not folder.is_dir():
        raise SlipwayError(str(folder), "", "there is no such directory", "give the directory of the program")
    if (folder / _DOCKERFILE).exists():
        raise SlipwayError(
            str(folder / _DOCKERFILE), "", "it is not looked for under this name", f"name it {CONTAINERFILE}"
        )
    entry = _entry(folder, kind)
    requirements = _requirements(folder, entry.kind)
    text = Template((_TEMPLATES / f"{entry.kind}.Containerfile").read_text()).substitute(
        module=entry.module,
        name=entry.name,
        service=entry.service,
        hashes="--require-hashes " if "--hash=" in requirements else "",
    )
    path = folder / CONTAINERFILE
    path.write_text(text)
    return path


def _entry(folder: Path, kind: Kind | None) -> Entry:
    found = [entry for entry in entries(folder) if kind in (None, entry.kind)]
    kinds = ", ".join(Kind)
    if not found:
        what = f"nothing of kind {kind}" if kind else "neither a Containerfile nor something that there is one for"
        fix = f"write a Containerfile, or put one of these there: {kinds}"
        raise SlipwayError(str(folder), "", f"it holds {what}", fix)
    if len(found) > 1:
        names = ", ".join(f"{e.kind} {e.module}{':' if e.name else ''}{e.name}".strip() for e in found)
        fix = "keep one, write a Containerfile, or say which kind is meant: --kind"
        raise SlipwayError(str(folder), "", f"it holds more than one thing to start: {names}", fix)
    return found[0]


def entries(folder: Path) -> Iterator[Entry]:
    """Everything in a folder that can be started; its Python files are read, never run.

    Raises:
        SlipwayError: one of its files is no Python.
    """
    if (folder / "model-settings.json").is_file():
        yield Entry(kind=Kind.MLSERVER)
    for path in sorted(folder.glob("*.py")):
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError) as error:
            raise SlipwayError(str(path), "", f"it is no Python: {error}", "correct it") from error
        for statement in tree.body:
            yield from _application(path.stem, statement)
            if isinstance(statement, ast.ClassDef) and "SeldonComponent" in map(_last_name, statement.bases):
                methods = {item.name for item in statement.body if isinstance(item, ast.FunctionDef)}
                service = next((kind for name, kind in _METHODS.items() if name in methods), "MODEL")
                yield Entry(kind=Kind.SELDON_COMPONENT, module=path.stem, name=statement.name, service=service)


def _application(module: str, statement: ast.stmt) -> Iterator[Entry]:
    """`app = FastAPI(...)` at the level of the module."""
    kinds = {"Flask": Kind.FLASK, "FastAPI": Kind.FASTAPI}
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    if not isinstance(value, ast.Call) or _last_name(value.func) not in kinds:
        return
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]  # type: ignore[attr-defined]
    for target in targets:
        if isinstance(target, ast.Name):
            yield Entry(kind=kinds[_last_name(value.func)], module=module, name=target.id)


def _last_name(expression: ast.expr) -> str:
    """`FastAPI` of both `FastAPI` and `fastapi.FastAPI`."""
    match expression:
        case ast.Attribute():
            return expression.attr
        case ast.Name():
            return expression.id
    return ""


def _requirements(folder: Path, kind: Kind) -> str:
    path = folder / "requirements.txt"
    if not path.is_file():
        fix = "write them, with their hashes: uv pip compile --generate-hashes requirements.in -o requirements.txt"
        raise SlipwayError(str(path), "", "nothing says which packages it needs", fix)
    text = path.read_text()
    named = {re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"(?m)^([A-Za-z0-9][\w.-]*)", text)}
    if absent := [name for name in _NEEDED[kind] if name not in named]:
        why = f"a {kind} image starts with {', '.join(absent)}, which is not among them"
        raise SlipwayError(str(path), "", why, "add it, with its version")
    return text
