"""A stack under the real engine: a small program whose resources a test names, with the stand-ins as its providers."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner import plugins
from sandbox.toolchain.pulumi_bin import language_host
from tests.kubernetes.control_plane import tool

CLONE = Path(__file__).resolve().parents[2]
# What `stack init` has written, by its path in the folder of a stack.
_MADE: dict[Path, bytes] = {}

# Raw registrations: the SDKs' own classes would take a second and more to import, and the wire is the same.
PROGRAM = """
import importlib.metadata, json, os, pulumi
told = json.loads(os.environ["TEST_PROGRAM"])
providers, made = {}, {}
def options(token, more):
    name = token.split(":")[0]
    return pulumi.ResourceOptions(
        provider=providers[name], version=importlib.metadata.version(f"pulumi-{name}"),
        depends_on=[made[each] for each in more.pop("after", [])], **more)
def value(given):
    if isinstance(given, dict):
        if set(given) == {"$of"}:
            name, *path = given["$of"].split(".")
            def walk(found, path=path):
                for part in path[1:]:
                    found = found[int(part) if part.isdigit() else part]
                return found
            return (made[name].id if path[0] == "id" else getattr(made[name], path[0])).apply(walk)
        if set(given) == {"$text"}:
            return pulumi.Output.all(*map(value, given["$text"])).apply(lambda parts: "".join(parts))
        if set(given) == {"$secret"}:
            return pulumi.Output.secret(value(given["$secret"]))
        return {key: value(item) for key, item in given.items()}
    return [value(item) for item in given] if isinstance(given, list) else given
for name, (token, inputs, *more) in told["resources"].items():
    kind = token.split(":")[0]
    if kind not in providers:
        settings = {key: value(item) for key, item in told["providers"][kind].items()}
        providers[kind] = pulumi.ProviderResource(kind, kind, settings, pulumi.ResourceOptions(
            version=importlib.metadata.version(f"pulumi-{kind}")))
    more = dict(more[0]) if more else {}
    props = dict.fromkeys(more.pop("outputs", [])) | {key: value(item) for key, item in inputs.items()}
    made[name] = pulumi.CustomResource(token, name, props, options(token, more))
for token, arguments in told.get("functions", {}).items():
    answer = pulumi.runtime.invoke(token, arguments, pulumi.InvokeOptions(
        provider=providers[token.split(":")[0]], version=importlib.metadata.version(f"pulumi-{token.split(':')[0]}")))
    pulumi.export(token.rsplit(":")[-1], answer.value)
for name, given in told.get("exports", {}).items():
    pulumi.export(name, value(given))
"""


@dataclass
class Run:
    """What one command did.

    Attributes:
        output: what it printed.
        events: the engine's own, in order.
    """

    code: int
    output: str
    events: list[dict[str, Any]]

    def steps(self, *, kind: str = "resourcePreEvent") -> list[tuple[str, str]]:
        """(operation, name) of each step, in order; providers and what stays the same are left out."""
        found = [event[kind]["metadata"] for event in self.events if kind in event]
        return [
            (each["op"], each["urn"].rpartition("::")[2])
            for each in found
            if each["op"] not in ("same", "read") and not each["type"].startswith("pulumi:")
        ]

    def outputs(self, name: str) -> dict[str, Any]:
        """The outputs of a resource after its last step."""
        found = [
            event["resOutputsEvent"]["metadata"]
            for event in self.events
            if "resOutputsEvent" in event and event["resOutputsEvent"]["metadata"]["urn"].endswith(f"::{name}")
        ]
        return dict(found[-1]["new"]["outputs"])

    def said(self, *severities: str) -> list[str]:
        """The lines of these severities, all by default."""
        found = [event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event]
        return [each["message"] for each in found if not severities or each["severity"] in severities]

    def detail(self, name: str) -> dict[str, str]:
        """What happens to each property of a resource."""
        for event in self.events:
            metadata = event.get("resourcePreEvent", {}).get("metadata", {})
            if metadata.get("urn", "").endswith(f"::{name}") and metadata.get("detailedDiff"):
                return {path: each["diffKind"] for path, each in metadata["detailedDiff"].items()}
        return {}


class Stack:
    """A stack, its home and its state, all below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        binaries, program, home = folder / "bin", folder / "program", folder / "pulumi/home"
        for path in (binaries, program, home, folder / "pulumi/backend"):
            path.mkdir(parents=True)
        try:
            os.link(tool("pulumi"), binaries / "pulumi")
        except OSError:
            shutil.copy(tool("pulumi"), binaries / "pulumi")
        language_host(binaries)
        (home / "made-by-slipway").touch()
        (program / "Pulumi.yaml").write_text("name: slipway\nruntime: python\n")
        (program / "__main__.py").write_text(PROGRAM)
        self.said = [plugins.cloud(home, name) for name in ("aws", "gcp")]
        self.said.append(plugins.kubernetes(home, "4.34.2"))
        self.environment = os.environ | {
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_HOME": str(home),
            "SLIPWAY_STANDIN_HOME": str(home),
            "PULUMI_BACKEND_URL": f"file://{folder}/pulumi/backend",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
            "PULUMI_DEBUG_COMMANDS": "true",
            "PULUMI_PYTHON_CMD": sys.executable,
            "SLIPWAY_PYTHON": sys.executable,
            "PYTHONPATH": str(CLONE),
        }
        self._init()

    def _init(self) -> None:
        """Makes the stack `test`; every one after the first is a copy of it, which takes the engine no time."""
        if not _MADE:
            self.run("stack", "init", "test", logged=False)
            written = [*self.folder.glob("pulumi/backend/**/*"), self.folder / "program/Pulumi.test.yaml"]
            _MADE.update({path.relative_to(self.folder): path.read_bytes() for path in written if path.is_file()})
        for path, content in _MADE.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(content)

    def run(
        self, *words: str, program: dict[str, Any] | None = None, code: int = 0, logged: bool = True, **variables: str
    ) -> Run:
        """Runs a command that ends with this exit code."""
        log = self.folder / "events.jsonl"
        log.unlink(missing_ok=True)
        done = subprocess.run(
            ["pulumi", *words, "--non-interactive", "--color=never", *(["--event-log", str(log)] if logged else [])],
            cwd=self.folder / "program",
            env=self.environment | variables | {"TEST_PROGRAM": json.dumps(program or {})},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        output = done.stdout + done.stderr
        assert done.returncode == code, output
        events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return Run(done.returncode, output, events)

    def preview(self, program: dict[str, Any], code: int = 0, **variables: str) -> Run:
        return self.run("preview", "-s", "test", program=program, code=code, **variables)

    def up(self, program: dict[str, Any], code: int = 0, **variables: str) -> Run:
        return self.run("up", "--yes", "--skip-preview", "-s", "test", program=program, code=code, **variables)

    def destroy(self, code: int = 0, **variables: str) -> Run:
        return self.run("destroy", "--yes", "--skip-preview", "-s", "test", code=code, **variables)

    def state(self) -> dict[str, dict[str, Any]]:
        """The resources of the state by name."""
        path = self.folder / "pulumi/backend/.pulumi/stacks/slipway/test.json"
        found = json.loads(path.read_text())["checkpoint"]["latest"].get("resources") or []
        return {each["urn"].rpartition("::")[2]: each for each in found}
