"""`Reader` against a real server: its life, what it may, and what cannot be one."""

import re

import pytest
from pulumi.runtime.proto import provider_pb2

from providers.slipway_s3.policy import SID_PREFIX
from providers.slipway_s3.store import connect
from providers.slipway_s3.users import User
from providers.wire import SIGNATURE, UNKNOWN, Secret, encode
from tests.s3.driver import Failed, settings
from tests.s3.gateway import ROOT
from tests.s3.readers import by_hand, code, reads, secret_of, statements, write


def test_a_life(provider, gateway, client, users, filled, name):
    key = name("reader")
    reader = provider.reader(filled, "models/iris", key)
    assert reader.failures == {}
    assert reader.preview() == reader.news | {"secretKey": Secret(UNKNOWN)}
    assert (key in users.all(), statements(client, filled)) == (False, [])
    reader.create()
    assert reader.id == f"{filled}/{key}"
    assert re.fullmatch("[0-9a-f]{40}", secret_of(reader)), "a word that no command takes for an option"
    assert reads(gateway, filled, key, secret_of(reader))
    assert reader.changed() == []
    assert reader.refresh()
    assert reader.changed() == []

    assert reader.changed(prefix="models/other") == ["prefix"]
    assert not reader.diff().replaces
    assert reader.update(preview=True)["prefix"] == "models/other"
    kept = secret_of(reader)
    reader.update()
    assert secret_of(reader) == kept
    assert not reads(gateway, filled, key, kept)
    assert reads(gateway, filled, key, kept, "models/other")
    assert len(statements(client, filled)) == 1

    reader.delete()
    assert (key in users.all(), statements(client, filled)) == (False, [])
    reader.delete()  # once more: fine


def test_a_reader_reads_its_prefix_and_does_nothing_else(made, gateway, client, filled):
    mine = connect(gateway.store(made.news["accessKey"], secret_of(made)))
    version = client.head_object(Bucket=filled, Key="models/iris/file")["VersionId"]
    client.put_object(Bucket=filled, Key="models/iris/file", Body=b"y")
    old = mine.get_object(Bucket=filled, Key="models/iris/file", VersionId=version)["Body"].read()
    assert (old, mine.get_object(Bucket=filled, Key="models/iris/file")["Body"].read()) == (b"x", b"y")
    refusals = {
        code(mine.get_object, Bucket=filled, Key="models/iris-2/file"),
        code(mine.get_object, Bucket=filled, Key="models/other/file"),
        code(mine.put_object, Bucket=filled, Key="models/iris/new", Body=b""),
        code(mine.delete_object, Bucket=filled, Key="models/iris/file"),
        code(mine.list_objects_v2, Bucket=filled, Prefix="models/iris/"),
        code(mine.list_object_versions, Bucket=filled, Prefix="models/iris/"),
        code(mine.get_bucket_policy, Bucket=filled),
        code(mine.create_bucket, Bucket="a-bucket-of-its-own"),
    }
    assert refusals == {"AccessDenied"}
    assert mine.list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("change", "before"), [({"accessKey": "another-reader"}, False), ({"bucket": "another-bucket"}, True)]
)
def test_another_bucket_or_key_is_another_reader(made, change, before):
    """The same key cannot be there twice: then the old reader goes first."""
    answer = made.diff(**change)
    assert list(answer.replaces) == list(change)
    assert answer.detailedDiff[next(iter(change))].kind == provider_pb2.PropertyDiff.UPDATE_REPLACE
    assert answer.deleteBeforeReplace is before


def test_everything_wrong_is_said_at_once(provider):
    reader = provider.reader("good", "models/iris", "reader")
    assert reader.check({"prefx": "models/iris"}) == {
        "prefx": "no such property; did you mean prefix?",
        "bucket": "bucket is missing",
        "prefix": "prefix is missing",
        "accessKey": "accessKey is missing",
    }
    assert reader.check({"bucket": "good", "prefix": "a", "accessKey": "four", "zzz": 1}) == {
        "zzz": "no such property; there are bucket, prefix, accessKey, secretKey, principal"
    }


@pytest.mark.parametrize(
    "prefix", ["", "/a", "a/", "a//b", "a/*", "a?", "a/${aws:username}", "a/../b", "a/.", "ä", "a b", "x" * 513, 7]
)
def test_prefixes_that_would_read_more_or_nothing(provider, prefix):
    assert list(
        provider.reader("good", "a", "reader").check({"bucket": "good", "prefix": prefix, "accessKey": "reader"})
    ) == ["prefix"]


@pytest.mark.parametrize("prefix", ["a", "models/iris", "models/iris_2.0/v(1)", "...a/b"])
def test_prefixes_that_are_fine(provider, prefix):
    assert provider.reader("good", prefix, "reader").failures == {}


