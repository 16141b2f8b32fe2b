"""Reads types out of an SDK's generated classes and functions."""

import ast
import functools
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from sandbox.providers.sdk import source
from sandbox.providers.sdk.source import Source
from sandbox.providers.sdk.types import (
    Anything,
    AssetOf,
    Field,
    Fields,
    ListOf,
    MapOf,
    ObjectOf,
    OneOf,
    Resource,
    Scalar,
    Type,
)

_SCALARS: dict[str, Literal["string", "integer", "number", "boolean"]] = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
}
_WRAPPERS = ("Input", "Output", "Optional", "Awaitable", "InputType")
_ASSETS = ("Asset", "Archive")
_NO_INPUTS = ("opts", "__self__", "self")


class Sdk:
    """The types of one SDK; safe to ask from several threads.

    Args:
        package: the installed package, `pulumi_aws`.

    Raises:
        LookupError: when it is not installed.
    """

    def __init__(self, package: str) -> None:
        found = source.find(package)
        if found is None:
            raise LookupError(f"{package} is not installed for this Python")
        self._source: Source = found
        self._lock = threading.RLock()
        self._fields: dict[tuple[Path, str], Fields] = {}

    @property
    def tokens(self) -> Iterable[str]:
        """The tokens of all resources it has."""
        return self._source.resources

    @functools.cache  # noqa: B019  an Sdk lives as long as its process
    def resource(self, token: str) -> Resource | None:
        """The resource of a token; nothing when the SDK has none."""
        found = self._source.resources.get(token)
        if found is None:
            return None
        folder, name = found
        path = self._source.file_of(folder, name)
        if path is None:
            return None
        arguments = next(
            (f"{name}{end}" for end in ("InitArgs", "Args") if source.class_text(path, f"{name}{end}")), ""
        )
        return Resource(name, self.fields(path, arguments), self.fields(path, name))

    @functools.cache  # noqa: B019  as above
    def function(self, token: str) -> Fields | None:
        """The arguments of a function, `aws:index/getRegion:getRegion`; nothing when the SDK has none."""
        _, module, name = token.split(":")
        first = module.split("/")[0]
        folder = self._source.folder if first == "index" else self._source.folder / first
        path = self._source.file_of(folder, _function_name(name))
        return _arguments(self, path, source.function_text(path, _function_name(name))) if path else None

    @functools.cached_property
    def provider(self) -> Fields:
        """The settings of the provider itself."""
        return self.fields(self._source.folder / "provider.py", "ProviderArgs")

    def fields(self, path: Path, name: str) -> Fields:
        """The properties of a class; empty when the file has none of this name."""
        with self._lock:
            if (path, name) not in self._fields:
                text = source.class_text(path, name)
                self._fields[path, name] = _properties(self, path, ast.parse(text).body[0]) if text else {}
            return self._fields[path, name]

    def type_of(self, annotation: ast.expr | None, path: Path) -> Type:
        """The type an annotation means.

        Args:
            annotation: as it stands in the source.
            path: the file it stands in.
        """
        match annotation:
            case ast.Constant(value=str(text)):
                return self.type_of(ast.parse(text, mode="eval").body, path)
            case ast.Subscript(value=outer, slice=inner):
                return self._generic(_last(outer), inner, path)
            case ast.Name() | ast.Attribute():
                return self._named(ast.unparse(annotation), path)
        return Anything()

    def _generic(self, outer: str, inner: ast.expr, path: Path) -> Type:
        parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        if outer in _WRAPPERS:
            return self.type_of(parts[0], path)
        if outer in ("Sequence", "List"):
            return ListOf(self.type_of(parts[0], path))
        if outer in ("Mapping", "Dict"):
            return MapOf(self.type_of(parts[-1], path))
        if outer == "Literal":
            return Scalar("string")
        if outer == "Union":
            # A TypedDict says the same as the class beside it, in Python's names.
            return _one_of([self.type_of(part, path) for part in parts if "ArgsDict" not in ast.unparse(part)])
        return Anything()

    def _named(self, dotted: str, path: Path) -> Type:
        *modules, name = dotted.split(".")
        if name in _SCALARS:
            return Scalar(_SCALARS[name])
        if name in _ASSETS:
            return AssetOf()
        if name in ("Any", "Resource") or "pulumi" in modules:
            return Anything()
        is_output = "outputs" in modules
        folder = path.parent
        outside = [module.removeprefix("_") for module in modules if module != "outputs"]
        if outside:
            folder = self._source.folder.joinpath(*outside)
        file = folder / ("outputs.py" if is_output or not name.endswith("Args") else "_inputs.py")
        if not source.class_text(file, name):
            return _enum(folder / "_enums.py", name)
        return ObjectOf(name.removesuffix("Args"), lambda: self.fields(file, name))


