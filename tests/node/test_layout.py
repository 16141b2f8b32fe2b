"""The state directory: its version, and files that only their owner reads."""

from pathlib import Path

import pytest

from catalog.errors import SlipwayError
from sandbox.node import layout as layouts
from sandbox.node import life
from sandbox.node.layout import Layout, check_version, write_private


def test_a_new_directory_gets_this_version(tmp_path: Path) -> None:
    check_version(tmp_path / "state")
    assert (tmp_path / "state/VERSION").read_text() == f"{layouts.VERSION}\n"
    check_version(tmp_path / "state")


@pytest.mark.parametrize("act", [life.up, life.down, life.reset, life.status])
def test_another_version_is_refused_before_anything_is_touched(tmp_path: Path, act) -> None:
    (tmp_path / "VERSION").write_text("7\n")
    with pytest.raises(SlipwayError, match=r"name a new directory with SLIPWAY_STATE$") as caught:
        act(tmp_path)
    assert caught.value.value == "7"
    assert [path.name for path in tmp_path.iterdir()] == ["VERSION"]


def test_a_state_directory_that_is_no_directory_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(SlipwayError, match=r"SLIPWAY_STATE$"):
        check_version(tmp_path / "state")


def test_everything_below_is_the_owners_alone(tmp_path: Path) -> None:
    layout = Layout.of(tmp_path)
    layout.make()
    modes = {path: path.stat().st_mode & 0o777 for path in (layout.root, *layout.data_dirs())}
    assert set(modes.values()) == {0o700}


def test_private_files_are_replaced_in_one_step(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("old")
    file.chmod(0o644)
    write_private(file, "new")
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_reset_keeps_only_the_ports(tmp_path: Path) -> None:
    layout = Layout.of(tmp_path)
    layout.make()
    for file in (layout.ports, layout.identity, layout.data / "etcd/wal"):
        file.write_text("1")
    life.reset(tmp_path)
    assert layout.ports.read_text() == "1"
    assert {path.name for path in layout.root.iterdir()} <= {"ports.json", "lock"}
