"""One recipe on one machine with one cache: what is there, and making what is not."""

import os
import shutil
import weakref
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from catalog.errors import SlipwayError
from sandbox.toolchain import ambient, use
from sandbox.toolchain.builder import Builder, place
from sandbox.toolchain.golang import Compiler, Go, fetch_go, find_go
from sandbox.toolchain.lock import build_lock
from sandbox.toolchain.machine import Machine, this_machine
from sandbox.toolchain.official import Downloads, Offer
from sandbox.toolchain.progress import Progress
from sandbox.toolchain.pulumi_bin import LANGUAGE_HOST
from sandbox.toolchain.recipe import GoTool, ModuleData, Recipe
from sandbox.toolchain.store import Origin, Store

_MAKE = "run `slipway toolchain build`"
_DOWNLOADS_AT_ONCE = 4
_DOWNLOAD_SECONDS = 5.0  # a guess for the display, before the network has shown what it can


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that is ready to run, or a file or folder of data that is ready to be read."""

    name: str
    version: str
    origin: Origin
    path: Path


class Toolchain:
    """Finds and makes the tools of a recipe.

    Args:
        recipe: which tools.
        cache: Slipway's cache directory.
        machine: for which; this one by default.
        downloads: how releases are fetched.
        build_cache: Go's build cache, if it shall not be one that is removed after the build.
    """

    def __init__(
        self,
        recipe: Recipe,
        cache: Path,
        *,
        machine: Machine | None = None,
        downloads: Downloads | None = None,
        build_cache: Path | None = None,
    ) -> None:
        self.recipe = recipe
        self._cache = cache
        self._machine = machine or this_machine()
        self._downloads = downloads or Downloads(self._machine)
        self._build_cache = build_cache
        self._on_path: dict[str, Tool | None] = {}

    @cached_property
    def go(self) -> Go | None:
        """The compiler, if there is one."""
        return find_go(self.recipe.go_release(), self._cache / "bootstrap")

    @cached_property
    def store(self) -> Store:
        """Where this recipe's things are, for this machine and compiler."""
        release = self.go.release if self.go else self.recipe.go_release()
        store = Store(self._directory / self.recipe.key(self._machine, release, [LANGUAGE_HOST]))
        self._hold(store)
        return store

    def find(self, name: str) -> Tool | None:
        """A tool or data that is ready: from PATH, else out of the store."""
        return self._find(self._named(name), lambda _: None)

    def tools(self) -> list[str]:
        """The names of all tools for this machine."""
        return [tool.name for tool in self.recipe.for_machine(self._machine)]

    def ensure(self, names: Iterable[str] | None, progress: Progress) -> dict[str, Tool]:
        """Makes what is missing, of everything or of the names.

        Raises:
            SlipwayError: something cannot be made; what was made before that stays.
        """
        wanted = self._everything() if names is None else [self._named(name) for name in names]
        found, missing = self._look(wanted, lambda _: None)
        if missing:
            with build_lock(self._directory, progress):
                found, missing = self._look(wanted, progress.say)
                self._make(missing, progress)
                found, _ = self._look(wanted, progress.say)
        return {tool.name: tool for tool in found}

    def prune(self, days: float, progress: Progress) -> list[Path]:
        """Removes the tools of other versions of Slipway that nobody has used for so long, and nobody uses now."""
        with build_lock(self._directory, progress):
            return use.prune(self._directory, self.store.root, days)

    def _hold(self, store: Store) -> None:
        held = use.hold(store.root)
        if held is not None:
            weakref.finalize(self, os.close, held)

    @property
    def _directory(self) -> Path:
        return self._cache / "toolchain"

    def _everything(self) -> list[GoTool | ModuleData]:
        return [*self.recipe.for_machine(self._machine), *self.recipe.data]

    def _named(self, name: str) -> GoTool | ModuleData:
        for each in self._everything():
            if each.name == name:
                return each
        known = ", ".join(self.tools())
        raise SlipwayError("toolchain", name, f"no tool for {self._machine} has this name", f"one of {known}")

    def _look(
        self, wanted: Sequence[GoTool | ModuleData], hear: Callable[[str], None]
    ) -> tuple[list[Tool], list[GoTool | ModuleData]]:
        with ThreadPoolExecutor() as pool:  # a PATH tool takes its time to answer, a large file to be read
            answers = list(pool.map(lambda each: self._find(each, hear), wanted))
        missing = [each for each, answer in zip(wanted, answers, strict=True) if answer is None]
        return [answer for answer in answers if answer is not None], missing

    def _find(self, wanted: GoTool | ModuleData, hear: Callable[[str], None]) -> Tool | None:
        if isinstance(wanted, GoTool) and (tool := self._from_path(wanted)):
            return tool
        item = self.store.item(wanted.name)
        if item is None:
            return None
        if fault := self.store.fault(item):
            hear(f"{wanted.name}: {fault}; it is made again")
            return None
        return Tool(item.name, item.version, item.origin, self.store.path(item))

    def _from_path(self, tool: GoTool) -> Tool | None:
        """Asked once a process."""
        if tool.name not in self._on_path:
            version = self.recipe.version(tool)
            path = ambient.on_path(tool, version, self._cache)
            self._on_path[tool.name] = Tool(tool.name, version, "path", path) if path else None
        return self._on_path[tool.name]

    def _make(self, missing: Sequence[GoTool | ModuleData], progress: Progress) -> None:
        """Fetches what is published and reachable, builds the rest, then removes what only the build needed."""
        if not missing:
            return
        self.store.root.mkdir(parents=True, exist_ok=True)
        self._hold(self.store)
        self.store.sweep()
        for old in use.prune(self._directory, self.store.root, use.KEPT_DAYS):
            progress.say(f"{old} was not used for {use.KEPT_DAYS:.0f} days and is removed")
        tools = [each for each in missing if isinstance(each, GoTool)]
        tools = self._download(tools, progress)
        area = self._directory / "build"
        go = self.go or self._fetch_go(progress)
        compiler = Compiler(go, area, build_cache=self._build_cache)
        data = [each for each in missing if isinstance(each, ModuleData)]
        progress.plan({tool.name: tool.seconds for tool in tools} | {each.name: 1.0 for each in data})
        progress.say(f"building with {go.version} in {area}; what is done is kept in {self.store.root}")
        builder = Builder(self.recipe, compiler, self.store, progress)
        if tools:
            builder.build(tools)
        for each in data:
            builder.extract(each)
        self.store.sweep()  # a compiler whose builder was killed may have gone on meanwhile
        if os.environ.get("SLIPWAY_KEEP_BUILD_CACHE") != "1":
            shutil.rmtree(area, ignore_errors=True)

    def _fetch_go(self, progress: Progress) -> Go:
        oldest = self.recipe.go_release()
        progress.say(f"fetching Go: there is none of version {oldest[0]}.{oldest[1]} or newer")
        return fetch_go(oldest, self._cache)

    def _download(self, tools: Sequence[GoTool], progress: Progress) -> list[GoTool]:
        """Fetches what can be fetched; returns the others."""
        offers = self._downloads.offers([(tool, self.recipe.version(tool)) for tool in tools], progress)
        if offers:
            progress.plan({offer.tool.name: _DOWNLOAD_SECONDS for offer in offers})
        with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
            arrived = set(pool.map(lambda offer: self._fetch(offer, progress), offers))
        return [tool for tool in tools if tool.name not in arrived]

    def _fetch(self, offer: Offer, progress: Progress) -> str:
        """The name of the tool if it arrived, else an empty string: then it is built."""
        tool, version = offer.tool, offer.version
        progress.start(tool.name)
        try:
            with self.store.staging(tool.name) as staged:
                into = (staged / place(tool)).parent
                into.mkdir()
                self._downloads.fetch(offer, into)
                self.store.put(staged, name=tool.name, version=version, origin="official", main=place(tool))
        except SlipwayError as error:
            progress.finish(tool.name, f"{error.path}: {error.why}; {error.fix}")
            return ""
        progress.finish(tool.name, f"{version} downloaded")
        return tool.name


def not_ready(name: str) -> SlipwayError:
    """The error for a tool that is asked for before it was made."""
    return SlipwayError("toolchain", name, "it has not been made yet, or is damaged", _MAKE)
