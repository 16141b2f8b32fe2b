"""Control groups: where the node's own ones go, on machines of version 1, version 2 and both."""

import os
from pathlib import Path

import pytest

from sandbox.node import cgroups
from sandbox.node.cgroups import Hierarchy, hierarchies, node_path

VERSION_1 = (
    "9:name=systemd:/user\n4:memory:/user/one\n1:cpu,cpuacct:/\n0::/\n",
    """\
30 25 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
31 25 0:27 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
32 25 0:28 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
33 25 0:29 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
34 25 0:30 / /tmp rw - tmpfs tmpfs rw
""",
)
VERSION_2 = (
    "0::/user.slice/user-0.slice/session-1.scope\n",
    "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
)
HYBRID = (
    "1:name=systemd:/init.scope\n0::/init.scope\n",
    """\
32 25 0:28 / /sys/fs/cgroup/systemd rw shared:9 - cgroup cgroup rw,xattr,name=systemd
33 25 0:29 / /sys/fs/cgroup/unified rw shared:10 - cgroup2 cgroup2 rw,nsdelegate
""",
)
CONTAINER = (
    "4:memory:/docker/abc/inner\n",
    "31 25 0:27 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
)


def test_version_1_has_one_hierarchy_per_mount() -> None:
    assert hierarchies(*VERSION_1) == [
        Hierarchy(1, ("name=systemd",), Path("/sys/fs/cgroup/systemd"), Path("/sys/fs/cgroup/systemd/user")),
        Hierarchy(1, ("memory",), Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup/memory/user/one")),
        Hierarchy(1, ("cpu", "cpuacct"), Path("/sys/fs/cgroup/cpu,cpuacct"), Path("/sys/fs/cgroup/cpu,cpuacct")),
    ]


def test_version_2_has_one_for_all() -> None:
    own = Path("/sys/fs/cgroup/user.slice/user-0.slice/session-1.scope")
    assert hierarchies(*VERSION_2) == [Hierarchy(2, (), Path("/sys/fs/cgroup"), own)]


def test_version_1_without_controllers_does_not_count() -> None:
    assert [group.version for group in hierarchies(*HYBRID)] == [2]


def test_in_a_container_the_path_starts_at_the_mount() -> None:
    (group,) = hierarchies(*CONTAINER)
    assert group.own == Path("/sys/fs/cgroup/memory/inner")


def test_the_node_goes_below_the_caller_on_version_1_and_below_the_root_on_version_2() -> None:
    first = [node_path(group, "node-x") for group in hierarchies(*VERSION_1)]
    assert first[1] == Path("/sys/fs/cgroup/memory/user/one/node-x")
    (second,) = hierarchies(*VERSION_2)
    assert node_path(second, "node-x") == Path("/sys/fs/cgroup/node-x")


def test_nothing_mounted_is_nothing_found() -> None:
    assert hierarchies("0::/\n", "34 25 0:30 / /tmp rw - tmpfs tmpfs rw\n") == []


def test_only_controllers_that_lack_are_handed_on(tmp_path: Path) -> None:
    file = tmp_path / "cgroup.subtree_control"
    file.write_text("cpu memory")
    cgroups.hand_on(tmp_path, ("cpu", "memory"))
    assert file.read_text() == "cpu memory"
    cgroups.hand_on(tmp_path, ("cpu", "pids"))
    assert file.read_text() == "+pids"


def test_removal_says_what_stays(tmp_path: Path) -> None:
    (tmp_path / "gone/a/b").mkdir(parents=True)
    (tmp_path / "stays/a").mkdir(parents=True)
    (tmp_path / "stays/file").write_text("")
    left = cgroups.remove([tmp_path / "gone", tmp_path / "stays", tmp_path / "never"], seconds=0.05)
    assert left == [tmp_path / "stays"]
    assert not (tmp_path / "gone").exists()


@pytest.mark.root
def test_real_groups_are_made_joined_and_removed() -> None:
    name = f"slipway-test-{os.getpid()}"
    made = cgroups.make(name)
    try:
        assert made
        child = os.fork()
        if not child:
            for directory in made:
                cgroups.join(directory)
            os.kill(os.getpid(), 19)
            os._exit(0)
        os.waitpid(child, os.WUNTRACED)
        assert all(cgroups.members(directory) == [child] for directory in made)
        assert cgroups.remove(made, seconds=0.05) == made  # busy
        os.kill(child, 9)
        os.waitpid(child, 0)
    finally:
        assert cgroups.remove(made) == []
