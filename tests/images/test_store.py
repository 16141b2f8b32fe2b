"""The cache of images: whole or not there."""

import os
import time
from pathlib import Path

import pytest

from catalog.errors import SlipwayError
from sandbox.images import store as images_store
from sandbox.images.image import Image
from sandbox.images.store import Store, link
from tests.images.layouts import layout


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "images")


def add(store: Store, folder: Path, *layers: bytes, name: str = "slipway/m", key: str = "k" * 64) -> Image:
    layout(folder, *layers)
    return store.add(name, key, folder)


def test_what_was_added_is_found_by_its_key(store: Store, tmp_path: Path) -> None:
    image = add(store, tmp_path / "l", b"one", b"two")
    assert store.find("slipway/m", "k" * 64) == image
    assert store.find("slipway/m", "x" * 64) is None
    assert store.find("slipway/other", "k" * 64) is None
    assert store.blob(image.digest).is_file()
    assert image.size == sum(store.blob(digest).stat().st_size for digest in image.blobs)
    assert image.reference("127.0.0.1:25000") == f"127.0.0.1:25000/slipway/m@{image.digest}"


@pytest.mark.parametrize("damage", ["gone", "shorter"])
def test_an_image_that_lacks_something_is_not_there(store: Store, tmp_path: Path, damage: str) -> None:
    image = add(store, tmp_path / "l", b"layer")
    blob = store.blob(max(image.blobs, key=lambda digest: digest != image.digest))
    blob.unlink() if damage == "gone" else blob.write_bytes(b"")
    assert store.find("slipway/m", "k" * 64) is None


def test_a_record_that_cannot_be_read_is_not_there_and_goes(store: Store, tmp_path: Path) -> None:
    add(store, tmp_path / "l", b"layer")
    record = next((tmp_path / "images" / "records").iterdir())
    record.write_text(record.read_text()[:20])
    assert store.find("slipway/m", "k" * 64) is None
    store.prune()
    assert list((tmp_path / "images" / "blobs").iterdir()) == []


def test_a_changed_byte_is_found_and_the_image_is_made_again(store: Store, tmp_path: Path) -> None:
    image = add(store, tmp_path / "l", b"layer")
    blob = store.blob(image.digest)
    sound = blob.read_bytes()
    blob.write_bytes(sound.replace(b"2", b"3", 1))
    assert store.find("slipway/m", "k" * 64) is None
    assert add(store, tmp_path / "again", b"layer") == image == store.find("slipway/m", "k" * 64)
    assert blob.read_bytes() == sound


def test_a_blob_is_read_once_after_it_was_written(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = add(store, tmp_path / "l", b"layer")
    store.blob(image.digest).touch()
    read: list[Path] = []
    sha256 = images_store._sha256
    monkeypatch.setattr(images_store, "_sha256", lambda path: read.append(path) or sha256(path))
    assert [store.find("slipway/m", "k" * 64) for _ in range(2)] == [image, image]
    assert read == [store.blob(image.digest)]


def test_a_layout_that_is_not_what_it_says_is_refused(store: Store, tmp_path: Path) -> None:
    layout(tmp_path / "l", b"layer")
    blob = max((tmp_path / "l" / "blobs" / "sha256").iterdir())
    blob.write_bytes(blob.read_bytes()[::-1])
    with pytest.raises(SlipwayError, match="not what its digest says"):
        store.add("slipway/m", "k" * 64, tmp_path / "l")
    assert store.find("slipway/m", "k" * 64) is None


def test_images_share_their_layers(store: Store, tmp_path: Path) -> None:
    one = add(store, tmp_path / "1", b"base", b"one", name="one")
    two = add(store, tmp_path / "2", b"base", b"two", name="two")
    assert len(set(one.blobs) & set(two.blobs)) == 2  # the base and the equal configuration
    assert len(list((tmp_path / "images" / "blobs").iterdir())) == len(set(one.blobs) | set(two.blobs))


def test_it_can_be_laid_out_again_without_a_copy(store: Store, tmp_path: Path) -> None:
    image = add(store, tmp_path / "l", b"layer")
    store.layout(image, tmp_path / "again")
    blob = tmp_path / "again" / "blobs" / "sha256" / image.digest[7:]
    assert blob.samefile(store.blob(image.digest))
    assert store.add("slipway/copy", "c" * 64, tmp_path / "again").digest == image.digest


def test_old_images_of_a_name_go_and_shared_layers_stay(store: Store, tmp_path: Path) -> None:
    images = []
    for number in range(5):
        images.append(add(store, tmp_path / str(number), b"base", b"%d" % number, key=f"{number}" * 64))
        record = next((tmp_path / "images" / "records").glob(f"*{number}{number}.json"))
        used = time.time() - 100 + number
        os.utime(record, (used, used))
    store.prune()
    kept = [store.find("slipway/m", f"{number}" * 64) for number in range(5)]
    assert kept == [None, None, None, *images[3:]]
    assert len(list((tmp_path / "images" / "blobs").iterdir())) == 2 + 2 * 2  # base, configuration; manifest and layer


def test_an_image_that_nobody_asks_for_goes_in_the_end(store: Store, tmp_path: Path) -> None:
    for number, days in enumerate((29, 31, 31)):
        add(store, tmp_path / str(number), b"%d" % number, key=f"{number}" * 64, name=f"slipway/{number}")
        (record,) = (tmp_path / "images" / "records").glob(f"*{number}{number}.json")
        os.utime(record, (time.time() - days * 86400,) * 2)
    assert store.find("slipway/2", "2" * 64), "and so it is used"
    store.prune()
    kept = [store.find(f"slipway/{number}", f"{number}" * 64) is not None for number in range(3)]
    assert kept == [True, False, True]


def test_a_link_is_no_copy_and_a_second_one_no_error(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_text("x")
    link(source, target)
    link(source, target)
    assert source.samefile(target)


def test_where_links_cannot_be_it_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", refuse)
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_text("x")
    link(source, target)
    assert (target.read_text(), target.samefile(source)) == ("x", False)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["a", "b"]
