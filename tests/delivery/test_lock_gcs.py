"""Google's own client against fake-gcs-server: another server than Google's, and than ours."""

import json

import pytest

from catalog import google_storage
from catalog.errors import SlipwayError
from delivery import artifact
from delivery import gcs as pusher
from delivery.artifact import Stored, StoreTarget
from delivery.files import digest, scan
from delivery.promote import carry
from delivery.resolve import content, gcs, s3
from providers.slipway_s3.store import connect
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


def test_nothing_else_is_asked_for(monkeypatch, client):
    from google.cloud.storage._bucket_metadata_cache import BucketMetadataCache

    asked = []
    monkeypatch.setattr(BucketMetadataCache, "get_or_queue_fetch", lambda _, bucket: asked.append(bucket))
    put(client, "m/1/a", "1")
    assert gcs.files("gs://models/m", client).bytes == 1
    assert asked == []
    monkeypatch.delenv(google_storage._WITHOUT)
    gcs.files("gs://models/m", client)
    assert set(asked) == {"models"}, "what Google's client does unasked is known by another name now"


def test_nobody_answers(monkeypatch, tmp_path):
    without_login(monkeypatch, tmp_path)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    monkeypatch.setattr(gcs, "_SECONDS", 1)
    with pytest.raises(SlipwayError, match="cannot be reached"):
        gcs.files("gs://models/m", gcs.client("own"))


def test_an_artifact_is_carried_from_s3_to_google_and_back(client, tmp_path, gateway, bucket):
    google = client.get_bucket("models")
    google.versioning_enabled = True
    google.patch()
    folder = tmp_path / "files"
    (folder / "sub").mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"weights" * 1000)
    (folder / "sub" / "settings.json").write_text("{}")
    entry = content.resolve("iris", folder)
    keys = connect(gateway.store())
    amazon = s3.Bucket(keys, bucket)
    artifact.push("iris", folder, StoreTarget(gateway.store(), bucket))

    def to_google(name, path):
        return pusher.push(name, path, pusher.GcsTarget(client, "models"))

    assert carry("iris", entry, amazon, gcs.Bucket(client, "models"), to_google)
    assert not carry("iris", entry, amazon, gcs.Bucket(client, "models"), to_google)
    assert gcs.artifact("iris", client, "models") == entry
    put(client, f"{entry.immutable}model.bin", "overwritten since; the version id still means the first")
    another = f"{bucket}-2"
    keys.create_bucket(Bucket=another)
    keys.put_bucket_versioning(Bucket=another, VersioningConfiguration={"Status": "Enabled"})
    back = s3.Bucket(keys, another)
    assert carry(
        "iris",
        entry,
        gcs.Bucket(client, "models"),
        back,
        lambda name, path: artifact.push(name, path, StoreTarget(gateway.store(), another)),
    )
    assert s3.artifact("iris", keys, another) == entry
