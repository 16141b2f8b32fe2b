"""Every source with its own client, against a server that speaks its protocol; and what its refusals are to a person."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from catalog.errors import SlipwayError
from delivery.artifact import StoreTarget, push
from delivery.resolve import content, hub, listing_digest, mlflow, s3
from providers.slipway_s3.store import connect
from stacks.locks import LockEntry

COMMIT = "5206a32e0bd3067aef1ce90f5528ade7d866253f"


@pytest.fixture
def client(gateway):
    return connect(gateway.store())


@pytest.fixture
def model(tmp_path):
    def made(name, text):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "model.bin").write_text(text)
        return folder

    return made


# On S3, against versitygw


def test_the_newest_artifact_of_a_store_is_what_was_pushed_last(gateway, bucket, client, model):
    first, second = model("first", "one"), model("second", "two")
    target = StoreTarget(gateway.store(), bucket)
    push("iris", first, target)
    assert s3.artifact("iris", client, bucket) == content.resolve("iris", first)
    earlier = times(client, bucket)
    push("iris", second, target)
    push("iris-2", first, target)
    wait_for_another_second(client, bucket, earlier)
    assert s3.artifact("iris", client, bucket) == content.resolve("iris", second)


def times(client, bucket):
    rows = client.list_objects_v2(Bucket=bucket, Prefix="models/iris/")["Contents"]
    return [(row["Key"], row["LastModified"]) for row in rows if row["Key"].endswith("artifact.json")]


def wait_for_another_second(client, bucket, earlier):
    """The server counts whole seconds: what was written in the same one is written again."""
    ((old, when),) = earlier
    while True:
        ((key, at),) = [row for row in times(client, bucket) if row[0] != old]
        if at > when:
            return
        body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
        client.put_object(Bucket=bucket, Key=key, Body=body)


def test_a_store_without_the_artifact(bucket, client):
    with pytest.raises(SlipwayError, match="there is no artifact below"):
        s3.artifact("iris", client, bucket)


def test_an_artifact_that_is_not_what_its_prefix_says(bucket, client):
    wrong = {"files": [{"path": "a", "size": 1, "sha256": "0" * 64}]}
    client.put_object(Bucket=bucket, Key="models/iris/sha256:ab/artifact.json", Body=json.dumps(wrong).encode())
    with pytest.raises(SlipwayError, match="do not have the digest of its prefix"):
        s3.artifact("iris", client, bucket)


def test_files_of_others_are_known_by_their_listing(bucket, client):
    for key, text in {"m/a": "1", "m/sub/b": "22", "m2/c": "333"}.items():
        client.put_object(Bucket=bucket, Key=key, Body=text.encode())
    found = s3.files(f"s3://{bucket}/m", client)
    assert (found.immutable, found.bytes) == (f"s3://{bucket}/m", 3)
    assert s3.files(f"s3://{bucket}/m/", client).digest == found.digest
    assert s3.files(f"s3://{bucket}/m/a", client).bytes == 1
    client.put_object(Bucket=bucket, Key="m/a", Body=b"2")
    assert s3.files(f"s3://{bucket}/m", client).digest != found.digest


def test_a_place_without_files(bucket, client):
    client.put_object(Bucket=bucket, Key="model-2/a", Body=b"")
    with pytest.raises(SlipwayError, match="there is no file"):
        s3.files(f"s3://{bucket}/model", client)


def test_a_bucket_that_is_not_there(client):
    with pytest.raises(SlipwayError, match="is not there"):
        s3.files("s3://no-such-bucket/model", client)


@pytest.fixture
def no_keys(monkeypatch, tmp_path):
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))


def test_without_credentials_it_asks_as_nobody_and_says_what_is_missing(gateway, bucket, no_keys):
    with pytest.raises(SlipwayError, match="without the right credentials") as caught:
        s3.files(f"s3://{bucket}/model", s3.client("us-east-1", gateway.endpoint))
    assert "AWS_PROFILE" in caught.value.fix


def test_with_those_of_the_environment_it_is_answered(gateway, bucket, client, no_keys, monkeypatch):
    client.put_object(Bucket=bucket, Key="m", Body=b"1")
    store = gateway.store()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", store.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", store.secret_key)
    assert s3.files(f"s3://{bucket}/m", s3.client("us-east-1", gateway.endpoint)).bytes == 1
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-and-secret")
    with pytest.raises(SlipwayError, match="without the right credentials") as caught:
        s3.files(f"s3://{bucket}/m", s3.client("us-east-1", gateway.endpoint))
    assert "wrong-and-secret" not in str(caught.value)


def test_nobody_answers(no_keys):
    with pytest.raises(SlipwayError, match="cannot be reached"):
        s3.files("s3://bucket/model", s3.client("us-east-1", "http://127.0.0.1:9"))


def test_a_profile_that_is_not_there(no_keys, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(SlipwayError, match="nobody"):
        s3.client("us-east-1")


# Hugging Face: a server that answers as the hub does, https://huggingface.co/docs/hub/api (read 2026-11)

FILES = [
    {"rfilename": "config.json", "size": 10, "blobId": "a" * 40},
    {"rfilename": "model.safetensors", "size": 500, "blobId": "b" * 40, "lfs": {"sha256": "c" * 64, "size": 500, "pointerSize": 1}},
    {"rfilename": "original/model.pth", "size": 900, "blobId": "d" * 40, "lfs": {"sha256": "e" * 64, "size": 900, "pointerSize": 1}},
]  # fmt: skip
ANSWERS = {
    "/api/models/acme/open/revision/main": (200, None),
    "/api/models/acme/open/revision/gone": (404, "RevisionNotFound"),
    "/api/models/acme/gated/revision/main": (403, "GatedRepo"),
    "/api/models/acme/private/revision/main": (401, "RepoNotFound"),
    "/api/models/acme/broken/revision/main": (500, None),
}


class HubAnswers(BaseHTTPRequestHandler):
    def do_GET(self):
        status, code = ANSWERS.get(urlsplit(self.path).path, (404, "RepoNotFound"))
        body = {"id": "acme/open", "sha": COMMIT, "siblings": FILES} if status == 200 else {"error": "no"}
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if code:
            self.send_header("X-Error-Code", code)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def hub_server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), HubAnswers)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def at_hub(hub_server, monkeypatch):
    set_endpoint(monkeypatch, hub_server)


def set_endpoint(monkeypatch, url):
    """HF_ENDPOINT is read when the client is imported first."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr("huggingface_hub.hf_api.constants.ENDPOINT", url)


