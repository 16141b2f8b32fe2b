"""The files between the controller and Envoy: whole, in an order that never names what is not there yet."""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Protocol

from sandbox.gateway.snapshot import Json
from sandbox.gateway.translate import Resources, assignment_file


class Applied(Protocol):
    """Asks Envoy what it has taken."""

    def __call__(self, file: str, version: str) -> bool:
        """Whether Envoy works with that version of `cds.json` or `rds.json`, or is not there to be asked."""
        ...


def write_atomically(path: Path, text: str) -> None:
    """Envoy sees the old text or the new one, and is woken by the rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    temporary.replace(path)


class Files:
    """Envoy's configuration directory.

    Args:
        directory: where the files are; it exists.
        applied: asked before the next file is written, where the order matters; None: nobody reads the files yet.
        patience: how many seconds to wait for it.
    """

    def __init__(self, directory: Path, applied: Applied | None = None, patience: float = 2.0) -> None:
        self.directory = directory
        self._applied = applied
        self._patience = patience
        self._written: dict[str, str] = {}
        self._clusters: list[Json] | None = None

    def write(self, resources: Resources) -> list[str]:
        """Writes what has changed: assignments, clusters, routes; then removes the clusters nobody needs.

        A cluster that comes is in use before a route names it; one that goes stays until no route names it.

        Returns:
            The names of the files that changed.
        """
        changed = [
            name
            for cluster, assignment in resources.assignments.items()
            if self._write(name := assignment_file(cluster), [assignment])
        ]
        wanted = {cluster["name"] for cluster in resources.clusters}
        if self._clusters is None:
            self._clusters = self._left()
        going = [cluster for cluster in self._clusters if cluster["name"] not in wanted]
        if self._write("cds.json", [*resources.clusters, *going]):
            changed.append("cds.json")
            self._await("cds.json")
        if self._write("rds.json", [resources.routes]):
            changed.append("rds.json")
        if going:
            self._await("rds.json")
            self._write("cds.json", resources.clusters)
            for cluster in going:
                self._remove(assignment_file(cluster["name"]))
        self._clusters = resources.clusters
        return changed

    def _left(self) -> list[Json]:
        """The clusters of an earlier start."""
        try:
            document: Json = json.loads((self.directory / "cds.json").read_text())
        except FileNotFoundError:
            return []
        return list(document["resources"])

    def _write(self, name: str, items: list[Json]) -> bool:
        body = json.dumps(items, sort_keys=True)
        version = hashlib.sha256(body.encode()).hexdigest()[:16]
        if self._written.get(name) == version:
            return False
        write_atomically(self.directory / name, f'{{"version_info": "{version}", "resources": {body}}}')
        self._written[name] = version
        return True

    def _remove(self, name: str) -> None:
        self._written.pop(name, None)
        (self.directory / name).unlink(missing_ok=True)

    def _await(self, name: str) -> None:
        deadline = time.monotonic() + self._patience
        while self._applied and not self._applied(name, self._written[name]) and time.monotonic() < deadline:
            time.sleep(0.005)
