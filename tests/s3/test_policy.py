"""One policy for many readers: merged writes, shared reads, nothing of others touched."""

import json
import threading
import time

import pytest

from providers.slipway_s3 import policy
from providers.slipway_s3.gather import Gathered
from providers.slipway_s3.policy import Change, PolicyWriter, RefusedPolicyError, merge, parse, statement
from providers.slipway_s3.store import connect
from providers.slipway_s3.users import Users
from tests.counts import count
from tests.s3.driver import Failed, Provider, Resource, settings, together

FOREIGN = {"Sid": "ByHand", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
UNNAMED = {"Effect": "Allow", "Principal": {"AWS": "arn"}, "Action": "s3:GetObject", "Resource": "*"}


def of(*names):
    return [statement("store", f"models/{name}", name) for name in names]


def document(*rows):
    return {"Version": "2012-10-17", "Statement": list(rows)}


def test_a_statement_lets_one_principal_get_objects_below_one_prefix():
    (row,) = of("iris")
    assert row | {"Sid": ""} == {
        "Sid": "",
        "Effect": "Allow",
        "Principal": {"AWS": ["iris"]},
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": ["arn:aws:s3:::store/models/iris/*"],
    }
    assert row["Sid"].isalnum()
    assert policy.is_ours(row)
    assert policy.prefix_of(row) == "models/iris"


def test_sids_tell_readers_apart():
    sids = {policy.sid(who, prefix) for who in ("a", "b", "a\nb") for prefix in ("x", "y", "b\nx")}
    assert len(sids) >= 8
    assert policy.sid("a", "x") == policy.sid("a", "x")


@pytest.mark.parametrize(
    ("named", "who"),
    [("*", ["*"]), ({"AWS": "a"}, ["a"]), ({"AWS": ["a", "b"]}, ["a", "b"]), ({"Service": "s"}, []), (None, [])],
)
def test_principals_in_each_form(named, who):
    assert policy.principals({"Principal": named} if named else {}) == who


def test_what_the_changes_do_not_name_stays():
    a, b, c = of("a", "b", "c")
    before = document(FOREIGN, UNNAMED, a, b) | {"Id": "kept"}
    after = merge(before, [Change(add=(c,)), Change(remove=frozenset({a["Sid"]}))])
    assert after == document(FOREIGN, UNNAMED, b, c) | {"Id": "kept"}
    assert before["Statement"] == [FOREIGN, UNNAMED, a, b]


def test_a_statement_that_was_changed_is_replaced_and_one_that_is_right_keeps_its_place():
    a, b = of("a", "b")
    assert merge(document(dict(a, Resource="*"), b), [Change(add=(a,))])["Statement"] == [b, a]
    assert merge(document(a, b), [Change(add=(a,))])["Statement"] == [a, b]
    assert merge(document(a, a, b), [Change(add=(a,))])["Statement"] == [b, a]
    assert merge(document(a, b, b), [Change(frozenset({a["Sid"]}), (b,))])["Statement"] == [b]


def test_documents_in_each_form():
    assert parse("") == document()
    assert parse(json.dumps({"Version": "2012-10-17", "Statement": FOREIGN})) == document(FOREIGN)


class Server:
    """A policy in memory, slow like a server."""

    def __init__(self, refuses=()):
        self.text, self.writes, self.refuses = "", 0, set(refuses)

    def read(self, bucket):
        return self.text

    def write(self, bucket, new):
        self.writes += 1
        time.sleep(0.01)
        if new and self.refuses & {row["Sid"] for row in new["Statement"]}:
            raise RefusedPolicyError("s3://store", "", "no", "none")
        self.text = json.dumps(new) if new else ""

    @property
    def sids(self):
        return {row["Sid"] for row in parse(self.text)["Statement"]}


def test_many_changes_are_few_writes():
    server, rows = Server(), of(*map(str, range(200)))
    writer = PolicyWriter(server.read, server.write)
    together(lambda row: writer.apply("store", Change(add=(row,))), rows)
    assert server.sids == {row["Sid"] for row in rows}
    assert server.writes < 40
    together(lambda row: writer.apply("store", Change(remove=frozenset({row["Sid"]}))), rows)
    assert server.text == ""


def test_nothing_to_change_is_no_write():
    server = Server()
    writer = PolicyWriter(server.read, server.write)
    (row,) = of("a")
    for _ in range(3):
        writer.apply("store", Change(add=(row,)))
    assert server.writes == 1


def test_one_that_is_refused_does_not_hurt_the_others():
    rows = of("a", "b", "c", "d")
    server = Server(refuses=[rows[2]["Sid"]])
    writer = PolicyWriter(server.read, server.write)

    def outcome(row):
        try:
            writer.apply("store", Change(add=(row,)))
        except RefusedPolicyError:
            return False
        return True

    assert together(outcome, rows) == [True, True, False, True]
    assert server.sids == {row["Sid"] for row in rows} - server.refuses


def test_a_server_that_fails_fails_everyone_and_the_next_one_tries_anew():
    server = Server()
    answers = [OSError("down")]

    def read(bucket):
        time.sleep(0.05)
        if answers:
            raise answers.pop()
        return server.read(bucket)

    writer = PolicyWriter(read, server.write, gather_s=0.5)  # both in one batch
    a, b, c = of("a", "b", "c")

    def outcome(row):
        try:
            writer.apply("store", Change(add=(row,)))
        except OSError:
            return False
        return True

    assert together(outcome, [a, b]) == [False, False]
    assert outcome(c)
    assert server.sids == {c["Sid"]}


def test_gathered_reads_are_shared_and_never_older_than_the_question():
    asked, reads, lock = 0, 0, threading.Lock()

    def read():
        nonlocal reads
        with lock:
            reads, seen = reads + 1, asked
        time.sleep(0.005)
        return seen

    gathered = Gathered(read)

    def ask(_):
        nonlocal asked
        with lock:
            asked += 1
            mine = asked
        return gathered.get() >= mine

    assert all(together(ask, range(200)))
    assert reads < 60


def test_a_gathered_read_that_fails_says_so_and_the_next_one_asks_again():
    answers = iter([ValueError("down"), 7])

    def read():
        if isinstance(answer := next(answers), Exception):
            raise answer
        return answer

    gathered = Gathered(read)
    with pytest.raises(ValueError, match="down"):
        gathered.get()
    assert gathered.get() == 7


@pytest.fixture
def readers(client, bucket):
    """Makes readers of one bucket, each with a name of its own."""

    def make(provider, number):
        return [
            Resource(
                provider,
                "Reader",
                {"bucket": bucket, "prefix": f"models/model-{i}", "accessKey": f"{bucket}-model-{i}"},
                f"{bucket}-model-{i}",
            )
            for i in range(number)
        ]

    return make


def sids(client, bucket):
    return [row["Sid"] for row in json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]]


def test_hundreds_of_readers_at_once(provider, gateway, client, bucket, readers, figure):
    number = count(test=300, prove=1000, soak=1000)
    rows = readers(provider, number)
    times = []
    for step in (Resource.create, Resource.refresh, Resource.diff):
        begun = time.monotonic()
        answers = together(step, rows)
        times.append(time.monotonic() - begun)
    assert not any(answer.diffs for answer in answers)
    assert len(sids(client, bucket)) == len(set(sids(client, bucket))) == number
    last = rows[-1]
    client.put_object(Bucket=bucket, Key=f"{last.inputs['prefix']}/file", Body=b"x")
    mine = connect(gateway.store(last.inputs["accessKey"], last.outputs["secretKey"].value))
    assert mine.get_object(Bucket=bucket, Key=f"{last.inputs['prefix']}/file")["Body"].read() == b"x"
    begun = time.monotonic()
    together(Resource.delete, rows)
    figure(
        f"slipway-s3: {number} readers of a bucket: made in {times[0]:.1f} s, refreshed in {times[1]:.1f} s,"
        f" deleted in {time.monotonic() - begun:.1f} s"
    )
    assert not [name for name in Users(gateway.store(), gateway.admin).all() if name.startswith(f"{bucket}-model-")]


def made(reader):
    """Whether the engine heard that it is made."""
    try:
        reader.create()
    except Failed:
        return False
    return True


def kill_when_there_are(number, prefix, users, provider):
    """Kills the provider as soon as it has made so many users."""
    while sum(name.startswith(prefix) for name in users.all()) < number:
        time.sleep(0.002)
    provider.process.kill()


def test_kills_in_the_middle_lose_and_double_nothing(gateway, client, bucket, readers):
    """kill -9 of the provider while it makes readers; the next run, which knows nothing of them, goes on."""
    users = Users(gateway.store(), gateway.admin)
    for attempt in range(count(test=2, prove=10, soak=50)):
        victim, following = Provider(), Provider()
        rows, again = readers(victim, 40), readers(following, 40)
        for provider in (victim, following):
            provider.configure(settings(gateway))
        killer = threading.Thread(
            target=kill_when_there_are, args=(1 + 9 * attempt % 38, f"{bucket}-model-", users, victim)
        )
        killer.start()
        assert not all(together(made, rows))
        killer.join()
        victim.stop()
        together(Resource.create, again)
        assert len(sids(client, bucket)) == len(set(sids(client, bucket))) == 40
        assert all(together(lambda row: row.refresh() and not row.changed(), again))
        together(Resource.delete, again)
        following.stop()
