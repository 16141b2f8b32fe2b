"""How a build reaches the package index of this machine."""

from pathlib import Path

import pytest

from sandbox.images import host


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(host, "_files", lambda environment: iter([Path(environment["HOME"]) / "pip.conf"]))
    return tmp_path


def conf(home: Path, **environment: str) -> tuple[str, dict[str, Path]]:
    mounted = host.mounts(home / "work", {"HOME": str(home), **environment})
    by_target = {target: path for path, target in mounted}
    return by_target["/etc/pip.conf"].read_text(), by_target


def test_the_index_of_pips_own_file_is_used(home: Path) -> None:
    (home / "pip.conf").write_text("[global]\nindex-url = https://mirror/simple\n[install]\ntrusted-host = a b\n")
    text, _ = conf(home)
    assert "index-url = https://mirror/simple\n" in text
    assert "trusted-host = a\n    b\n" in text


def test_the_environment_goes_before_files_and_pip_before_uv(home: Path) -> None:
    (home / "pip.conf").write_text("[global]\nindex-url = https://file/simple\n")
    assert "https://environment/simple" in conf(home, PIP_INDEX_URL="https://environment/simple")[0]
    assert "https://file/simple" in conf(home, UV_INDEX_URL="https://uv/simple")[0]
    (home / "pip.conf").unlink()
    assert "https://uv/simple" in conf(home, UV_DEFAULT_INDEX="https://uv/simple")[0]


def test_without_any_setting_pip_is_left_alone(home: Path) -> None:
    assert conf(home)[0] == "[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n"


def test_the_file_is_for_its_owner_alone(home: Path) -> None:
    _, mounted = conf(home, PIP_INDEX_URL="https://user:secret@mirror/simple")
    assert mounted["/etc/pip.conf"].stat().st_mode & 0o777 == 0o600
    assert (home / "work").stat().st_mode & 0o777 == 0o700


def test_this_machines_certificates_are_lent(home: Path) -> None:
    bundle = home / "own.crt"
    bundle.write_text("x")
    for variable in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        assert conf(home, **{variable: str(bundle)})[1][host.CERTIFICATES] == bundle
    assert conf(home, SSL_CERT_FILE=str(home / "none"))[1].get(host.CERTIFICATES) != bundle


def test_wheels_in_directories_are_lent_and_empty_ones_forgotten(home: Path) -> None:
    wheels = home / "wheels"
    wheels.mkdir()
    assert host.WHEELS not in conf(home, PIP_FIND_LINKS=str(wheels))[1]
    (wheels / "x-1-py3-none-any.whl").write_text("x")
    text, mounted = conf(home, PIP_FIND_LINKS=f"{wheels} https://example/links")
    assert [path.name for path in mounted[host.WHEELS].iterdir()] == ["x-1-py3-none-any.whl"]
    assert f"find-links = {host.WHEELS}\n" in text


def test_a_broken_file_stops_nothing(home: Path) -> None:
    (home / "pip.conf").write_text("no section\n")
    assert "[global]" in conf(home)[0]
