"""A stack `cloud` for a person's own Pulumi, with a fake of it on PATH and a cluster that only says who it is."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from components.versions import KUBERNETES_PROVIDER
from tests.launch.clone import Clone
from tests.runner.own_home import poisoned_home
from tests.stacks.local import DIGEST

# It writes down how it was called, and says that a run made two things; where a test makes `hang`, it never ends.
_PULUMI = """#!/bin/sh
env >{said}/environment
echo "$@" >>{said}/calls
while [ $# -gt 0 ]; do
  if [ "$1" = --event-log ]; then
    echo "$2" >{said}/log
    [ ! -e {said}/hang ] || exec sleep 60
    echo '{{"summaryEvent": {{"resourceChanges": {{"create": 2}}}}}}' >"$2"
  fi
  shift
done
"""


_SOMEBODY = {"status": {"userInfo": {"username": "somebody@example.com"}}}


class Cluster(ThreadingHTTPServer):
    """Answers with a version and with who asks; nothing else is there, but where a test sets `answers`, by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, tuple[int, dict[str, object]]] = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def kubeconfig(self) -> str:
        server = f"http://127.0.0.1:{self.server_port}"
        return yaml.safe_dump(
            {
                "current-context": "lab",
                "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "somebody"}}],
                "clusters": [{"name": "lab", "cluster": {"server": server}}],
                "users": [{"name": "somebody", "user": {"token": "t"}}],
            }
        )


class _Handler(BaseHTTPRequestHandler):
    server: Cluster

    def do_GET(self) -> None:
        known = {"/version": (200, {"gitVersion": "v1.33.7"})} | self.server.answers
        self._answer(*known.get(self.path.partition("?")[0], (404, {"reason": "NotFound", "message": "not here"})))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        known = {"/apis/authentication.k8s.io/v1/selfsubjectreviews": (200, _SOMEBODY)} | self.server.answers
        self._answer(*known.get(self.path.partition("?")[0], (404, {"reason": "NotFound", "message": "not here"})))

    def _answer(self, code: int, document: dict[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


class Person(Clone):
    """A clone of somebody who has Pulumi."""

    def __init__(self, directory: Path, cluster: Cluster) -> None:
        super().__init__(directory / "slipway")
        self.directory = directory
        self.home = poisoned_home(directory / "pulumi-home")
        self.said = directory / "said"
        self.said.mkdir()
        self.pulumi = directory / "bin" / "pulumi"
        self.pulumi.parent.mkdir()
        self.pulumi.write_text(_PULUMI.format(said=self.said))
        self.pulumi.chmod(0o755)
        (directory / "kubeconfig").write_text(cluster.kubeconfig())
        config = {
            "cluster": {"kind": "existing", "name": "lab", "kubeconfig": str(directory / "kubeconfig")},
            "store": {"kind": "s3", "bucket": "lab", "endpoint": "http://127.0.0.1:1"},
            "teams": {"science": {"owner": "science@example.com"}},
            "models": {"house-price": {}},
        }
        values = {f"slipway:{key}": value for key, value in config.items()}
        (self.path / "stacks" / "Pulumi.cloud.yaml").write_text(yaml.safe_dump({"config": values}))
        context = "examples/house_price"
        entry = {"reference": context, "immutable": f"r/h@{DIGEST}", "digest": DIGEST, "date": "2026-11-01"}
        locks = self.path / "stacks" / "locks"
        locks.mkdir(exist_ok=True)
        (locks / "cloud.json").write_text(json.dumps({"format": 1, "entries": {f"image:{context}": entry}}))
        self.extra: dict[str, str] = {}

    @property
    def environment(self) -> dict[str, str]:
        own = {"PATH": f"{self.pulumi.parent}{os.pathsep}{os.environ['PATH']}", "PULUMI_HOME": str(self.home)}
        return super().environment | own | self.extra

    def official_plugin(self) -> Path:
        """Installs a kubernetes plugin that looks as the official one does: a program."""
        path = self.home / "plugins" / f"resource-kubernetes-v{KUBERNETES_PROVIDER}" / "pulumi-resource-kubernetes"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"\x7fELF")
        path.chmod(0o755)
        return path

    def was_called(self) -> bool:
        return (self.said / "calls").exists()

    def calls(self) -> list[str]:
        return (self.said / "calls").read_text().splitlines()

    def told(self) -> dict[str, str]:
        """The environment of the last call."""
        lines = (self.said / "environment").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)
