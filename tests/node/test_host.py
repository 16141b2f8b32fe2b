"""What a machine allows, and the one clear error where it allows nothing."""

import os
from pathlib import Path

import pytest

from catalog.errors import SlipwayError
from sandbox.node import cgroups, host, packages
from sandbox.node.cgroups import Hierarchy
from sandbox.node.layout import Layout
from sandbox.node.prepare import decide
from sandbox.node.progress import silent

ALL = "CapEff:\t000001ffffffffff\n"
GROUPS = [Hierarchy(1, (name,), Path("/"), Path("/tmp")) for name in host.CONTROLLERS]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    found = Layout.of(tmp_path)
    found.make()
    return found


def test_root_with_everything_lacks_nothing() -> None:
    assert host.lacking_privileges(ALL, 0, GROUPS) == ()


def test_another_user_lacks_root_and_hears_nothing_else() -> None:
    assert host.lacking_privileges("CapEff:\t0\n", 1000, []) == ("root (this is user id 1000)",)


def test_capabilities_are_named() -> None:
    reasons = host.lacking_privileges(f"CapEff:\t{0x1FFFFFFFFFF & ~(1 << 21) & ~(1 << 12):x}\n", 0, GROUPS)
    assert reasons == ("capabilities CAP_NET_ADMIN CAP_SYS_ADMIN",)


def test_controllers_are_named() -> None:
    assert host.lacking_privileges(ALL, 0, GROUPS[:2]) == ("control groups with memory pids",)


def test_version_2_says_its_controllers_in_a_file(tmp_path: Path) -> None:
    group = Hierarchy(2, (), tmp_path, tmp_path)
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    assert host.lacking_privileges(ALL, 0, [group]) == ()
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    assert host.lacking_privileges(ALL, 0, [group]) == ("control groups with cpuset",)


def test_enough_space_is_enough(tmp_path: Path) -> None:
    host.check_space(tmp_path, host.NEEDED_BYTES)
    with pytest.raises(SlipwayError, match=r"another disk with SLIPWAY_STATE$") as caught:
        host.check_space(tmp_path, host.NEEDED_BYTES - 2**28)
    assert caught.value.value == "2.8 GiB free"


def test_simulation_can_be_asked_for(layout: Layout) -> None:
    mode = decide(layout, silent, simulation=True)
    assert mode.missing == ("simulation only was asked for",)
    assert not mode.real_pods


@pytest.mark.root
def test_here_root_gets_real_pods_in_plain_namespaces(layout: Layout) -> None:
    mode = decide(layout, silent, simulation=False)
    assert mode == host.Mode(real_pods=True, missing=(), own_user=False)
    assert "--user" not in mode.namespaces


@pytest.mark.root
def test_control_groups_that_can_be_made_are_not_left_behind() -> None:
    assert host.lacking_groups() == ()
    assert not [path for group in cgroups.find() for path in group.own.glob("slipway-try-*")]


def test_control_groups_that_cannot_be_made_are_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise PermissionError(30, "Read-only file system", "/sys/fs/cgroup/x")

    monkeypatch.setattr(host.cgroups, "make", refuse)
    assert host.lacking_groups() == ("control groups of its own (/sys/fs/cgroup/x: Read-only file system)",)


def test_a_kernel_that_refuses_is_told_by_what_it_refuses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(host, "NAMESPACES", (*host.OWN_USER, *host.NAMESPACES))
    monkeypatch.setattr(host, "TRIALS", {"a thing that works": "true", "a thing that does not": "false"})
    assert host.lacking_kernel(tmp_path) == ("a thing that does not",)


def test_no_namespaces_at_all_is_one_error_that_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "NAMESPACES", ("--no-such-option",))
    with pytest.raises(SlipwayError, match=r"kubeconfig in the stack$") as caught:
        host.own_user_needed()
    assert "no-such-option" in caught.value.why


def test_missing_programs_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find", lambda program: None if program == "ip" else Path("/bin") / program)
    with pytest.raises(SlipwayError, match="kubeconfig") as caught:
        host.own_user_needed()
    assert "the programs ip (packages util-linux, iproute2) are missing" in caught.value.why


def test_root_without_namespaces_takes_a_user_namespace(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = host._try

    def refuse(namespaces: tuple[str, ...], script: str):
        return tried(namespaces if "--user" in namespaces else ("--no-such-option",), script)

    monkeypatch.setattr(host, "_try", refuse)
    assert host.own_user_needed() is True
    mode = decide(layout, silent, simulation=False)
    assert not mode.real_pods
    assert mode.namespaces[:2] == host.OWN_USER
    assert (os.geteuid() != 0) == any("root" in reason for reason in mode.missing)