@pytest.mark.parametrize("key", ["abc", "x" * 129, "a b c d", "-abc", "abc-", "a:bcd", ROOT])
def test_keys_that_cannot_be_a_readers(provider, key):
    assert list(provider.reader("good", "models/iris", key).failures) == ["accessKey"]


def test_a_secret_key_is_given_only_where_none_can_be_made(provider, spare, gateway):
    given = Secret("made-elsewhere")
    with_users = provider.reader("good", "models/iris", "reader", secretKey=given)
    assert "leave secretKey out" in with_users.failures["secretKey"]
    assert "made-elsewhere" not in with_users.failures["secretKey"]
    spare.configure(settings(gateway, adminEndpoint=None))
    assert "given as a secret" in spare.reader("good", "models/iris", "reader").failures["secretKey"]
    assert spare.reader("good", "models/iris", "reader", secretKey=given).failures == {}
    assert spare.reader("good", "models/iris", "reader", secretKey=Secret(UNKNOWN)).failures == {}


def test_what_is_not_known_yet_stays_unknown(provider):
    reader = provider.reader("later", "models/iris", "reader")
    assert reader.check({"bucket": UNKNOWN, "prefix": "models/iris", "accessKey": UNKNOWN}) == {}
    foreseen = reader.preview()
    assert (foreseen["bucket"], foreseen["accessKey"]) == (UNKNOWN, UNKNOWN)
    assert foreseen["secretKey"] == Secret(UNKNOWN)


def test_the_key_is_a_secret_on_the_wire_and_in_no_log(provider, filled, name):
    reader = provider.reader(filled, "models/iris", name("reader"))
    request = provider_pb2.CreateRequest(urn=reader.urn, properties=encode(reader.news))
    raw = provider.call("Create", request).properties.fields["secretKey"].struct_value.fields
    assert raw[SIGNATURE].string_value == "1b47061264138c4ac30d75fd1eb44270"
    assert len(raw["value"].string_value) >= 40


def test_statements_of_other_hands_stay(provider, client, filled, name):
    write(client, filled, [by_hand(filled)])
    reader = provider.reader(filled, "models/iris", name("reader")).create()
    assert [row["Sid"].startswith(SID_PREFIX) for row in statements(client, filled)] == [False, True]
    reader.check(reader.news | {"prefix": "models/other"})
    reader.update()
    reader.delete()
    assert statements(client, filled) == [by_hand(filled)]


def test_without_an_admin_api_only_the_statement_is_made(spare, gateway, users, client, filled, name):
    spare.configure(settings(gateway, adminEndpoint=None))
    key, secret = name("reader"), "made-elsewhere"
    users.create(User(key, secret, "user", 0))
    reader = spare.reader(filled, "models/iris", key, secretKey=Secret(secret))
    assert reader.preview()["secretKey"] == Secret(secret)
    reader.create()
    assert reads(gateway, filled, key, secret)
    assert reader.refresh()
    assert reader.changed() == []
    assert reader.inputs["secretKey"] == Secret(secret)
    client.delete_bucket_policy(Bucket=filled)
    wanted = reader.news
    assert reader.refresh()
    reader.check(wanted)
    assert reader.changed() == ["prefix"]
    reader.update()
    assert reader.changed(secretKey=Secret("rotated")) == ["secretKey"]
    reader.update()
    assert secret_of(reader) == "rotated"
    reader.delete()
    assert statements(client, filled) == []
    assert users.all()[key].secret == secret  # it is not this resource's


def test_without_an_admin_api_a_user_that_is_not_there_is_one_clear_error(spare, gateway, client, filled, name):
    spare.configure(settings(gateway, adminEndpoint=None))
    write(client, filled, [by_hand(filled)])
    reader = spare.reader(filled, "models/iris", name("nobody"), secretKey=Secret("made-elsewhere"))
    with pytest.raises(Failed, match="refuses the bucket policy") as refused:
        reader.create()
    assert "make the reader's user first" in refused.value.message
    assert "ByHand" in refused.value.message
    assert statements(client, filled) == [by_hand(filled)]


def test_another_principal_than_the_key(spare, gateway, users, client, filled, name):
    """Where a server names users otherwise than by their key, as Amazon does."""
    spare.configure(settings(gateway, adminEndpoint=None))
    users.create(User(name("user"), "theirs", "user", 0))
    reader = spare.reader(filled, "models/iris", "AKIAKEY", secretKey=Secret("x" * 8), principal=name("user")).create()
    (mine,) = statements(client, filled)
    assert mine["Principal"] == {"AWS": [name("user")]}
    assert reader.refresh()
    assert reader.changed() == []
    reader.delete()
    assert statements(client, filled) == []
