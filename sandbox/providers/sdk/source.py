"""The source of an SDK: where a token's class is, and the text of one class."""

import functools
import importlib.util
import json
import re
from pathlib import Path

_HEAD = re.compile(r"^(?:((?:class|def) \w+)[(:]|@pulumi\.|if )", re.MULTILINE)


class Source:
    """The files of one SDK.

    Args:
        folder: of the package.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @functools.cached_property
    def resources(self) -> dict[str, tuple[Path, str]]:
        """Folder and class of every resource token, as the package registers them."""
        text = _text(self.folder / "__init__.py")
        listed = json.loads(text.partition('resource_modules="""')[2].partition('"""')[0])
        return {
            token: (self.folder.joinpath(*module["fqn"].split(".")[1:]), name)
            for module in listed
            for token, name in module["classes"].items()
        }

    def file_of(self, folder: Path, name: str) -> Path | None:
        """The file of a module that defines a class or a function; most are called after it."""
        guesses = [folder / f"{snake(name)}.py", folder / f"{name}.py"]
        for path in dict.fromkeys([*guesses, *sorted(folder.glob("*.py"))]):
            if path.is_file() and not {f"class {name}", f"def {name}"}.isdisjoint(_definitions(path)):
                return path
        return None


def find(package: str) -> Source | None:
    """The source of an installed SDK, `pulumi_aws`; nothing when it is not installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Source(Path(spec.submodule_search_locations[0]))


def class_text(path: Path, name: str) -> str:
    """The definition of a class; empty when the file has none of this name."""
    return _text(path)[_definitions(path).get(f"class {name}", slice(0))]


def function_text(path: Path, name: str) -> str:
    """The definition of a function; empty when the file has none of this name."""
    return _text(path)[_definitions(path).get(f"def {name}", slice(0))]


@functools.lru_cache(maxsize=64)
def _definitions(path: Path) -> dict[str, slice]:
    """Where each definition of a file is; of several with one name (overloads), the last."""
    heads = list(_HEAD.finditer(_text(path)))
    ends = [head.start() for head in heads[1:]] + [len(_text(path))]
    return {head[1]: slice(head.start(), end) for head, end in zip(heads, ends, strict=True) if head[1]}


@functools.lru_cache(maxsize=8)
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def snake(name: str) -> str:
    """A name as Python writes it: `getIAMPolicy` is `get_iam_policy`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
