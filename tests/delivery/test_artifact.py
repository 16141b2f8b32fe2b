"""Pushes to a real S3 server."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from catalog.errors import SlipwayError
from delivery import artifact
from delivery.artifact import StoreTarget, push
from delivery.files import MANIFEST, Source
from delivery.upload import PART, Uploader
from providers.slipway_s3.store import Store, connect
from tests.counts import count
from tests.ports import free_port
from tests.s3.gateway import Gateway


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "nested").mkdir(parents=True)
    (folder / "model.joblib").write_bytes(b"weights")
    (folder / "nested" / "größe 1.json").write_text("{}")
    (folder / "empty").write_bytes(b"")
    return folder


@pytest.fixture
def target(gateway: Gateway, bucket: str) -> StoreTarget:
    return StoreTarget(gateway.store(), bucket)


def versions(target: StoreTarget) -> dict[str, list[str]]:
    """Every version of every key, newest first."""
    pages = connect(target.store).get_paginator("list_object_versions").paginate(Bucket=target.bucket)
    found: dict[str, list[str]] = {}
    for page in pages:
        for row in page.get("Versions", []):
            found.setdefault(row["Key"], []).append(row["VersionId"])
    return found


def test_a_push_writes_the_files_and_then_their_manifest(model: Path, target: StoreTarget) -> None:
    seen: list[tuple[int, int]] = []
    pushed = push("iris", model, target, lambda done, total: seen.append((done, total)))
    assert not pushed.already_there
    assert pushed.prefix == f"models/iris/{pushed.digest}/"
    assert [stored.file.path for stored in pushed.files] == ["empty", "model.joblib", "nested/größe 1.json"]
    client = connect(target.store)
    for stored in pushed.files:
        key = pushed.prefix + stored.file.path
        body = client.get_object(Bucket=target.bucket, Key=key, VersionId=stored.version_id)["Body"].read()
        assert body == (model / stored.file.path).read_bytes()
    manifest = json.loads(client.get_object(Bucket=target.bucket, Key=pushed.prefix + MANIFEST)["Body"].read())
    assert (manifest["model"], manifest["digest"]) == ("iris", pushed.digest)
    assert manifest["files"][1] == {
        "path": "model.joblib",
        "size": 7,
        "sha256": pushed.files[1].file.sha256,
        "version_id": pushed.files[1].version_id,
    }
    assert seen[-1] == (pushed.size, pushed.size) == (9, 9)


def test_a_bucket_that_vanished_is_one_clear_error_with_the_way_back(model: Path, target: StoreTarget) -> None:
    with pytest.raises(SlipwayError, match="has no such bucket") as caught:
        push("iris", model, StoreTarget(target.store, "vanished"))
    assert caught.value.path == "s3://vanished"
    assert "slipway pulumi -s STACK -- refresh" in caught.value.fix


def test_the_same_again_changes_nothing(model: Path, target: StoreTarget) -> None:
    first = push("iris", model, target)
    before = versions(target)
    (model / MANIFEST).write_text("of an earlier fetch")
    again = push("iris", model, target)
    assert again.already_there
    assert again.files == first.files
    assert versions(target) == before


def test_other_content_has_a_prefix_of_its_own(model: Path, target: StoreTarget) -> None:
    first = push("iris", model, target)
    before = versions(target)
    (model / "model.joblib").write_bytes(b"Weights")
    second = push("iris", model, target)
    assert second.digest != first.digest
    assert {key: found for key, found in versions(target).items() if key.startswith(first.prefix)} == before


def test_a_broken_push_goes_on_where_it_stopped(
    model: Path, target: StoreTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Uploader.put

    def broken(self: Uploader, source: Source) -> str:
        if source.file.path == "model.joblib":
            raise KeyboardInterrupt
        return real(self, source)

    monkeypatch.setattr(artifact, "_FILES_AT_ONCE", 1)
    monkeypatch.setattr(Uploader, "put", broken)
    with pytest.raises(KeyboardInterrupt):
        push("iris", model, target)
    left = versions(target)
    assert 1 <= len(left) < 3
    assert not any(key.endswith(MANIFEST) for key in left)
    monkeypatch.setattr(Uploader, "put", real)
    pushed = push("iris", model, target)
    assert not pushed.already_there
    after = versions(target)
    assert {key: after[key] for key in left} == left
    assert len(after) == 4


def test_a_file_lost_from_the_store_is_put_back(model: Path, target: StoreTarget) -> None:
    first = push("iris", model, target)
    lost = first.files[1]
    client = connect(target.store)
    client.delete_object(Bucket=target.bucket, Key=first.prefix + lost.file.path, VersionId=lost.version_id)
    again = push("iris", model, target)
    assert not again.already_there
    assert again.digest == first.digest
    assert again.files[1].version_id != lost.version_id
    assert push("iris", model, target).already_there


def test_what_was_deleted_without_naming_a_version_comes_back(model: Path, target: StoreTarget) -> None:
    first = push("iris", model, target)
    client = connect(target.store)
    for path in (MANIFEST, "model.joblib"):
        client.delete_object(Bucket=target.bucket, Key=first.prefix + path)
    before = versions(target)
    again = push("iris", model, target)
    assert (again.already_there, again.files) == (True, first.files)
    assert versions(target) == before
    assert client.get_object(Bucket=target.bucket, Key=first.prefix + MANIFEST)["Body"].read()


def test_two_pushes_at_once_agree(model: Path, target: StoreTarget) -> None:
    with ThreadPoolExecutor(4) as pool:
        pushed = list(pool.map(lambda _: push("iris", model, target), range(4)))
    manifest = connect(target.store).get_object(Bucket=target.bucket, Key=pushed[0].prefix + MANIFEST)["Body"].read()
    named = {row["path"]: row["version_id"] for row in json.loads(manifest)["files"]}
    for one in pushed:
        assert {stored.file.path: stored.version_id for stored in one.files} == named
    assert sum(not one.already_there for one in pushed) == 1
    assert len(versions(target)[pushed[0].prefix + MANIFEST]) == 1


def test_parts_of_a_large_file(tmp_path: Path, target: StoreTarget) -> None:
    content = bytes(range(256)) * (2 * PART // 256) + b"tail"
    (tmp_path / "weights").write_bytes(content)
    pushed = push("big", tmp_path / "weights", target)
    stored = pushed.files[0]
    client = connect(target.store)
    answer = client.get_object(Bucket=target.bucket, Key=pushed.prefix + "weights", VersionId=stored.version_id)
    assert answer["Body"].read() == content
    assert push("big", tmp_path / "weights", target).already_there


@pytest.mark.parametrize("size", [3, PART + 3])
def test_a_file_that_changes_before_its_upload_never_becomes_an_object(
    tmp_path: Path, target: StoreTarget, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    weights = tmp_path / "weights"
    weights.write_bytes(b"a" * size)
    real = Uploader.put

    def late(self: Uploader, source: Source) -> str:
        weights.write_bytes(b"b" * size)
        return real(self, source)

    monkeypatch.setattr(Uploader, "put", late)
    with pytest.raises(SlipwayError, match="changed while it was read"):
        push("iris", weights, target)
    assert versions(target) == {}
    assert not connect(target.store).list_multipart_uploads(Bucket=target.bucket).get("Uploads")


def test_many_files(tmp_path: Path, target: StoreTarget) -> None:
    wanted = count(test=150, prove=2000, soak=20_000)
    for number in range(wanted):
        (tmp_path / f"{number}").write_text(str(number))
    pushed = push("many", tmp_path, target)
    assert len({stored.version_id for stored in pushed.files}) == wanted


@pytest.fixture
def plain_bucket(gateway: Gateway) -> Iterator[str]:
    client = connect(gateway.store())
    client.create_bucket(Bucket="unversioned")
    yield "unversioned"
    client.delete_bucket(Bucket="unversioned")


def test_a_bucket_without_versions_is_refused(model: Path, gateway: Gateway, plain_bucket: str) -> None:
    with pytest.raises(SlipwayError, match="keeps no versions"):
        push("iris", model, StoreTarget(gateway.store(), plain_bucket))
    assert not connect(gateway.store()).list_objects_v2(Bucket=plain_bucket).get("Contents")


def nowhere() -> Store:
    return Store(endpoint=f"http://127.0.0.1:{free_port()}", region="us-east-1", access_key="a", secret_key="b")


@pytest.mark.parametrize(
    ("change", "bucket_name", "where", "why"),
    [
        (lambda gateway: gateway.store(), "absent", "s3://absent", "has no such bucket"),
        (lambda gateway: gateway.store(secret_key="wrong"), "absent", "http", "SignatureDoesNotMatch"),
        (lambda gateway: gateway.store(access_key="nobody"), "absent", "http", "InvalidAccessKeyId"),
        (lambda gateway: nowhere(), "absent", "http", "does not answer"),
    ],
)
def test_a_store_that_cannot_take_it_is_one_clear_error(
    model: Path, gateway: Gateway, change: object, bucket_name: str, where: str, why: str
) -> None:
    store = change(gateway)  # type: ignore[operator]
    with pytest.raises(SlipwayError, match=why) as refused:
        push("iris", model, StoreTarget(store, bucket_name))
    assert refused.value.path.startswith(where)
    assert store.secret_key not in str(refused.value).split()


def test_a_model_name_that_is_none_is_refused(model: Path, target: StoreTarget) -> None:
    with pytest.raises(SlipwayError, match="no model name"):
        push("../iris", model, target)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"files": []}', b'{"files": [{"path": "x"}]}'])
def test_a_manifest_that_no_push_wrote_is_refused_and_kept(model: Path, target: StoreTarget, body: bytes) -> None:
    pushed = push("iris", model, target)
    client = connect(target.store)
    client.put_object(Bucket=target.bucket, Key=pushed.prefix + MANIFEST, Body=body)
    with pytest.raises(SlipwayError, match="no push of Slipway wrote this"):
        push("iris", model, target)
    assert client.get_object(Bucket=target.bucket, Key=pushed.prefix + MANIFEST)["Body"].read() == body


MEASURED = """
import sys
from pathlib import Path
from delivery.artifact import StoreTarget, push
from providers.slipway_s3.store import Store
store = Store(endpoint=sys.argv[1], region="us-east-1", access_key=sys.argv[2], secret_key=sys.argv[3])
push("big", Path(sys.argv[5]), StoreTarget(store, sys.argv[4]))
status = Path("/proc/self/status").read_text()
print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""


def test_memory_does_not_grow_with_the_size(tmp_path: Path, target: StoreTarget) -> None:
    """The whole process, Python and botocore included, stays below 100 MiB; without limits it would hold the file."""
    size = count(test=256, prove=1024, soak=4096) << 20
    with (tmp_path / "weights").open("wb") as stream:
        stream.truncate(size)
    store = target.store
    arguments = [store.endpoint, store.access_key, store.secret_key, target.bucket, str(tmp_path / "weights")]
    done = subprocess.run([sys.executable, "-c", MEASURED, *arguments], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100
