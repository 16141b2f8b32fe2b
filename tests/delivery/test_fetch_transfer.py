"""How the fetcher transfers: in little memory, again after what breaks."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from delivery.artifact import StoreTarget, push
from delivery.fetch import fetch
from tests.counts import count
from tests.delivery.pod import PROGRAM, Pushed
from tests.s3.gateway import Gateway

MEASURED = """
import runpy, sys
from pathlib import Path
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as end:
    print(end.code, int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024)
"""


def test_memory_does_not_grow_with_the_size(pushed: Pushed, tmp_path: Path) -> None:
    """The whole process, Python and botocore included, stays below 100 MiB; without limits it would hold the file."""
    weights = tmp_path / "weights"
    with weights.open("wb") as stream:
        stream.truncate(count(test=256, prove=1024, soak=4096) << 20)
    pushed.artifact = push("big", weights, StoreTarget(pushed.store, pushed.artifact.bucket))
    code, mebibytes = pushed.run(program=("-c", MEASURED, str(PROGRAM))).stdout.split()[-2:]
    assert (code, (pushed.into / "weights").stat().st_size) == ("0", weights.stat().st_size)
    assert int(mebibytes) < 100


class Flaky(BaseHTTPRequestHandler):
    """Passes requests on; every answer with a body stops half-way or fails until the fourth request for a key."""

    upstream = ""
    seen: dict[str, int] = {}

    def do_GET(self) -> None:
        number = self.seen[self.path] = self.seen.get(self.path, 0) + 1
        request = Request(self.upstream + self.path, headers=dict(self.headers))
        try:
            answer = urlopen(request)
        except HTTPError as error:
            answer = error
        body = answer.read()
        if number == 1:
            self.send_error(503)
            return
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if number > 3 or len(body) < 10 else body[: len(body) // 2])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def flaky(gateway: Gateway) -> Iterator[str]:
    Flaky.upstream, Flaky.seen = gateway.endpoint, {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Flaky)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_broken_transfers_are_tried_again(
    pushed: Pushed, flaky: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_PAUSES_S", (0.05,) * 6)
    monkeypatch.setattr(fetch, "_POLL_S", 0.05)
    done = pushed.fetch("--wait", "20", S3_ENDPOINT=flaky)
    assert (done.returncode, done.stderr) == (0, "")
    assert (pushed.into / "model.joblib").read_bytes() == (tmp_path / "model" / "model.joblib").read_bytes()
    assert max(Flaky.seen.values()) > 3
