"""`Reader` when things happen behind its back: drift, loss, killed runs, strangers."""

import pytest

from providers.slipway_s3.users import User, mark_of
from tests.s3.driver import Failed, urn_of
from tests.s3.readers import reads, secret_of, statements, write


@pytest.fixture
def drifted(made, client, users, filled):
    """Does something to the reader behind its back; returns what a refresh and the next update then see."""

    def drift(what):
        wanted = made.news
        what(made, client, users, filled)
        assert made.refresh()
        made.check(wanted)
        return made.changed()

    return drift


def statement_removed(made, client, users, filled):
    client.delete_bucket_policy(Bucket=filled)


def statement_widened(made, client, users, filled):
    (mine,) = statements(client, filled)
    write(client, filled, [mine | {"Resource": [f"arn:aws:s3:::{filled}/*"]}])


def role_raised(made, client, users, filled):
    users._call("update-user", "MutableProps", {"Role": "admin"}, access=made.news["accessKey"])


@pytest.mark.parametrize("what", [statement_removed, statement_widened, role_raised])
def test_drift_is_found_and_mended(made, drifted, gateway, client, users, filled, what):
    secret = secret_of(made)
    assert drifted(what) == ["prefix"]
    made.update()
    assert secret_of(made) == secret
    assert reads(gateway, filled, made.news["accessKey"], secret)
    assert not reads(gateway, filled, made.news["accessKey"], secret, "models/other")
    assert users.all()[made.news["accessKey"]].role == "user"
    assert len(statements(client, filled)) == 1
    assert made.refresh()
    assert made.changed() == []


def test_a_secret_changed_by_hand_is_what_a_refresh_finds(made, users):
    users.reset(made.news["accessKey"], "changed-by-hand")
    assert made.refresh()
    assert secret_of(made) == "changed-by-hand"


def test_a_user_that_vanished_is_made_again(made, gateway, users, client, filled):
    users.delete(made.news["accessKey"])
    assert not made.refresh()
    made.create()
    assert reads(gateway, filled, made.news["accessKey"], secret_of(made))
    assert len(statements(client, filled)) == 1


def test_a_user_that_vanished_before_an_update_is_made_again(made, gateway, users, filled):
    users.delete(made.news["accessKey"])
    made.check(made.news | {"prefix": "models/other"})
    made.update()
    assert reads(gateway, filled, made.news["accessKey"], secret_of(made), "models/other")


def test_a_lost_user_does_not_keep_the_others_from_their_policy(made, provider, gateway, users, client, filled, name):
    users.delete(made.news["accessKey"])  # a policy that names it is refused as a whole
    other = provider.reader(filled, "models/other", name("other")).create()
    assert reads(gateway, filled, name("other"), secret_of(other), "models/other")
    assert [row["Principal"] for row in statements(client, filled)] == [{"AWS": [name("other")]}]


def test_a_bucket_that_vanished_takes_its_policy_along(provider, client, users, name):
    client.create_bucket(Bucket=name("store"))
    reader = provider.reader(name("store"), "models/iris", name("reader")).create()
    wanted = reader.news
    client.delete_bucket(Bucket=name("store"))
    assert reader.refresh()
    reader.check(wanted)
    assert reader.changed() == ["prefix"]
    with pytest.raises(Failed, match="has no such bucket"):
        reader.update()
    reader.delete()
    assert name("reader") not in users.all()


def test_an_import_needs_the_id_alone(made, provider, filled, name):
    imported = provider.reader(filled, "unknown", name("reader"))
    assert imported.load(made.id)
    assert imported.inputs == {"bucket": filled, "prefix": "models/iris", "accessKey": name("reader")}
    assert imported.outputs == made.outputs


@pytest.mark.parametrize("id_", ["{bucket}/nobody", "nowhere/{key}", "{bucket}", "{key}"])
def test_an_import_of_what_is_not_there_finds_nothing(made, provider, filled, id_):
    assert not provider.reader(filled, "unknown", "reader").load(id_.format(bucket=filled, key=made.news["accessKey"]))


def test_what_a_killed_run_made_is_taken_over_with_a_new_key(made, provider, gateway, users, client, filled, name):
    again = provider.reader(filled, "models/iris", name("reader")).create()
    assert secret_of(again) != secret_of(made)
    assert not reads(gateway, filled, name("reader"), secret_of(made))
    assert reads(gateway, filled, name("reader"), secret_of(again))
    assert len(statements(client, filled)) == 1


def test_a_run_killed_between_user_and_statement_is_continued(provider, gateway, users, filled, name):
    users.create(User(name("reader"), "half", "user", mark_of(urn_of("Reader", "one"))))
    reader = provider.reader(filled, "models/iris", name("reader")).create()
    assert reads(gateway, filled, name("reader"), secret_of(reader))


def test_a_strangers_user_is_left_alone(provider, users, client, filled, name):
    stranger = User(name("reader"), "theirs", "user", mark_of(urn_of("Reader", "another")))
    users.create(stranger)
    with pytest.raises(Failed, match="has a user of this name already") as refused:
        provider.reader(filled, "models/iris", name("reader")).create()
    assert f"pulumi import slipway-s3:index:Reader NAME {filled}/{name('reader')}" in refused.value.message
    assert "theirs" not in refused.value.message
    assert (users.all()[name("reader")], statements(client, filled)) == (stranger, [])


def test_a_reader_whose_policy_cannot_be_written_is_made_but_not_ready(provider, users, name):
    reader = provider.reader("no-such-bucket-here", "models/iris", name("reader"))
    with pytest.raises(Failed) as failed:
        reader.create()
    partial = failed.value.partial
    assert partial is not None
    assert partial.id == f"no-such-bucket-here/{name('reader')}"
    assert "has no such bucket" in partial.reasons[0]
    assert partial.properties.fields["secretKey"].struct_value.fields["value"].string_value
    users.delete(name("reader"))
