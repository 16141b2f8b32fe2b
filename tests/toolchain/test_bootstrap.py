"""Getting uv and Go with nothing but Python, from a package index on this machine."""

import ast
import errno
import hashlib
import io
import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from catalog import places
from scripts import bootstrap

SCRIPT = Path(bootstrap.__file__)
FILE = "uv-9.9.9-py3-none-any.whl"


class Index:
    """A package index with one wheel, as HTML or as JSON, behind a password if there is one."""

    def __init__(self) -> None:
        self.json = False
        self.password = ""
        self.wheel = b""
        self.requests: list[str] = []
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.requests.append(self.path)
                kind, content = index.answer(self.path, self.headers.get("Authorization", ""))
                self.send_response(200 if content else 401 if index.password else 404)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.host = f"127.0.0.1:{self.server.server_address[1]}"

    def answer(self, path: str, authorization: str) -> tuple[str, bytes]:
        if self.password and authorization != self.password:
            return "text/plain", b""
        if path == f"/files/{FILE}":
            return "application/zip", self.wheel
        if path != "/simple/uv/":
            return "text/plain", b""
        if self.json:
            return "application/vnd.pypi.simple.v1+json", json.dumps({"files": [{"url": f"/files/{FILE}"}]}).encode()
        return "text/html", f'<a href="../../files/{FILE}#sha256=00" data-requires-python="&gt;=3.8">x</a>'.encode()


def wheel(version: str = "9.9.9") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("uv-9.9.9.data/scripts/uv", f"#!/bin/sh\necho uv {version}\n")
        archive.writestr("uv/__init__.py", "")
    return buffer.getvalue()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    made = Index()
    made.wheel = wheel()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://{made.host}/simple")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.delenv("UV_INDEX_URL", raising=False)
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def entry(index) -> dict[str, object]:
    machine = f"{bootstrap.platform.system().lower()}-{bootstrap.platform.machine()}"
    pinned = {"file": FILE, "sha256": hashlib.sha256(index.wheel).hexdigest()}
    return {
        "distribution": "uv",
        "version": "9.9.9",
        "prefix": "uv-9.9.9.data/scripts/",
        "into": "bin/",
        "wheels": {machine: pinned},
    }


