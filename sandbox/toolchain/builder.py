"""Makes what is missing: Go programs by the compiler, data files out of Go modules."""

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path

import yaml

from catalog.errors import SlipwayError
from sandbox.toolchain.golang import Compiler
from sandbox.toolchain.progress import Progress
from sandbox.toolchain.pulumi_bin import language_host
from sandbox.toolchain.recipe import GoTool, ModuleData, Recipe
from sandbox.toolchain.store import Store

WORKERS = 2  # one compiles while the other links
_MIB = 1024**2


class Builder:
    """Builds into a store. The caller holds the build lock.

    Args:
        recipe: what can be built.
        compiler: with its build area.
        store: where it goes.
        progress: hears of every step.
    """

    def __init__(self, recipe: Recipe, compiler: Compiler, store: Store, progress: Progress) -> None:
        self._recipe = recipe
        self._compiler = compiler
        self._store = store
        self._progress = progress

    def build(self, tools: Sequence[GoTool]) -> None:
        """Builds tools, the first one alone; each is in place when it is done, whatever becomes of the others.

        Raises:
            SlipwayError: the disk is too full, or Go refused. What is done stays done.
        """
        self._check_disk()
        with ThreadPoolExecutor(WORKERS) as pool:
            try:
                for batch in (tools[:1], tools[1:]):
                    done, _ = wait([pool.submit(self._build, tool) for tool in batch], return_when=FIRST_EXCEPTION)
                    for future in done:
                        future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._compiler.stop()
                raise

    def extract(self, data: ModuleData) -> None:
        """Copies a module's YAML files into the store."""
        self._progress.start(data.name)
        version = self._recipe.version(data)
        module = self._compiler.module(self._recipe.root / data.folder, data.module, version)
        files = [path for source in data.sources for path in sorted((module / source).glob("*.yaml"))]
        files = [path for path in files if path.name != "kustomization.yaml"]
        if not files:
            raise SlipwayError(f"{data.module}@{version}", ", ".join(data.sources), "no YAML files there", "correct it")
        with self._store.staging(data.name) as staged:
            target = staged / "data" / data.name
            if target.suffix:
                target.parent.mkdir()
                target.write_text("---\n".join(_documents(path) for path in files))
            else:
                target.mkdir(parents=True)
                for path in files:
                    (target / path.name).write_text(_documents(path))
            self._store.put(staged, name=data.name, version=version, origin="built", main=f"data/{data.name}")
        self._progress.finish(data.name, f"{version}, {len(files)} files")

    def _build(self, tool: GoTool) -> None:
        self._progress.start(tool.name)
        version = self._recipe.version(tool) or self._store.root.name
        with self._store.staging(tool.name) as staged:
            output = staged / place(tool)
            output.parent.mkdir()
            self._compiler.build(
                self._recipe.root / tool.folder,
                self._recipe.build_arguments(tool),
                output,
                lambda line: self._progress.detail(tool.name, line),
            )
            size = output.stat().st_size // _MIB
            if tool.name == "pulumi":
                language_host(output.parent)
            self._store.put(staged, name=tool.name, version=version, origin="built", main=place(tool))
        self._progress.finish(tool.name, f"{version} built, {size} MiB,")

    def _check_disk(self) -> None:
        free = shutil.disk_usage(self._store.root).free
        if free < self._recipe.disk and free + _size(self._compiler.area) < self._recipe.disk:
            raise SlipwayError(
                str(self._store.root),
                f"{free // _MIB} MiB free",
                f"a build needs {self._recipe.disk // _MIB} MiB on the way (about 1 GiB stays)",
                "make room, or name a directory on another disk in SLIPWAY_CACHE",
            )


def place(tool: GoTool) -> str:
    """Where a tool lies in a store: Pulumi has a directory of its own, since it looks for plugins beside itself."""
    return "pulumi/pulumi" if tool.name == "pulumi" else f"bin/{tool.name}"


def _documents(path: Path) -> str:
    """A YAML file's text, known to be YAML and to end with a line's end."""
    text = path.read_text()
    list(yaml.safe_load_all(text))
    return text if text.endswith("\n") else f"{text}\n"


def _size(directory: Path) -> int:
    return sum((Path(folder) / name).lstat().st_size for folder, _, names in os.walk(directory) for name in names)
