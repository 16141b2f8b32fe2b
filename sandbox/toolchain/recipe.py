"""What a toolchain consists of: the types of the table in `shipped.py` and what follows from them alone."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from catalog.errors import SlipwayError
from sandbox.toolchain.machine import Machine

_REQUIREMENT = re.compile(r"(?:require\s+)?(\S+\.\S+)\s+(v\d\S*)")
_GO_LINE = re.compile(r"^go\s+(\d+)\.(\d+)", re.MULTILINE)
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A publisher's own build of a tool.

    Args:
        archive: address of the file; `{version}` has no leading v; `{os}` and `{Os}`, `{arch}`, `{cpu}` and `{x64}` are
            the machine in the ways publishers write it. A name ending in .tar.gz or .tgz is unpacked.
        checksums: address of the checksum file: SHA-256 or SHA-512, alone or as lines `<digest>  <file name>`.
        systems: for which systems it is published.
        whole: the tool is the whole archive (files that must lie beside each other), not one file out of it.
    """

    archive: str
    checksums: str
    systems: tuple[str, ...] = ("linux", "darwin")
    whole: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class GoTool:
    """A program and all the ways to have it.

    Args:
        name: what it is called in this project; also the name of the file.
        package: Go import path of its main package; starts with `./` for a main of our own.
        folder: which of our Go modules builds it, a folder beside the recipe.
        module: the Go module whose version the tool bears; empty for our own programs.
        ldflags: for the linker; `{version}`, `{major}` and `{minor}` are replaced.
        tags: Go build tags, by comma.
        seconds: its share of a cold build on two cores, for the estimate of the time left.
        systems: on which systems it is of use.
        question: arguments that make it say its version; empty: never taken from PATH.
        same_minor: a PATH tool of the same minor version fits, too.
        release: the official download, if there is one with checksums.
    """

    name: str
    package: str
    folder: str = "tools"
    module: str = ""
    ldflags: str = ""
    tags: str = ""
    seconds: float = 1
    systems: tuple[str, ...] = ("linux", "darwin")
    question: tuple[str, ...] = ()
    same_minor: bool = False
    release: Release | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleData:
    """YAML files that a Go module carries and we read.

    Args:
        name: a file (`x.yaml`: all documents in one) or a folder (`x`: one file each) in the cache.
        module: the Go module, required by `folder`'s go.mod.
        sources: folders inside the module; their YAML files are taken, sorted, without kustomizations.
        folder: which of our Go modules pins it.
    """

    name: str
    module: str
    sources: tuple[str, ...]
    folder: str = "tools"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A table of tools and data with the Go modules that pin them.

    Args:
        root: the directory of the Go modules' folders.
        tools: in the order of the build: the first is built alone since it compiles what the others share.
        data: files taken out of modules.
        disk: free bytes that a build from nothing needs.
    """

    root: Path
    tools: tuple[GoTool, ...]
    data: tuple[ModuleData, ...] = ()
    disk: int = 0

    def for_machine(self, machine: Machine) -> tuple[GoTool, ...]:
        """The tools that are of use on a machine."""
        return tuple(tool for tool in self.tools if machine.system in tool.systems)

    def version(self, item: GoTool | ModuleData) -> str:
        """The version that go.mod pins, with its leading v; empty for our own programs."""
        if not item.module:
            return ""
        go_mod = self.root / item.folder / "go.mod"
        try:
            return required(go_mod)[item.module]
        except KeyError:
            raise SlipwayError(str(go_mod), item.module, f"{item.name} needs this module", "require it") from None

    def go_release(self) -> tuple[int, int]:
        """The oldest Go that builds every module, as major and minor."""
        lines = [_GO_LINE.search(path.read_text()) for path in sorted(self.root.glob("*/go.mod"))]
        return max((int(line[1]), int(line[2])) for line in lines if line)

    def build_arguments(self, tool: GoTool) -> list[str]:
        """What follows `go build` to make a tool, but for the output."""
        parts = _VERSION.match(self.version(tool))
        words = {"version": self.version(tool), "major": parts[1] if parts else "", "minor": parts[2] if parts else ""}
        ldflags = " ".join(["-s -w", tool.ldflags.format(**words)]).strip()
        return ["-trimpath", "-buildvcs=false", f"-tags={tool.tags}", f"-ldflags={ldflags}", tool.package]

    def key(self, machine: Machine, go: tuple[int, int], texts: Iterable[str] = ()) -> str:
        """Names the directory of everything made from this: equal content, machine and Go give an equal key.

        Args:
            machine: for which it is made.
            go: major and minor version of the compiler.
            texts: further content that ends up in the directory.
        """
        digest = hashlib.sha256()
        commands = [[tool.name, tool.folder, self.build_arguments(tool)] for tool in self.for_machine(machine)]
        facts = [str(machine), go, commands, [asdict(each) for each in self.data], list(texts)]
        digest.update(json.dumps(facts, sort_keys=True).encode())
        for path in sorted(self._sources()):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"\n{path.relative_to(self.root).as_posix()} {content}".encode())
        return digest.hexdigest()[:20]

    def _sources(self) -> Iterable[Path]:
        folders = {tool.folder for tool in self.tools} | {data.folder for data in self.data}
        for folder in folders:
            for pattern in ("go.mod", "go.sum", "**/*.go"):
                yield from (self.root / folder).glob(pattern)


@cache
def required(go_mod: Path) -> Mapping[str, str]:
    """Module path -> version of everything a go.mod requires; replacements are not followed."""
    lines = (line.split("//")[0] for line in go_mod.read_text().splitlines() if "=>" not in line)
    return {match[1]: match[2] for line in lines if (match := _REQUIREMENT.match(line.strip()))}


def same_version(found: str, pinned: str, *, minor: bool = False) -> bool:
    """Is the first version in a text the pinned one? With `minor`, the patch level is not compared."""
    parts, wanted = _VERSION.search(found), _VERSION.search(pinned)
    if not parts or not wanted:
        return False
    length = 2 if minor else 3
    return parts.groups()[:length] == wanted.groups()[:length]
