"""The fetcher of the pods against a real S3 server: as its own program, and where a case is one of many as a function."""

import json
import threading
import time
from pathlib import Path

import pytest

from delivery.fetch import fetch
from delivery.files import MANIFEST
from providers.slipway_s3.policy import statement
from providers.slipway_s3.store import connect
from providers.slipway_s3.users import User, Users
from tests.delivery.pod import Pushed, left, refused
from tests.ports import free_port
from tests.s3.gateway import Gateway


def test_every_file_arrives(pushed: Pushed, tmp_path: Path) -> None:
    done = pushed.run()
    assert (done.returncode, done.stderr) == (0, "")
    assert left(pushed.into) == ["empty", "model.joblib", "sub/größe.json"]
    assert (pushed.into / "model.joblib").read_bytes() == (tmp_path / "model" / "model.joblib").read_bytes()


def test_a_second_run_finds_its_files_and_mends_a_damaged_one(pushed: Pushed) -> None:
    assert pushed.fetch().returncode == 0
    (pushed.into / "model.joblib").write_bytes(b"damaged")
    (pushed.into / ".incoming").mkdir()
    (pushed.into / ".incoming" / "half").write_text("of a killed run")
    kept = (pushed.into / "sub" / "größe.json").stat().st_ino
    assert pushed.fetch().returncode == 0
    assert (pushed.into / "model.joblib").read_bytes() == b"weights" * 1000
    assert (pushed.into / "sub" / "größe.json").stat().st_ino == kept
    assert left(pushed.into) == ["empty", "model.joblib", "sub/größe.json"]


def test_a_later_overwrite_is_not_fetched(pushed: Pushed) -> None:
    pushed.put("model.joblib", b"another model")
    assert pushed.fetch().returncode == 0
    assert (pushed.into / "model.joblib").read_bytes() == b"weights" * 1000


def test_a_wrong_digest_leaves_nothing(pushed: Pushed) -> None:
    refused(pushed.run("--digest", "sha256:" + "0" * 64), 1, f"wrong digest: asked for sha256:{'0' * 64}")
    assert left(pushed.into) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"Weights" + b"weights" * 999, "sha256"),
        (b"weights" * 999, "6993 bytes instead of 7000"),
        (b"weights" * 1001, "more than 7000 bytes"),
    ],
)
def test_a_file_that_is_not_what_was_pushed_leaves_nothing(pushed: Pushed, body: bytes, why: str) -> None:
    version = pushed.put("model.joblib", body)
    rows = pushed.rows()
    rows[1]["version_id"] = version
    assert pushed.rewrite(rows) == pushed.artifact.digest
    done = pushed.fetch()
    refused(done, 1, "model.joblib")
    assert why in done.stderr
    assert left(pushed.into) == []


def test_a_version_that_is_gone_leaves_nothing(pushed: Pushed) -> None:
    stored = pushed.artifact.files[1]
    key = pushed.artifact.prefix + stored.file.path
    connect(pushed.store).delete_object(Bucket=pushed.artifact.bucket, Key=key, VersionId=stored.version_id)
    refused(pushed.fetch(), 1, "NoSuchVersion")
    assert left(pushed.into) == []


@pytest.mark.parametrize("path", ["../evil", "/etc/evil", "a/../../evil", "a//b", ".incoming/x", "..\\evil"])
def test_a_path_that_leads_elsewhere_is_refused(pushed: Pushed, path: str) -> None:
    rows = pushed.rows()
    rows[0]["path"] = path
    refused(pushed.fetch("--digest", pushed.rewrite(rows)), 1, "names a path that leads elsewhere")
    assert left(pushed.into.parent) == []


@pytest.mark.parametrize("body", [b"", b"[]", b'{"files": [{}]}', b"\xff"])
def test_a_broken_manifest_is_refused(pushed: Pushed, body: bytes) -> None:
    pushed.put(MANIFEST, body)
    refused(pushed.fetch(), 1, "artifact.json is not readable")


def test_strange_files_are_left_alone(pushed: Pushed) -> None:
    pushed.into.mkdir(parents=True)
    (pushed.into / "mine").write_text("x")
    refused(pushed.fetch(), 1, "holds files that are not of")
    assert left(pushed.into) == ["mine"]


def test_what_was_never_pushed_names_the_command(pushed: Pushed) -> None:
    begun = time.monotonic()
    done = pushed.fetch("--prefix", f"models/iris/sha256:{'0' * 64}/", "--wait", "2")
    refused(done, 3, "push it: slipway artifact push iris PATH -s STACK")
    assert 1 < time.monotonic() - begun < 10


def test_it_waits_for_a_push(pushed: Pushed) -> None:
    client = connect(pushed.store)
    key = pushed.artifact.prefix + MANIFEST
    body = client.get_object(Bucket=pushed.artifact.bucket, Key=key)["Body"].read()
    version = client.head_object(Bucket=pushed.artifact.bucket, Key=key)["VersionId"]
    client.delete_object(Bucket=pushed.artifact.bucket, Key=key, VersionId=version)
    timer = threading.Timer(1.5, lambda: pushed.put(MANIFEST, body))
    timer.start()
    done = pushed.fetch("--wait", "20")
    timer.join()
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("environment", "code", "why"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, 1, "SignatureDoesNotMatch"),
        ({"AWS_ACCESS_KEY_ID": "nobody"}, 1, "InvalidAccessKeyId"),
        ({"S3_BUCKET": "absent"}, 1, "NoSuchBucket"),
        ({"S3_BUCKET": ""}, 2, "S3_BUCKET is not set"),
        ({"S3_ENDPOINT": "nonsense"}, 2, "S3_ENDPOINT"),
    ],
)
def test_wrong_settings_are_one_line(pushed: Pushed, environment: dict[str, str], code: int, why: str) -> None:
    done = pushed.fetch(**environment)
    refused(done, code, why)
    assert pushed.store.secret_key not in done.stderr


@pytest.mark.parametrize("arguments", [["--digest", "md5:1"], ["--prefix", "models/iris"], ["--wait", "soon"]])
def test_wrong_arguments(pushed: Pushed, arguments: list[str]) -> None:
    done = pushed.fetch(*arguments)
    assert done.returncode == 2
    assert arguments[0] in done.stderr


def test_no_server_is_not_now(pushed: Pushed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_LEAST_WAIT_S", 2.0)
    done = pushed.fetch(S3_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    refused(done, 3, "the S3 server does not answer")


def test_the_termination_log_has_the_line(pushed: Pushed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "termination-log"
    log.write_text("")
    monkeypatch.setattr(fetch, "TERMINATION_LOG", log)
    done = pushed.fetch("--digest", "sha256:" + "0" * 64)
    assert log.read_text() == done.stderr
    assert "wrong digest" in log.read_text()


def test_a_readers_key_is_enough(pushed: Pushed, gateway: Gateway) -> None:
    """It may get objects below its model's prefix, not list them."""
    bucket = pushed.artifact.bucket
    Users(gateway.store(), gateway.admin).create(User(bucket, "a-readers-secret", "user", 0))
    policy = {"Version": "2012-10-17", "Statement": [statement(bucket, "models/iris", bucket)]}
    connect(gateway.store()).put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    pushed.store = gateway.store(bucket, "a-readers-secret")
    assert pushed.fetch().returncode == 0
    absent = pushed.fetch("--prefix", f"models/iris/sha256:{'0' * 64}/")
    refused(absent, 3, "push it: slipway artifact push iris PATH -s STACK")
    refused(pushed.fetch("--prefix", pushed.artifact.prefix.replace("iris", "other")), 3, "may not read it")
