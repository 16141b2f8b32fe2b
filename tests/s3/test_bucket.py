"""`Bucket` against a real server."""

import pytest
from pulumi.runtime.proto import provider_pb2

from providers.slipway_s3 import MARKER
from providers.wire import UNKNOWN, Secret
from tests.s3.driver import STACK, TAGS, Failed, settings
from tests.s3.gateway import running

REPLACE = provider_pb2.PropertyDiff.UPDATE_REPLACE


def tags_of(client, bucket):
    return {tag["Key"]: tag["Value"] for tag in client.get_bucket_tagging(Bucket=bucket)["TagSet"]}


def buckets(client):
    return {row["Name"] for row in client.list_buckets()["Buckets"]}


def versioning_of(client, bucket):
    return client.get_bucket_versioning(Bucket=bucket).get("Status")


@pytest.fixture
def made(provider, name):
    return provider.bucket(name("store")).create()


def test_a_life(provider, gateway, client, name):
    bucket = provider.bucket(name("store"))
    assert bucket.failures == {}
    assert bucket.news == {"bucket": name("store"), "versioning": True, "tags": TAGS, "forceDestroy": False}
    foreseen = bucket.preview()
    assert name("store") not in buckets(client)
    bucket.create()
    assert bucket.id == name("store")
    assert bucket.outputs == foreseen
    assert bucket.outputs["endpoint"] == gateway.endpoint
    assert bucket.outputs["arn"] == f"arn:aws:s3:::{name('store')}"
    assert (versioning_of(client, bucket.id), tags_of(client, bucket.id)) == ("Enabled", TAGS)
    assert bucket.changed() == []
    assert bucket.refresh()
    assert bucket.changed() == []

    more = TAGS | {"team": "search"}
    answer = bucket.diff(tags=more, versioning=False)
    assert (list(answer.diffs), list(answer.replaces)) == (["tags", "versioning"], [])
    assert bucket.update(preview=True)["tags"] == more
    assert tags_of(client, bucket.id) == TAGS
    bucket.update()
    assert (versioning_of(client, bucket.id), tags_of(client, bucket.id)) == ("Suspended", more)
    assert bucket.changed() == []

    bucket.delete()
    assert bucket.id not in buckets(client)
    bucket.delete()  # once more: fine


def test_another_name_is_another_bucket_made_before_the_old_one_goes(made):
    answer = made.diff(bucket=f"{made.id}-new")
    assert list(answer.replaces) == ["bucket"]
    assert answer.detailedDiff["bucket"].kind == REPLACE
    assert not answer.deleteBeforeReplace


@pytest.mark.parametrize(
    "value", ["ab", "x" * 64, "UPPER", "a_b", "-ab", "a..b", "a.-b", "10.0.0.1", "xn--abc", 7, None]
)
def test_names_that_s3_does_not_take(provider, value):
    failures = provider.bucket("good").check({"bucket": value, "tags": {}})
    assert list(failures) == ["bucket"]


@pytest.mark.parametrize("value", ["abc", "x" * 63, "a.b", "models-2", "1a1"])
def test_names_that_it_takes(provider, value):
    assert provider.bucket(value).failures == {}


def test_everything_wrong_is_said_at_once(provider):
    failures = provider.bucket("good").check({"versionning": True, "versioning": "yes", "forceDestroy": 1, "tags": []})
    assert failures == {
        "versionning": "no such property; did you mean versioning?",
        "bucket": "bucket is missing",
        "versioning": "'yes' is neither true nor false",
        "forceDestroy": "1 is neither true nor false",
        "tags": "tags are keys and values",
    }


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({str(number): "" for number in range(51)}, "51 tags are more than 50"),
        ({"key": 1}, "the value of 'key' is no text"),
        ({"k" * 129: ""}, "1 to 128"),
        ({"key": "v" * 257}, "up to 256"),
        ({"AWS:x": ""}, "belong to Amazon"),
    ],
)
def test_tags_that_s3_does_not_take(provider, tags, why):
    assert why in provider.bucket("good").check({"bucket": "good", "tags": tags})["tags"]


def test_what_is_not_known_yet_is_not_refused_and_stays_unknown(provider, gateway):
    bucket = provider.bucket("later")
    assert bucket.check({"bucket": UNKNOWN, "tags": {"key": UNKNOWN}, "versioning": UNKNOWN}) == {}
    foreseen = bucket.preview()
    assert foreseen["bucket"] is UNKNOWN
    assert foreseen["arn"] is UNKNOWN
    assert foreseen["tags"] == {"key": UNKNOWN}
    assert foreseen["endpoint"] == gateway.endpoint