def _properties(sdk: Sdk, path: Path, definition: ast.stmt) -> Fields:
    assert isinstance(definition, ast.ClassDef), "the text of a class is a class"  # noqa: S101  a promise of the caller
    required = _required(definition)
    found = {}
    for node in definition.body:
        if not isinstance(node, ast.FunctionDef) or not (wire := _wire_name(node)):
            continue
        is_output = "Output[" in ast.unparse(node.returns) if node.returns else False
        always = not _is_optional(node.returns) if is_output else node.name in required
        found[wire] = Field(node.name, sdk.type_of(node.returns, path), always)
    return found


def _arguments(sdk: Sdk, path: Path, text: str) -> Fields:
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef), "the text of a function is a function"  # noqa: S101  as above
    annotations = {argument.arg: argument.annotation for argument in _parameters(function)}
    required = set(annotations) - {argument.arg for argument in _optional(function)}
    found = {}
    for node in ast.walk(function):
        match node:
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id="__args__"), slice=ast.Constant(value=str(wire)))],
                value=ast.Name(id=name),
            ):
                found[wire] = Field(name, sdk.type_of(annotations.get(name), path), name in required)
    return found


def _required(definition: ast.ClassDef) -> set[str]:
    """The parameters of the constructor that have no default."""
    for node in definition.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            optional = {argument.arg for argument in _optional(node)}
            return {argument.arg for argument in _parameters(node)} - optional
    return set()


def _parameters(function: ast.FunctionDef) -> list[ast.arg]:
    given = function.args
    return [each for each in (*given.posonlyargs, *given.args, *given.kwonlyargs) if each.arg not in _NO_INPUTS]


def _optional(function: ast.FunctionDef) -> Iterator[ast.arg]:
    given = function.args
    positional = (*given.posonlyargs, *given.args)
    yield from positional[len(positional) - len(given.defaults) :]
    yield from (each for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is not None)


def _wire_name(function: ast.FunctionDef) -> str:
    """The name a getter's property has on the wire; empty for a method that is none."""
    for decorator in function.decorator_list:
        match decorator:
            case ast.Attribute(attr="getter"):
                return function.name
            case ast.Call(func=ast.Attribute(attr="getter"), keywords=keywords):
                names = [each.value.value for each in keywords if isinstance(each.value, ast.Constant)]
                return str(names[0]) if names else function.name
    return ""


def _is_optional(annotation: ast.expr | None) -> bool:
    match annotation:
        case ast.Subscript(value=outer) if _last(outer) == "Optional":
            return True
        case ast.Subscript(value=outer, slice=inner) if _last(outer) == "Output":
            return _is_optional(inner)
    return False


def _last(expression: ast.expr) -> str:
    return ast.unparse(expression).rpartition(".")[2]


def _one_of(options: list[Type]) -> Type:
    kept = tuple(dict.fromkeys(options))
    return kept[0] if len(kept) == 1 else OneOf(kept)


def _enum(path: Path, name: str) -> Type:
    """The type an enumeration's values have; the values themselves are the provider's business."""
    head = source.class_text(path, name).partition(":")[0] if path.is_file() else ""
    kinds = [_SCALARS[word] for word in _SCALARS if f"builtins.{word}," in head]
    return Scalar(kinds[0]) if kinds else Anything()


def _function_name(name: str) -> str:
    return source.snake(name)
