"""Images in a registry: put into its storage, or sent to it while it runs."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import urllib3

from catalog.errors import SlipwayError
from sandbox.images.image import Image
from sandbox.images.push import push
from sandbox.images.registry import fill
from sandbox.images.store import Store
from tests.images.layouts import layout

Start = Callable[[Path], str]
OCI = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "images")


def image(store: Store, tmp_path: Path, name: str, *layers: bytes) -> Image:
    folder = tmp_path / name.replace("/", "_")
    layout(folder, *layers)
    return store.add(name, hashlib.sha256(name.encode()).hexdigest(), folder)


def pulled(address: str, item: Image) -> dict[str, str]:
    """What the registry gives away for the image: digest of the content, by the digest asked for."""
    pool, found = urllib3.PoolManager(retries=False), {}
    for digest in item.blobs:
        kind = "manifests" if digest == item.digest else "blobs"
        answer = pool.request("GET", f"http://{address}/v2/{item.name}/{kind}/{digest}", headers={"Accept": OCI})
        assert answer.status == 200, answer.data
        found[digest] = f"sha256:{hashlib.sha256(answer.data).hexdigest()}"
    return found


def test_a_filled_storage_is_what_a_registry_serves(store: Store, tmp_path: Path, registry: Start) -> None:
    items = {name: image(store, tmp_path, f"slipway/{name}", b"base", name.encode()) for name in ("a", "b")}
    fill(tmp_path / "data", items, store)
    address = registry(tmp_path / "data")
    for item in items.values():
        assert pulled(address, item) == {digest: digest for digest in item.blobs}
    listed = urllib3.request("GET", f"http://{address}/v2/_catalog").json()
    assert listed == {"repositories": ["slipway/a", "slipway/b"]}


def test_filling_takes_no_space_and_can_be_done_again(store: Store, tmp_path: Path) -> None:
    item = image(store, tmp_path, "slipway/a", b"x" * 1_000_000)
    begun = time.monotonic()
    for _ in range(2):
        fill(tmp_path / "data", {"a": item}, store)
    assert time.monotonic() - begun < 1
    data = tmp_path / "data" / "docker" / "registry" / "v2" / "blobs" / "sha256"
    for digest in item.blobs:
        assert (data / digest[7:9] / digest[7:] / "data").samefile(store.blob(digest))


def test_a_damaged_blob_is_replaced_when_the_image_was_made_again(store: Store, tmp_path: Path) -> None:
    item = image(store, tmp_path, "slipway/a", b"layer")
    fill(tmp_path / "data", {"a": item}, store)
    held = tmp_path / "data/docker/registry/v2/blobs/sha256" / item.digest[7:9] / item.digest[7:] / "data"
    held.write_bytes(b"damaged, in the cache too: it is one file")
    again = image(store, tmp_path / "again", "slipway/a", b"layer")
    fill(tmp_path / "data", {"a": again}, store)
    assert held.samefile(store.blob(item.digest))
    assert f"sha256:{hashlib.sha256(held.read_bytes()).hexdigest()}" == item.digest
    assert sorted(path.name for path in held.parent.iterdir()) == ["data"]


def test_a_newer_image_takes_the_tag(store: Store, tmp_path: Path, registry: Start) -> None:
    old, new = image(store, tmp_path, "slipway/a", b"old"), image(store, tmp_path / "n", "slipway/a", b"new")
    for item in (old, new):
        fill(tmp_path / "data", {"a": item}, store)
    address = registry(tmp_path / "data")
    answer = urllib3.request("HEAD", f"http://{address}/v2/slipway/a/manifests/latest", headers={"Accept": OCI})
    assert answer.headers["Docker-Content-Digest"] == new.digest
    assert set(pulled(address, old)) == set(old.blobs)  # who still runs it can still pull it


def test_a_push_sends_what_is_missing_once(store: Store, tmp_path: Path, registry: Start) -> None:
    address = registry(tmp_path / "data")
    item = image(store, tmp_path, "team/own", b"base", b"own")
    assert push(item, store, address)
    assert pulled(address, item) == {digest: digest for digest in item.blobs}
    assert not push(item, store, address)


def test_a_push_does_not_send_the_base_again(store: Store, tmp_path: Path, registry: Start) -> None:
    base = image(store, tmp_path, "slipway/python-base", b"b" * 1000)
    fill(tmp_path / "data", {"python-base": base}, store)
    own = image(store, tmp_path, "own", b"b" * 1000, b"own")
    shared = next(digest for digest, size in own.blobs.items() if size == 1000)
    address = registry(tmp_path / "data")
    store.blob(shared).unlink()  # to read it would now be an error
    assert push(own, store, address)
    answer = urllib3.request("HEAD", f"http://{address}/v2/own/blobs/{shared}")
    assert answer.status == 200


def test_no_registry_is_one_clear_error(store: Store, tmp_path: Path) -> None:
    item = image(store, tmp_path, "own", b"x")
    with pytest.raises(SlipwayError, match=r"start the sandbox: slipway sandbox up$"):
        push(item, store, "127.0.0.1:9")


def test_a_refusal_names_the_repository(store: Store, tmp_path: Path, registry: Start) -> None:
    item = image(store, tmp_path, "Own Name", b"x")
    with pytest.raises(SlipwayError, match=r"slipway sandbox logs registry$") as caught:
        push(item, store, registry(tmp_path / "data"))
    assert "Own Name" in caught.value.path
