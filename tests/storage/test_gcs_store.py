"""A store on Google as it is registered: bucket, key, logs, images; and who reads it."""

from typing import Any

import pytest

from components.storage.cloud import CloudStoreArgs
from components.storage.google import bucket, images
from components.storage.spec import GcsStore, Registry
from tests.cloud.typed import wrong
from tests.mocks.graph import Graph
from tests.mocks.recorder import record

BUCKET, GRANT = "gcp:storage/bucket:Bucket", "gcp:storage/bucketIAMMember:BucketIAMMember"
REPOSITORY = "gcp:artifactregistry/repository:Repository"


def store(*, preview: bool = False, protect: bool = True, **said: Any) -> Graph:
    spec = GcsStore(kind="gcs", bucket="acme-models", **said)

    def program() -> dict[str, Any]:
        from components.storage.google.store import GcsArtifactStore

        args = CloudStoreArgs(
            spec=spec, owner="acme-ml", region="us-central1", stack="test", images=(), protect=protect
        )
        handle = GcsArtifactStore("artifacts", args).handle
        return {"bucket": handle.bucket, "scheme": handle.scheme, "endpoint": handle.endpoint}

    recording = record(program, preview=preview, stack="test")
    assert recording.outputs == {"bucket": "acme-models", "scheme": "gs", "endpoint": "https://storage.googleapis.com"}
    return Graph(recording)


@pytest.mark.parametrize("preview", [True, False])
def test_the_bucket_is_closed_versioned_encrypted_and_logged(preview):
    found = store(preview=preview)
    artifacts, logs = sorted(found.of(BUCKET), key=lambda each: each.name)
    assert artifacts.inputs["logging"] == {"logBucket": "acme-models-logs", "logObjectPrefix": "acme-models"}
    assert "logging" not in logs.inputs
    for each in (artifacts, logs):
        assert each.protect
        assert each.retain
        key = "projects/acme-ml/locations/us-central1/keyRings/keys-acme-models/cryptoKeys/artifacts"
        assert each.inputs["encryption"]["defaultKmsKeyName"] == key
    (delivery,) = found.of(GRANT)
    assert delivery.inputs["member"] == "group:cloud-storage-analytics@google.com"
    assert found.missing([artifacts], [delivery]) == [], "no log is lost at the beginning"
    assert all(not wrong(each.type, each.inputs) for each in found.resources.values() if each.custom)


def test_what_is_not_protected_is_still_retained():
    found = store(protect=False)
    assert not any(each.protect for each in found.resources.values())
    assert all(each.retain for each in found.of(BUCKET, "gcp:kms/cryptoKey:CryptoKey"))
    assert not any(each.retain for each in found.of(REPOSITORY))


def test_without_logs_there_is_one_bucket():
    (only,) = store(access_logs=False).of(BUCKET)
    assert "logging" not in only.inputs


def test_old_versions_move_and_go():
    spec = GcsStore(kind="gcs", bucket="b-1", noncurrent_days=60, archive_days=20, archive_class="ARCHIVE")
    assert [(rule["action"], rule["condition"]) for rule in bucket.artifact_rules(spec)] == [
        (
            {"type": "SetStorageClass", "storage_class": "ARCHIVE"},
            {"days_since_noncurrent_time": 20, "with_state": "ARCHIVED"},
        ),
        ({"type": "Delete"}, {"days_since_noncurrent_time": 60, "with_state": "ARCHIVED"}),
        ({"type": "AbortIncompleteMultipartUpload"}, {"age": 7}),
    ]


def test_retention_is_said_of_each_object_because_versions_exclude_a_policy_of_the_bucket():
    (kept,) = store(access_logs=False, retention_days=30).of(BUCKET)
    assert kept.inputs["enableObjectRetention"] is True
    assert "retentionPolicy" not in kept.inputs
    assert kept.inputs["versioning"] == {"enabled": True}


def test_the_repository_keeps_its_tags_and_its_newest_images():
    (made,) = store().of(REPOSITORY)
    assert made.inputs["repositoryId"] == "acme-models"
    assert made.inputs["dockerConfig"] == {"immutableTags": True}
    assert made.protect
    newest = images.clean_up(Registry(keep=10))[-1]
    assert newest == {"id": "newest", "action": "KEEP", "most_recent_versions": {"keep_count": 10}}


def test_a_reader_reads_its_own_artifacts_alone():
    from components.identity.google import reading, subject

    assert subject("acme-ml", "science", "iris") == "serviceAccount:acme-ml.svc.id.goog[science/iris]"
    said = reading("acme-models", "models/iris/")
    assert 'resource.name.startsWith("projects/_/buckets/acme-models/objects/models/iris/")' in said
    assert 'objectListPrefix", "").startsWith("models/iris/")' in said
    assert said.count("||") == 1
