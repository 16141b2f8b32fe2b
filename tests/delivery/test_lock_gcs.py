"""Google's own client against fake-gcs-server: another server than Google's, and than ours."""

import json

import pytest

from catalog.errors import SlipwayError
from delivery import artifact
from delivery.artifact import Stored
from delivery.files import digest, scan
from delivery.resolve import content, gcs
from tests import counts
from tests.accounts import gcs_server

pytestmark = pytest.mark.filterwarnings("ignore:Please install grpcio-status:ImportWarning")


@pytest.fixture(scope="module")
def server():
    found = gcs_server.find()
    if found is None and counts.level() == "test":
        pytest.skip("fake-gcs-server is not built yet; make prove builds it")
    with gcs_server.running(found or gcs_server.build()) as url:
        yield url


@pytest.fixture
def client(server, monkeypatch, tmp_path):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server)
    without_login(monkeypatch, tmp_path)
    client = gcs.client("own")
    client.create_bucket("models")
    yield client
    client.get_bucket("models").delete(force=True)


def without_login(monkeypatch, tmp_path):
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")


def put(client, key, body):
    client.bucket("models").blob(key).upload_from_string(body)


def test_the_newest_artifact(client, tmp_path):
    for text in ("one", "two"):
        folder = tmp_path / text
        folder.mkdir()
        (folder / "model.bin").write_text(text)
        files = [source.file for source in scan(folder)]
        named = digest(files)
        document = artifact.document("iris", named, [Stored(file, "1") for file in files])
        put(client, f"models/iris/{named}/artifact.json", document)
        assert gcs.artifact("iris", client, "models") == content.resolve("iris", folder)


def test_no_artifact_and_a_wrong_one(client):
    with pytest.raises(SlipwayError, match="there is no artifact below gs://models/models/iris/"):
        gcs.artifact("iris", client, "models")
    wrong = {"files": [{"path": "a", "size": 1, "sha256": "0" * 64}]}
    put(client, "models/iris/sha256:ab/artifact.json", json.dumps(wrong))
    with pytest.raises(SlipwayError, match="do not have the digest"):
        gcs.artifact("iris", client, "models")


def test_files_of_others_are_known_by_their_listing(client):
    for key, text in {"m/1/a": "1", "m/1/b": "22", "m2/c": "333"}.items():
        put(client, key, text)
    found = gcs.files("gs://models/m", client)
    assert (found.immutable, found.bytes) == ("gs://models/m", 3)
    assert gcs.files("gs://models/m2/c", client).bytes == 3
    put(client, "m/1/a", "2")
    assert gcs.files("gs://models/m", client).digest != found.digest
    with pytest.raises(SlipwayError, match="there is no object"):
        gcs.files("gs://models/m/2", client)


def test_a_bucket_that_is_not_there(client):
    with pytest.raises(SlipwayError, match="is not there"):
        gcs.files("gs://no-such-bucket/m", client)


def test_nobody_answers(monkeypatch, tmp_path):
    without_login(monkeypatch, tmp_path)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    monkeypatch.setattr(gcs, "_SECONDS", 1)
    with pytest.raises(SlipwayError, match="cannot be reached"):
        gcs.files("gs://models/m", gcs.client("own"))
