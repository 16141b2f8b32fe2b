"""What nobody uses any more goes; what anybody uses stays."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.toolchain import use
from sandbox.toolchain.toolchain import Toolchain

CLONE = Path(__file__).parents[2]
OWN, OTHER = "0" * 20, "f" * 20


@pytest.fixture
def directory(tmp_path) -> Path:
    """Tools of two keys, both last used 31 days ago, beside what is not of any key."""
    path = tmp_path / "cache" / "toolchain"
    for name in (OWN, OTHER, "build", "notes"):
        (path / name / "bin").mkdir(parents=True)
    age(path / OWN, 31)
    age(path / OTHER, 31)
    return path


def age(root: Path, days: float) -> None:
    then = time.time() - days * 86400
    (root / "used").touch()
    os.utime(root / "used", (then, then))


def pruned(directory: Path, days: float = 30) -> list[str]:
    return [path.name for path in use.prune(directory, directory / OWN, days)]


def test_only_what_was_not_used_for_long_goes(directory):
    assert pruned(directory) == [OTHER]
    assert sorted(path.name for path in directory.iterdir()) == [OWN, "build", "notes"]


@pytest.mark.parametrize(("days", "goes"), [(29.9, False), (30.1, True)])
def test_the_last_use_counts(directory, days, goes):
    age(directory / OTHER, days)
    assert pruned(directory) == ([OTHER] if goes else [])


def test_without_a_stamp_the_time_it_was_made_counts(directory):
    (directory / OTHER / "used").unlink()
    assert pruned(directory) == []
    os.utime(directory / OTHER, (0, 0))
    assert pruned(directory) == [OTHER]


def test_a_use_is_noted(directory):
    os.close(use.hold(directory / OTHER))
    assert pruned(directory) == []
    assert pruned(directory, days=0) == [OTHER]


def test_where_nothing_has_been_made_there_is_nothing_to_note(directory):
    assert use.hold(directory / ("a" * 20)) is None


def test_what_another_clone_uses_now_stays_however_old_its_stamp_is(directory):
    script = "import sys, time\nfrom pathlib import Path\nfrom sandbox.toolchain import use\n"
    script += "use.hold(Path(sys.argv[1]))\nprint(flush=True)\ntime.sleep(60)"
    other = subprocess.Popen(
        [sys.executable, "-c", script, directory / OTHER], cwd=CLONE, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout
        other.stdout.readline()
        age(directory / OTHER, 31)
        assert pruned(directory) == []
        other.kill()
    assert pruned(directory) == [OTHER]


def test_a_program_of_a_sandbox_that_runs_stays(directory):
    program = directory / OTHER / "bin" / "sleep"
    shutil.copy(shutil.which("sleep"), program)
    with subprocess.Popen([program, "60"]) as running:
        age(directory / OTHER, 31)
        assert pruned(directory) == []
        running.kill()
    assert pruned(directory) == [OTHER]


def test_an_interrupted_removal_is_finished(directory):
    (directory / OTHER).rename(directory / f"{OTHER}.gone")
    assert pruned(directory) == []
    assert not (directory / f"{OTHER}.gone").exists()


def test_a_build_removes_what_is_old_and_a_look_notes_the_use(recipe, recorder, tmp_path, build_cache, directory):
    chain = Toolchain(recipe, tmp_path / "cache", build_cache=build_cache)
    chain.ensure(["one"], recorder)
    assert any(f"{OTHER} was not used for 30 days and is removed" in text for text in recorder.said)
    root = chain.store.root
    assert not (directory / OTHER).exists()
    age(root, 31)
    Toolchain(recipe, tmp_path / "cache").find("one")
    assert time.time() - (root / "used").stat().st_mtime < 60
    assert use.prune(directory, directory / OWN, 0) == [], "this process uses it"
