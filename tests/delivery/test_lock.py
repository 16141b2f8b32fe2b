"""The lock file: the same entries are the same bytes, and nobody's entry is lost."""

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from catalog.errors import SlipwayError
from delivery.lock import artifact_key, image_key, render, update
from stacks.locks import LockEntry, LockFile, read
from tests.counts import count


def entry(number: int, date: str = "2026-01-01") -> LockEntry:
    digest = f"sha256:{number:064x}"
    return LockEntry(reference="models/iris/", immutable=f"models/iris/{digest}/", digest=digest, date=date)


def test_the_bytes_are_the_documented_ones(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "local.json"
    assert update(path, {image_key("house-price"): entry(2), artifact_key("iris"): entry(1)})
    row = {"date": "2026-01-01", "digest": f"sha256:{1:064x}", "immutable": f"models/iris/sha256:{1:064x}/"}
    row["reference"] = "models/iris/"
    text = path.read_text()
    assert json.loads(text)["entries"]["artifact:iris"] == row
    assert text.index("artifact:iris") < text.index("image:house-price")
    assert text.endswith("}\n")
    assert path.stat().st_mode & 0o777 == 0o644
    assert [item.name for item in path.parent.iterdir()] == ["local.json"]


def test_order_does_not_matter() -> None:
    one = LockFile(entries={"artifact:a": entry(1), "artifact:b": entry(2)})
    other = LockFile(entries={"artifact:b": entry(2), "artifact:a": entry(1)})
    assert render(one) == render(other)


def test_an_update_touches_only_its_own_entries(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    update(path, {"artifact:a": entry(1), "artifact:b": entry(2), "artifact:c": entry(3)})
    assert update(path, {"artifact:b": entry(4), "artifact:c": None})
    assert read(path).entries == {"artifact:a": entry(1), "artifact:b": entry(4)}


def test_the_same_again_keeps_the_date_and_the_file(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    update(path, {"artifact:a": entry(1)})
    before = path.stat()
    assert not update(path, {"artifact:a": entry(1, date="2027-01-01")})
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert update(path, {"artifact:a": entry(2, date="2027-01-01")})
    assert read(path).entries["artifact:a"].date == "2027-01-01"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 2}', '{"format": 1, "entries": {"a": {}}}', '{"x": 1}'])
def test_a_malformed_file_is_one_error_and_stays(tmp_path: Path, content: str) -> None:
    path = tmp_path / "lock.json"
    path.write_text(content)
    with pytest.raises(SlipwayError) as refused:
        update(path, {"artifact:a": entry(1)})
    assert refused.value.path == str(path)
    assert path.read_text() == content


def test_a_place_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SlipwayError, match="cannot be written"):
        update(tmp_path / "file" / "lock.json", {"artifact:a": entry(1)})


def put(path: Path, number: int) -> None:
    update(path, {f"artifact:m{number}": entry(number)})


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    path, writes = tmp_path / "lock.json", count(test=40, prove=400, soak=2000)
    with ProcessPoolExecutor(4, mp_context=get_context("forkserver")) as pool:
        list(pool.map(put, [path] * writes, range(writes)))
    assert read(path).entries == {f"artifact:m{number}": entry(number) for number in range(writes)}
