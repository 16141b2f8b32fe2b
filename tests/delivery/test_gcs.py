"""Artifacts on Cloud Storage: Google's own client against fake-gcs-server."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials

from catalog import google_storage
from catalog.errors import SlipwayError
from delivery import artifact, gcs
from delivery.gcs import GcsTarget, push
from tests.accounts import gcs_server

pytestmark = pytest.mark.filterwarnings("ignore:Please install grpcio-status:ImportWarning")
LARGE = gcs._CHUNK + 1


@pytest.fixture(scope="module")
def client():
    with gcs_server.running(gcs_server.find() or gcs_server.build()) as url:
        client = google_storage.client("acme", AnonymousCredentials(), client_options={"api_endpoint": url})
        for name, versioned in (("models", True), ("plain", False)):
            bucket = client.bucket(name)
            bucket.versioning_enabled = versioned
            client.create_bucket(bucket)
        yield client


@pytest.fixture
def target(client):
    yield GcsTarget(client, "models")
    for blob in client.list_blobs("models", versions=True):
        blob.delete()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "model.joblib").write_bytes(b"weights" * 1000)
    (folder / "sub" / "größe.json").write_text("{}")
    (folder / "empty").write_bytes(b"")
    return folder


def live(target: GcsTarget) -> dict[str, str]:
    return {blob.name: str(blob.generation) for blob in target.client.list_blobs(target.bucket)}


def test_a_push_writes_the_files_and_then_their_manifest(model, target):
    done: list[tuple[int, int]] = []
    pushed = push("iris", model, target, lambda *figures: done.append(figures))
    assert done[-1] == (7002, 7002)
    there = live(target)
    assert set(there) == {
        f"{pushed.prefix}{name}" for name in ("artifact.json", "empty", "model.joblib", "sub/größe.json")
    }
    written = json.loads(target.client.bucket("models").blob(f"{pushed.prefix}artifact.json").download_as_bytes())
    assert {row["path"]: row["version_id"] for row in written["files"]} == {
        stored.file.path: there[pushed.prefix + stored.file.path] for stored in pushed.files
    }
    assert (written["digest"], written["model"], pushed.bucket) == (pushed.digest, "iris", "models")
    assert not pushed.already_there


def test_the_digest_is_the_same_as_on_s3(model, target):
    files = artifact.scan(model)
    assert push("iris", model, target).digest == artifact.digest(source.file for source in files)


def test_the_same_again_changes_nothing(model, target):
    first, before = push("iris", model, target), live(target)
    again = push("iris", model, target)
    assert again.already_there
    assert (again.files, live(target)) == (first.files, before)


def test_what_was_lost_is_there_again_and_named_anew(model, target):
    first = push("iris", model, target)
    target.client.bucket("models").delete_blob(f"{first.prefix}model.joblib")
    again = push("iris", model, target)
    assert not again.already_there
    ids = {stored.file.path: stored.version_id for stored in again.files}
    assert ids["empty"] == {s.file.path: s.version_id for s in first.files}["empty"]
    assert ids["model.joblib"] == live(target)[f"{first.prefix}model.joblib"]
    assert push("iris", model, target).already_there


def test_another_content_under_a_key_is_replaced_by_the_right_one(model, target):
    first = push("iris", model, target)
    blob = target.client.bucket("models").blob(f"{first.prefix}model.joblib")
    blob.upload_from_string(b"other")
    push("iris", model, target)
    assert blob.download_as_bytes() == (model / "model.joblib").read_bytes()


def test_a_large_file_goes_up_in_chunks(tmp_path, target):
    (tmp_path / "large").write_bytes(b"x" * LARGE)
    pushed = push("iris", tmp_path / "large", target)
    assert target.client.bucket("models").get_blob(f"{pushed.prefix}large").size == LARGE


def test_a_file_that_changes_meanwhile_is_refused_and_not_kept(model, target, monkeypatch):
    scan = gcs.scan

    def then_written(path):
        found = scan(path)
        (model / "model.joblib").write_bytes(b"others" * 1000)
        return found

    monkeypatch.setattr(gcs, "scan", then_written)
    with pytest.raises(SlipwayError, match="it changed while it was read"):
        push("iris", model, target)
    assert not [name for name in live(target) if name.endswith(("model.joblib", "artifact.json"))]


def test_a_manifest_that_no_push_wrote_is_refused(model, target):
    named = push("iris", model, target)
    target.client.bucket("models").blob(f"{named.prefix}artifact.json").upload_from_string(b"{}")
    with pytest.raises(SlipwayError, match="no push of Slipway wrote this"):
        push("iris", model, target)


@pytest.mark.parametrize(
    ("bucket", "why"), [("nowhere", "there is no such bucket"), ("plain", "the bucket keeps no versions")]
)
def test_a_bucket_that_is_not_right_is_one_clear_error(model, target, bucket, why):
    with pytest.raises(SlipwayError, match=why):
        push("iris", model, GcsTarget(target.client, bucket))


def test_without_credentials_it_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none"))
    with pytest.raises(SlipwayError, match="gcloud auth application-default login"):
        gcs.connect("acme")


def test_what_is_pushed_is_retained_where_the_stack_says_so(model, target, monkeypatch):
    place = gcs._Place(target.client.bucket("models"), ("Locked", 30))
    blob = place.blob("models/iris/x")
    assert blob.retention.mode == "Locked"
    assert 29 < (blob.retention.retain_until_time - datetime.now(UTC)).total_seconds() / 86400 <= 30
    assert "retention" in blob._get_writable_metadata()
    assert "retention" not in gcs._Place(target.client.bucket("models"), None).blob("x")._get_writable_metadata()