@pytest.fixture(autouse=True)
def nothing_on_path(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SLIPWAY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


@pytest.mark.parametrize("form", ["html", "json"])
def test_a_wheel_is_fetched_verified_and_unpacked_once(index, entry, tmp_path, form):
    index.json = form == "json"
    command = bootstrap.get("uv", entry)
    assert command == tmp_path / "cache" / "bootstrap" / "uv-9.9.9" / "bin" / "uv"
    assert subprocess.run([command], capture_output=True, text=True, check=True).stdout == "uv 9.9.9\n"
    assert [path.name for path in (tmp_path / "cache" / "bootstrap").iterdir()] == ["uv-9.9.9"]
    assert index.requests == ["/simple/uv/", f"/files/{FILE}"]
    assert bootstrap.get("uv", entry) == command
    assert len(index.requests) == 2


def test_a_wheel_with_another_hash_is_refused(index, entry, tmp_path):
    index.wheel += b"more"
    with pytest.raises(bootstrap.BootstrapError, match=r"is not the pinned one: its SHA-256 is [0-9a-f]{64}, not "):
        bootstrap.get("uv", entry)
    assert not list((tmp_path / "cache" / "bootstrap").iterdir())


def test_a_damaged_tool_is_fetched_again(index, entry, capsys):
    command = bootstrap.get("uv", entry)
    command.write_text("")
    assert bootstrap.get("uv", entry) == command
    assert "is damaged: it is made again" in capsys.readouterr().err
    assert len(index.requests) == 4


def test_one_that_does_not_start_here_is_an_error(index, entry):
    index.wheel = wheel("8.8.8")
    next(iter(entry["wheels"].values()))["sha256"] = hashlib.sha256(index.wheel).hexdigest()
    with pytest.raises(bootstrap.BootstrapError, match="does not start on this machine"):
        bootstrap.get("uv", entry)


def test_an_index_without_the_file(index, entry):
    next(iter(entry["wheels"].values()))["file"] = "uv-9.9.10.whl"
    with pytest.raises(bootstrap.BootstrapError, match=r"does not have uv-9\.9\.10\.whl\n.*PIP_INDEX_URL"):
        bootstrap.get("uv", entry)


def test_an_index_that_cannot_be_reached(entry, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://someone:hunter2@127.0.0.1:1/simple")
    with pytest.raises(bootstrap.BootstrapError, match=r"could not be fetched: .*refused") as caught:
        bootstrap.get("uv", entry)
    assert "hunter2" not in str(caught.value)


def test_a_password_in_the_index_is_sent_and_never_shown(index, entry, capsys, monkeypatch):
    index.password = "Basic c29tZW9uZTpwQHNz"  # someone:p@ss
    monkeypatch.setenv("PIP_INDEX_URL", f"http://someone:p%40ss@{index.host}/simple/")
    bootstrap.get("uv", entry)
    assert f"fetching {FILE} from http://{index.host}/simple/" in capsys.readouterr().err


@pytest.fixture
def shipped(entry, tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "LOCK", tmp_path / "lock.json")
    (tmp_path / "lock.json").write_text(json.dumps({"uv": entry}))


@pytest.mark.parametrize("moment", ["the wheel", "its files"])
def test_a_full_disk_is_one_clear_error(shipped, index, tmp_path, monkeypatch, capsys, moment):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if moment == "the wheel":
        monkeypatch.setattr(bootstrap.hashlib, "sha256", type("Full", (), {"update": full}))
    else:
        monkeypatch.setattr(bootstrap.shutil, "copyfileobj", full)
    assert bootstrap.main(["uv"]) == 1
    said = capsys.readouterr().err
    assert f"{tmp_path}/cache: No space left on device\n  fix: make room there" in said
    assert "network" not in said
    assert not list((tmp_path / "cache" / "bootstrap").iterdir())


def test_a_cache_that_is_no_directory_is_one_clear_error(shipped, tmp_path, capsys):
    (tmp_path / "cache").write_text("mine")
    assert bootstrap.main(["uv"]) == 1
    said = capsys.readouterr().err
    assert f"{tmp_path}/cache" in said
    assert "SLIPWAY_CACHE" in said
    assert "network" not in said
    assert (tmp_path / "cache").read_text() == "mine"


def test_a_machine_that_nothing_is_pinned_for(entry):
    entry["wheels"] = {"plan9-mips": {}}
    with pytest.raises(bootstrap.BootstrapError, match=r"no uv is pinned for .* \(only plan9-mips\)"):
        bootstrap.get("uv", entry)


def test_what_is_on_path_and_fits_is_used(entry, index, tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "uv"
    script.write_text("#!/bin/sh\necho uv 9.9.9\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    assert bootstrap.get("uv", entry) == script
    script.write_text("#!/bin/sh\necho uv 9.9.8\n")
    assert bootstrap.get("uv", entry) != script


@pytest.mark.parametrize(
    ("name", "found", "fits"),
    [
        ("go", "1.26.0", True),
        ("go", "1.27.3", True),
        ("go", "2.0", True),
        ("go", "1.25.9", False),
        ("go", "", False),
        ("uv", "1.26.6", True),
        ("uv", "1.26.7", False),
    ],
)
def test_which_versions_fit(name, found, fits):
    assert bootstrap.fits(name, found, "1.26.6") is fits


def test_the_index_is_the_one_that_uv_or_pip_is_set_up_for(monkeypatch):
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(bootstrap, "pip_setting", lambda _: "")
    assert bootstrap.index_url() == "https://pypi.org/simple"
    monkeypatch.setattr(bootstrap, "pip_setting", lambda _: "https://pip.conf/simple")
    assert bootstrap.index_url() == "https://pip.conf/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.env/simple")
    assert bootstrap.index_url() == "https://pip.env/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "company=https://uv.env/simple")
    assert bootstrap.index_url() == "https://uv.env/simple"


def test_an_old_python_is_one_clear_error(monkeypatch):
    bootstrap.check_python((3, 11))
    bootstrap.check_python((3, 15))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    with pytest.raises(bootstrap.BootstrapError, match=r"this is Python 3\.9, and there is no Python 3\.11 or newer"):
        bootstrap.check_python((3, 9))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: name if name == "python3.13" else None)
    bootstrap.check_python((3, 9))


def test_an_old_python_can_read_it():
    ast.parse(SCRIPT.read_text(), feature_version=(3, 9))


def test_it_runs_without_packages_and_prints_only_paths(index, entry, tmp_path):
    script = tmp_path / "bootstrap.py"
    script.write_text(SCRIPT.read_text())
    (tmp_path / "bootstrap.lock.json").write_text(json.dumps({"uv": entry}))
    command = [sys.executable, "-I", "-S", script]
    done = subprocess.run([*command, "uv"], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout == f"{tmp_path}/cache/bootstrap/uv-9.9.9/bin/uv\n"
    failed = subprocess.run([*command, "cargo"], capture_output=True, text=True, check=False, env=os.environ)
    assert failed.returncode == 1
    assert failed.stderr == "bootstrap: cargo: nothing of this name is pinned\n  fix: name uv\n"


@pytest.mark.parametrize("variable", ["SLIPWAY_CACHE", "XDG_CACHE_HOME", ""])
def test_its_cache_is_slipways_cache(variable, tmp_path, monkeypatch):
    for name in ("SLIPWAY_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path))
    assert bootstrap.cache_dir() == places.cache_dir()


def test_the_lock_file_is_whole():
    lock = json.loads(bootstrap.LOCK.read_text())
    assert set(lock) == {"uv", "go"}
    for name, each in lock.items():
        assert set(each["wheels"]) == {"linux-x86_64", "linux-aarch64", "darwin-arm64"}
        assert len({wheel["sha256"] for wheel in each["wheels"].values()}) == 3
        for pinned in each["wheels"].values():
            assert len(pinned["sha256"]) == 64
            assert pinned["file"].startswith(f"{each['distribution'].replace('-', '_')}-{each['version']}-"), name
