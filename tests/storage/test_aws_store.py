"""The store on AWS: what the bucket, its logs and its registry are made of."""

import json

import pytest

from components.aws.place import Place
from components.storage.aws.bucket import artifact_rules, log_delivery, log_rules, refused
from components.storage.aws.images import clean_up
from components.storage.aws.store import AwsS3ArtifactStore, log_bucket
from components.storage.cloud import CloudStoreArgs
from components.storage.spec import AwsS3Store, Registry
from tests.cloud.typed import wrong
from tests.mocks.recorder import record

PLACE = Place(account="111122223333", region="us-east-1", stack="prod")


def recorded(*, protect=True, preview=True, **said):
    """What a store registers."""
    spec = AwsS3Store(kind="aws-s3", bucket="acme-models", **said)
    args = CloudStoreArgs(
        spec=spec, owner="111122223333", region="us-east-1", stack="prod", images=["iris", "fetch"], protect=protect
    )
    handles = []
    seen = record(lambda: handles.append(AwsS3ArtifactStore("artifacts", args).handle), preview=preview)
    return seen, handles[0]


@pytest.mark.parametrize("preview", [True, False])
def test_a_store_has_what_guards_it(preview):
    seen, handle = recorded(preview=preview)
    assert (handle.bucket, handle.endpoint) == ("acme-models", "https://s3.us-east-1.amazonaws.com")
    assert handle.readers == {}
    for each in seen.resources:
        assert not each.custom or not wrong(each.type, each.inputs), each.urn
    parts = {each.type.rpartition(":")[2] for each in seen.resources if each.name == "artifacts"}
    assert parts >= {
        "Bucket", "BucketPublicAccessBlock", "BucketOwnershipControls", "BucketVersioning", "BucketLogging", "Key",
        "BucketServerSideEncryptionConfiguration", "BucketLifecycleConfiguration", "BucketPolicy",
    }  # fmt: skip
    assert "BucketObjectLockConfiguration" not in parts
    logging = seen.one("aws:s3/bucketLogging:BucketLogging", "artifacts")
    assert logging.inputs["targetPrefix"] == "acme-models/"
    assert seen.one("aws:s3/bucketPolicy:BucketPolicy", "artifacts-logs").urn in logging.dependencies


@pytest.mark.parametrize("protect", [True, False])
def test_buckets_and_keys_stay_with_all_that_guards_them_and_images_do_not(protect):
    seen, _ = recorded(protect=protect)
    for each in seen.resources:
        if each.custom and each.type.startswith("aws:s3/"):
            assert each.retain, each.urn
    kept = [*seen.of("aws:s3/bucket:Bucket"), *seen.of("aws:kms/key:Key")]
    assert len(kept) == 3
    assert all(each.retain and each.protect is protect for each in kept)
    for each in seen.of("aws:ecr/repository:Repository"):
        assert (each.protect, each.retain, each.inputs["forceDelete"]) == (protect, False, not protect)
    assert all(each.inputs["forceDestroy"] is False for each in seen.of("aws:s3/bucket:Bucket"))


def test_a_given_key_is_used_and_none_is_made():
    arn = "arn:aws:kms:us-east-1:111122223333:key/1"
    seen, handle = recorded(kms_key=arn)
    assert seen.of("aws:kms/key:Key") == []
    assert handle.key == arn
    rule = seen.one(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "artifacts"
    )
    (said,) = rule.inputs["rules"]
    assert said == {
        "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": arn},
        "bucketKeyEnabled": True,
    }


def test_logs_are_only_made_where_they_are_wanted():
    seen, _ = recorded(access_logs=False)
    assert seen.of("aws:s3/bucketLogging:BucketLogging") == []
    assert [each.name for each in seen.of("aws:s3/bucket:Bucket")] == ["artifacts"]
    assert log_bucket("acme-models") == "acme-models-logs"
    assert len(log_bucket("a" * 63)) == 63


def test_retention_locks_objects():
    seen, _ = recorded(retention_days=30, retention="compliance")
    assert seen.one("aws:s3/bucket:Bucket", "artifacts").inputs["objectLockEnabled"] is True
    lock = seen.one("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", "artifacts")
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": "COMPLIANCE", "days": 30.0}}
    assert "objectLockEnabled" not in seen.one("aws:s3/bucket:Bucket", "artifacts-logs").inputs


def test_nobody_comes_in_the_clear():
    statements = {each["Sid"]: each for each in refused("arn:aws:s3:::b")}
    assert {each["Effect"] for each in statements.values()} == {"Deny"}
    assert statements["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statements["Tls12"]["Condition"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    assert all(each["Resource"] == ["arn:aws:s3:::b", "arn:aws:s3:::b/*"] for each in statements.values())


def test_logs_come_from_this_bucket_of_this_account_alone():
    said = log_delivery(PLACE, "b", "b-logs")
    assert said["Resource"] == "arn:aws:s3:::b-logs/b/*"
    assert said["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    assert said["Condition"]["ArnEquals"] == {"aws:SourceArn": "arn:aws:s3:::b"}


def test_current_versions_never_go():
    spec = AwsS3Store(kind="aws-s3", bucket="b0b", noncurrent_days=60, archive_days=10)
    old, unfinished = artifact_rules(spec)
    assert old["expiration"] == {"expired_object_delete_marker": True}
    assert old["noncurrent_version_expiration"] == {"noncurrent_days": 60}
    assert old["noncurrent_version_transitions"] == [{"noncurrent_days": 10, "storage_class": "GLACIER_IR"}]
    assert unfinished["abort_incomplete_multipart_upload"] == {"days_after_initiation": 7}
    assert "noncurrent_version_transitions" not in artifact_rules(AwsS3Store(kind="aws-s3", bucket="b0b"))[0]
    assert log_rules(spec)[0]["expiration"] == {"days": 90}


def test_images_never_change_under_their_tag_and_old_ones_go():
    seen, _ = recorded(registry=Registry(keep=3, untagged_days=2))
    made = seen.of("aws:ecr/repository:Repository")
    assert {each.inputs["name"] for each in made} == {"acme-models/iris", "acme-models/fetch"}
    for each in made:
        assert each.inputs["imageTagMutability"] == "IMMUTABLE"
        assert each.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    untagged, many = clean_up(Registry(keep=3, untagged_days=2))["rules"]
    assert untagged["selection"] == {
        "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 2,
    }  # fmt: skip
    assert many["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 3}
    policies = seen.of("aws:ecr/lifecyclePolicy:LifecyclePolicy")
    assert {json.loads(each.inputs["policy"])["rules"][0]["selection"]["countNumber"] for each in policies} == {2}
