"""A Pulumi home as a person has it, which whoever reads it cannot use, and what shows that it was changed."""

import hashlib
import json
from pathlib import Path


def poisoned_home(path: Path) -> Path:
    """Makes a home that is logged in to a backend that does not exist, with a plugin that fails."""
    plugin = path / "plugins" / "resource-kubernetes-v0.0.1" / "pulumi-resource-kubernetes"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("#!/bin/sh\nexit 66\n")
    plugin.chmod(0o755)
    account = {"accessToken": "pul-0000", "username": "somebody"}
    backend = "https://backend.invalid"
    credentials = {"current": backend, "accessTokens": {backend: "pul-0000"}, "accounts": {backend: account}}
    (path / "credentials.json").write_text(json.dumps(credentials))
    return path


def fingerprint(path: Path) -> str:
    """Changes when anything below a directory does: names, contents, modes, times of the last change."""
    whole = hashlib.sha256()
    for entry in sorted(path.rglob("*")):
        said = entry.lstat()
        whole.update(f"{entry} {said.st_mode:o} {said.st_mtime_ns} {said.st_size}\0".encode())
        whole.update(entry.read_bytes() if entry.is_file() else b"")
    return whole.hexdigest()