def test_a_secret_tag_stays_a_secret(provider, client, name):
    bucket = provider.bucket(name("store"), tags=TAGS | {"owner": Secret("jo")})
    assert bucket.news["tags"]["owner"] == Secret("jo")
    assert bucket.create().outputs["tags"]["owner"] == Secret("jo")
    assert tags_of(client, bucket.id)["owner"] == "jo"
    assert bucket.changed() == []


def test_drift_is_found_and_mended(made, client):
    client.put_bucket_versioning(Bucket=made.id, VersioningConfiguration={"Status": "Suspended"})
    client.put_bucket_tagging(Bucket=made.id, Tagging={"TagSet": [{"Key": "by", "Value": "hand"}]})
    wanted = made.news
    assert made.refresh()
    assert (made.inputs["versioning"], made.inputs["tags"]) == (False, {"by": "hand"})
    made.check(wanted)
    assert made.changed() == ["tags", "versioning"]
    made.update()
    assert (versioning_of(client, made.id), tags_of(client, made.id)) == ("Enabled", TAGS)


def test_a_bucket_that_vanished_is_gone_and_made_again(made, client):
    client.delete_bucket(Bucket=made.id)
    assert not made.refresh()
    made.create()
    assert versioning_of(client, made.id) == "Enabled"


def test_a_bucket_that_vanished_before_an_update_is_one_clear_error(made, client):
    client.delete_bucket(Bucket=made.id)
    made.check(made.news | {"versioning": False})
    with pytest.raises(Failed, match="has no such bucket") as refused:
        made.update()
    assert "refresh" in refused.value.message
    assert made.id not in buckets(client)


def test_an_import_needs_the_id_alone(made, provider, client):
    client.put_bucket_versioning(Bucket=made.id, VersioningConfiguration={"Status": "Suspended"})
    imported = provider.bucket(made.id)
    assert imported.load(made.id)
    assert imported.inputs == made.news | {"versioning": False}
    assert imported.outputs["arn"] == made.outputs["arn"]
    assert not provider.bucket("nowhere").load("nowhere-at-all")


def test_what_a_killed_run_made_is_taken_over(provider, client, name):
    client.create_bucket(Bucket=name("store"), CreateBucketConfiguration={"Tags": [{"Key": MARKER, "Value": STACK}]})
    assert tags_of(client, name("store")) == TAGS  # made and marked in one step
    client.put_object(Bucket=name("store"), Key="kept", Body=b"x")
    assert provider.bucket(name("store")).create().id == name("store")
    assert versioning_of(client, name("store")) == "Enabled"
    assert client.get_object(Bucket=name("store"), Key="kept")["Body"].read() == b"x"


@pytest.mark.parametrize(
    ("tags", "whose"),
    [
        ({}, "is not this stack's"),
        ({"team": "search"}, "is not this stack's"),
        ({MARKER: "slipway/other"}, "slipway/other"),
    ],
)
def test_a_strangers_bucket_is_left_alone(provider, client, name, tags, whose):
    client.create_bucket(Bucket=name("store"))
    if tags:
        rows = [{"Key": key, "Value": value} for key, value in tags.items()]
        client.put_bucket_tagging(Bucket=name("store"), Tagging={"TagSet": rows})
    with pytest.raises(Failed, match="exists already") as refused:
        provider.bucket(name("store")).create()
    assert whose in refused.value.message
    assert f"pulumi import slipway-s3:index:Bucket NAME {name('store')}" in refused.value.message
    assert versioning_of(client, name("store")) is None


def test_without_a_marker_of_its_own_it_takes_over_nothing(provider, client, name):
    client.create_bucket(Bucket=name("store"))
    with pytest.raises(Failed, match="exists already"):
        provider.bucket(name("store"), tags={}).create()


def test_a_bucket_with_objects_is_not_deleted_unless_that_was_asked_for(made, client):
    for body in (b"one", b"two"):
        client.put_object(Bucket=made.id, Key="a/b", Body=body)
    client.delete_object(Bucket=made.id, Key="a/b")  # a delete marker: still not empty
    with pytest.raises(Failed, match="holds 3 versions of objects") as refused:
        made.delete()
    assert "forceDestroy" in refused.value.message
    assert len(client.list_object_versions(Bucket=made.id)["Versions"]) == 2
    client.create_multipart_upload(Bucket=made.id, Key="unfinished")
    assert made.changed(forceDestroy=True) == ["forceDestroy"]
    made.update()
    made.delete()
    assert made.id not in buckets(client)


def test_a_server_that_keeps_no_versions_leaves_a_bucket_that_is_not_ready(spare, tmp_path):
    with running(tmp_path, versions=False) as plain:
        spare.configure(settings(plain))
        bucket = spare.bucket("unversioned")
        with pytest.raises(Failed) as failed:
            bucket.create()
        partial = failed.value.partial
        assert partial is not None
        assert partial.id == "unversioned"
        assert "s3://unversioned" in partial.reasons[0]
        assert partial.inputs.fields["versioning"].bool_value
