"""The fetcher on Cloud Storage: with the pod's own token, by generation, against fake-gcs-server."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from delivery.fetch import fetch
from delivery.fetch import gcs as reading
from delivery.gcs import GcsTarget, push
from tests.delivery.test_gcs import client, model, target

__all__ = ["client", "model", "target"]
pytestmark = pytest.mark.filterwarnings("ignore:Please install grpcio-status:ImportWarning")


class Tokens(BaseHTTPRequestHandler):
    """The metadata server of a node."""

    def do_GET(self):
        assert self.headers["Metadata-Flavor"] == "Google"
        body = json.dumps({"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def pod(client):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tokens)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield reading.Client(client._connection.API_BASE_URL, f"http://127.0.0.1:{server.server_port}/token")
    server.shutdown()
    server.server_close()


def order(pushed, into: Path, **changes) -> fetch.Order:
    said = {"bucket": pushed.bucket, "prefix": pushed.prefix, "digest": pushed.digest, "into": into, "wait": 0.0}
    return fetch.Order(**said | changes)


def test_every_file_comes_by_its_generation(model, target: GcsTarget, pod, tmp_path):
    pushed = push("iris", model, target)
    target.client.bucket("models").blob(f"{pushed.prefix}empty").upload_from_string(b"another, newer")
    into = tmp_path / "mnt"
    assert fetch.fetch(pod, order(pushed, into)) == (3, 7002)
    assert (into / "empty").read_bytes() == b""
    assert (into / "sub/größe.json").read_text() == "{}"
    assert (into / "model.joblib").read_bytes() == (model / "model.joblib").read_bytes()


def test_a_transfer_goes_on_where_it_stopped(model, target, pod):
    pushed = push("iris", model, target)
    (row,) = [each for each in pushed.files if each.file.path == "model.joblib"]
    said = {"Bucket": "models", "Key": f"{pushed.prefix}model.joblib", "VersionId": row.version_id}
    assert pod.get_object(**said, Range="bytes=6993-")["Body"].read() == b"weights"


def test_what_is_not_there_is_said(target, pod, tmp_path):
    absent = fetch.Order("models", "models/iris/x/", "sha256:" + "0" * 64, tmp_path / "mnt", 0.0)
    with pytest.raises(fetch.FetchError, match="is not there; push it") as caught:
        fetch.fetch(pod, absent)
    assert caught.value.code == 3


def test_a_server_that_does_not_answer_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "_LEAST_WAIT_S", 0.0)
    nobody = reading.Client("http://127.0.0.1:1", "http://127.0.0.1:1/token")
    absent = fetch.Order("models", "models/iris/x/", "sha256:" + "0" * 64, tmp_path / "mnt", 0.0)
    with pytest.raises(fetch.FetchError, match="does not answer"):
        fetch.fetch(nobody, absent)


def test_google_is_asked_with_the_pods_identity_and_no_key(monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.setenv("S3_ENDPOINT", "https://storage.googleapis.com")
    assert isinstance(fetch._client(), reading.Client)