def test_a_branch_becomes_a_commit(at_hub):
    found = hub.resolve("acme/open", "main")
    assert (found.reference, found.immutable) == ("hf://acme/open:main", f"hf://acme/open:{COMMIT}")
    assert found.bytes == 500  # the weights that servers load, not their second copy
    rows = [("config.json", 10, "a" * 40), ("model.safetensors", 500, "c" * 64), ("original/model.pth", 900, "e" * 64)]
    assert found.digest == listing_digest(rows)


@pytest.mark.parametrize(
    ("repo", "revision", "words"),
    [
        ("acme/open", "gone", "has no revision gone"),
        ("acme/gated", "main", "without the right credentials"),
        ("acme/private", "main", "no such repository, or does not show it"),
        ("acme/broken", "main", "cannot be reached"),
    ],
)
def test_what_the_hub_refuses(at_hub, repo, revision, words):
    with pytest.raises(SlipwayError, match=words) as caught:
        hub.resolve(repo, revision)
    assert caught.value.path == f"hf://{repo}:{revision}"


def test_no_hub(monkeypatch):
    set_endpoint(monkeypatch, "http://127.0.0.1:9")
    with pytest.raises(SlipwayError, match="cannot be reached"):
        hub.resolve("acme/open", "main")


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("huggingface_hub", lambda: hub.resolve("acme/open", "main")),
        ("mlflow", lambda: mlflow.resolve("fraud", "champion", lambda uri: None)),
    ],
)
def test_a_client_that_is_not_installed(monkeypatch, module, call):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(SlipwayError, match="uv sync --group locks"):
        call()


# MLflow: its own registry in a directory


@pytest.fixture
def registry(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlflow").as_uri())
    monkeypatch.delenv("MLFLOW_REGISTRY_URI", raising=False)
    from mlflow import MlflowClient

    client = MlflowClient()
    client.create_registered_model("fraud")
    for source in ("s3://models/1", "file:///models/2"):
        client.create_model_version("fraud", source)
    client.set_registered_model_alias("fraud", "champion", "1")
    client.set_registered_model_alias("fraud", "challenger", "2")
    return client


def anywhere(uri):
    return LockEntry(reference=uri, immutable=uri, digest="sha256:" + "0" * 64, date="2026-01-01", bytes=7)


mlflow_warns = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


@mlflow_warns
def test_an_alias_becomes_a_version_and_its_place(registry):
    found = mlflow.resolve("fraud", "champion", anywhere)
    assert (found.reference, found.immutable, found.version) == ("models:/fraud@champion", "s3://models/1", "1")
    assert found.bytes == 7


@mlflow_warns
@pytest.mark.parametrize(
    ("model", "alias", "words"),
    [
        ("fraud", "challenger", "no engine fetches files from there"),
        ("fraud", "nobody", "no version of fraud with the alias nobody"),
        ("other", "champion", "no version of other with the alias champion"),
    ],
)
def test_what_a_registry_does_not_have(registry, model, alias, words):
    with pytest.raises(SlipwayError, match=words):
        mlflow.resolve(model, alias, anywhere)


def test_no_registry_is_named(monkeypatch):
    for name in ("MLFLOW_REGISTRY_URI", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SlipwayError, match="set MLFLOW_TRACKING_URI"):
        mlflow.resolve("fraud", "champion", anywhere)


@mlflow_warns
def test_a_registry_that_does_not_answer(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:secret@127.0.0.1:9")
    with pytest.raises(SlipwayError, match="cannot be reached") as caught:
        mlflow.resolve("fraud", "champion", anywhere)
    assert "secret" not in str(caught.value)
