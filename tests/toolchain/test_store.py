import os
import stat

import pytest

from sandbox.toolchain.store import Store, digest_of


@pytest.fixture
def store(tmp_path):
    root = tmp_path / "key"
    root.mkdir()
    return Store(root)


@pytest.fixture
def item(store):
    with store.staging("etcd") as staged:
        (staged / "bin").mkdir()
        (staged / "bin" / "etcd").write_bytes(b"program" * 100)
        (staged / "bin" / "etcd").chmod(0o755)
        store.put(staged, name="etcd", version="v3.6.13", origin="built", main="bin/etcd")
    return store.item("etcd")


def test_what_was_put_is_found_and_sound(store, item):
    assert store.path(item).read_bytes() == b"program" * 100
    assert store.path(item).stat().st_mode & stat.S_IXUSR
    assert item.files == {"bin/etcd": digest_of(store.path(item))}
    assert store.fault(item) == ""
    assert not list((store.root / "staging").iterdir())


def test_what_was_not_put_is_not_found(store, item):
    assert store.item("helm") is None


def test_a_missing_file_is_found(store, item):
    store.path(item).unlink()
    assert "is missing" in store.fault(item)


@pytest.mark.parametrize("content", [b"", b"program" * 99, b"Program" + b"program" * 99])
def test_a_truncated_or_changed_file_is_found(store, item, content):
    assert store.fault(item) == ""  # so that it was read once, and is trusted
    store.path(item).write_bytes(content)
    assert "has been changed since it was made" in store.fault(item)


def test_a_change_that_hides_behind_size_and_time_is_found(store, item):
    assert store.fault(item) == ""
    path = store.path(item)
    before = path.stat()
    path.write_bytes(b"Program" + b"program" * 99)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "has been changed since it was made" in store.fault(item)


def test_a_touched_file_with_its_content_is_sound(store, item):
    os.utime(store.path(item))
    assert store.fault(item) == ""


def test_a_sound_file_is_read_once(store, item, monkeypatch):
    assert store.fault(item) == ""
    monkeypatch.setattr("sandbox.toolchain.store.digest_of", lambda path: pytest.fail(f"{path} was read again"))
    assert store.fault(item) == ""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2, "items": {"etcd": {}}}'])
def test_a_damaged_manifest_is_an_empty_one(store, item, text):
    (store.root / "manifest.json").write_text(text)
    assert store.item("etcd") is None


def test_staging_is_gone_after_a_failure(store):
    seen = []

    def fail() -> None:
        with store.staging("x") as staged:
            (staged / "half").write_text("")
            seen.append(staged)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not seen[0].exists()
