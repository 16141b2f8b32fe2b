"""What an artifact's files are, and the one digest of them all."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import SlipwayError
from delivery import files
from delivery.fetch import fetch
from delivery.files import File, digest, refusal, scan

PATHS = st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=12)
FILES = st.lists(
    st.builds(File, PATHS, st.integers(0, 2**60), st.text("0123456789abcdef", min_size=64, max_size=64)),
    unique_by=lambda file: file.path,
    max_size=6,
)


def test_the_digest_is_the_documented_one() -> None:
    one, two = "1" * 64, "2" * 64
    document = f'[["a/b.bin",3,"{one}"],["ä.txt",0,"{two}"]]'
    expected = "sha256:" + hashlib.sha256(document.encode()).hexdigest()
    assert digest([File("ä.txt", 0, two), File("a/b.bin", 3, one)]) == expected


@given(FILES, st.randoms())
def test_order_does_not_matter(found: list[File], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert digest(shuffled) == digest(found)


@given(FILES, FILES)
def test_other_files_have_another_digest(one: list[File], other: list[File]) -> None:
    assert (digest(one) == digest(other)) == (set(one) == set(other))


@given(FILES)
def test_the_fetcher_has_the_same_rule(found: list[File]) -> None:
    rows = [fetch.File(file.path, file.size, file.sha256, "v") for file in found]
    assert fetch.digest(rows) == digest(found)


def test_scan_finds_every_file_and_leaves_out_its_own_manifest(tmp_path: Path) -> None:
    (tmp_path / "sub" / ".hidden").mkdir(parents=True)
    (tmp_path / "sub" / ".hidden" / "b").write_bytes(b"")
    (tmp_path / "a.bin").write_bytes(b"abc")
    (tmp_path / "artifact.json").write_text("{}")
    (tmp_path / "sub" / "artifact.json").write_text("{}")
    (tmp_path / "link").symlink_to("a.bin")
    (tmp_path / "folder").symlink_to("sub")
    found = {source.file.path: source.file for source in scan(tmp_path)}
    assert list(found) == [
        "a.bin", "folder/.hidden/b", "folder/artifact.json", "link", "sub/.hidden/b", "sub/artifact.json",
    ]  # fmt: skip
    assert found["link"] == File("link", 3, hashlib.sha256(b"abc").hexdigest())


def test_one_file_is_an_artifact_too(tmp_path: Path) -> None:
    (tmp_path / "model.joblib").write_bytes(b"x")
    assert [source.file.path for source in scan(tmp_path / "model.joblib")] == ["model.joblib"]


def outside(root: Path) -> None:
    (root.parent / "secret").write_text("s")
    (root / "link").symlink_to(root.parent / "secret")


def circle(root: Path) -> None:
    (root / "sub").mkdir()
    (root / "sub" / "up").symlink_to("..")


def not_utf8(root: Path) -> None:
    Path(os.fsdecode(bytes(root) + b"/bad\xff")).write_text("x")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda root: None, "the directory holds no file"),
        (lambda root: (root / "empty").mkdir(), "the directory holds no file"),
        (lambda root: root.rmdir(), "no such file or directory"),
        (outside, "leads outside the artifact"),
        (circle, "leads round in a circle"),
        (lambda root: (root / "link").symlink_to("nothing"), "leads nowhere"),
        (lambda root: os.mkfifo(root / "pipe"), "neither a file nor a directory"),
        (not_utf8, "not UTF-8"),
        (lambda root: (root / "a\nb").write_text("x"), "control character"),
    ],
)
def test_what_cannot_be_an_artifact_is_refused(tmp_path: Path, make: object, why: str) -> None:
    root = tmp_path / "model"
    root.mkdir()
    make(root)  # type: ignore[operator]
    with pytest.raises(SlipwayError, match=why) as refused:
        scan(root)
    str(refused.value).encode()  # can be printed, whatever the name
    assert refused.value.path.startswith(str(root))


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../x", "a//b", "./a", "a\\b", "a\0b", "x" * 801, "\udcff"]
)
def test_names_that_are_no_keys(path: str) -> None:
    assert refusal(path)


@pytest.mark.parametrize("path", ["a", "a/b", "..a/b..", "weights 1.bin", "modell-größe.txt", "x" * 800])
def test_names_that_are(path: str) -> None:
    assert not refusal(path)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    """In a process without root's rights: root reads everything."""
    (tmp_path / "model").mkdir(mode=0o755)
    (tmp_path / "model" / "weights").write_text("x")
    (tmp_path / "model" / "weights").chmod(0)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder != Path("/tmp"):
            folder.chmod(0o755)
    program = (
        "import os, pathlib, sys; from delivery.files import scan; from catalog.errors import SlipwayError\n"
        "os.getuid() or os.setuid(65534)\n"
        "try: scan(pathlib.Path(sys.argv[1]))\n"
        "except SlipwayError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "model")], capture_output=True, text=True, check=True
    )
    assert f"{tmp_path}/model/weights: it cannot be read: Permission denied" in done.stdout


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = tmp_path / "weights"
    weights.write_bytes(b"x" * 10)
    real = files._state

    def writing(descriptor: int) -> tuple[int, int]:
        state = real(descriptor)
        with weights.open("ab") as stream:
            stream.write(b"y")
        return state

    monkeypatch.setattr(files, "_state", writing)
    with pytest.raises(SlipwayError, match="changed while it was read"):
        scan(weights)
