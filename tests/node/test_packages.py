"""System packages: found where they are, installed after saying so, named where that cannot be."""

import subprocess
from pathlib import Path

import pytest

from catalog.errors import SlipwayError
from sandbox.node import packages
from sandbox.node.layout import Layout
from sandbox.node.prepare import decide
from sandbox.node.progress import silent


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with every program but runc; apt-get writes down what it is asked for."""
    for program in packages.PROGRAMS:
        if program != "runc":
            script(tmp_path / program, "true")
    script(tmp_path / "apt-get", f'echo "$@" >>{tmp_path}/asked')
    plugins = tmp_path / "cni"
    plugins.mkdir()
    for plugin in packages.PLUGINS:
        script(plugins / plugin, "true")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(packages, "SEARCH", "")
    monkeypatch.setattr(packages, "search_path", lambda: str(tmp_path))
    monkeypatch.setattr(packages, "PLUGIN_DIRS", (plugins,))
    monkeypatch.setattr(packages, "NO_SERVICES", tmp_path / "policy-rc.d")
    monkeypatch.setattr(packages.os, "geteuid", lambda: 0)
    return tmp_path


def script(file: Path, line: str) -> None:
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)


def test_what_is_there_is_not_asked_for(system: Path) -> None:
    assert packages.lacking() == ["runc"]
    script(system / "runc", "true")
    assert packages.lacking() == []


def test_plugins_count(system: Path) -> None:
    script(system / "runc", "true")
    (system / "cni/ptp").unlink()
    assert packages.lacking() == ["containernetworking-plugins"]


def test_installing_is_said_first_and_starts_no_service(system: Path) -> None:
    said: list[str] = []
    script(system / "apt-get", f'cp {system}/policy-rc.d {system}/seen; echo "$@" >>{system}/asked')
    packages.install(["runc", "nftables"], lambda _part, text, _seconds: said.append(text))
    asked = (system / "asked").read_text().splitlines()
    assert asked == ["-q update", "-q install -y --no-install-recommends runc nftables"]
    assert said[0] == "installing missing system packages with apt-get: runc nftables"
    assert (system / "seen").read_text().endswith("exit 101\n")
    assert not (system / "policy-rc.d").exists()


def test_a_policy_of_the_machines_own_stays(system: Path) -> None:
    (system / "policy-rc.d").write_text("own")
    packages.install(["runc"], silent)
    assert (system / "policy-rc.d").read_text() == "own"


def test_a_failed_install_says_why(system: Path) -> None:
    script(system / "apt-get", "echo 'E: Unable to locate package runc' >&2; exit 100")
    with pytest.raises(SlipwayError, match=r"apt-get update$") as caught:
        packages.install(["runc"], silent)
    assert caught.value.why == "E: Unable to locate package runc"
    assert not (system / "policy-rc.d").exists()


def test_without_apt_the_packages_are_named(system: Path) -> None:
    (system / "apt-get").unlink()
    with pytest.raises(SlipwayError, match=r"package manager$") as caught:
        packages.install(["runc"], silent)
    assert caught.value.value == "runc"


@pytest.mark.root
def test_without_apt_the_sandbox_only_simulates_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "lacking", lambda: ["runc"])
    monkeypatch.setattr(packages, "installable", lambda: False)
    mode = decide(Layout.of(tmp_path), silent, simulation=False)
    assert mode.missing == ("packages runc (no apt-get here to install them)",)


@pytest.mark.root
def test_with_apt_they_are_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Layout.of(tmp_path).make()
    installed: list[str] = []
    monkeypatch.setattr(packages, "lacking", lambda: ["runc"])
    monkeypatch.setattr(packages, "install", lambda names, progress: installed.extend(names))
    assert decide(Layout.of(tmp_path), silent, simulation=False).real_pods
    assert installed == ["runc"]


def test_this_machines_own_programs_are_found() -> None:
    assert packages.find("sh") in (Path("/bin/sh"), Path("/usr/bin/sh"))
    assert packages.find("no-such-program") is None
    assert subprocess.run([str(packages.find("sh")), "-c", "exit 3"], check=False).returncode == 3
