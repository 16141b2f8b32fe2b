"""How this machine reaches its package index, lent to a build step and never part of an image.

The base image has an empty `/etc/pip.conf`, an empty directory for wheels and Debian's certificates; during a build
this machine's own are mounted over them.
"""

import configparser
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from sandbox.images.buildah import Mount
from sandbox.images.store import link

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
WHEELS = "/opt/wheels"
_LENT = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries")
_BUNDLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_UV_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL")


def mounts(work: Path, environment: Mapping[str, str] = os.environ) -> list[Mount]:
    """What a build step sees instead of the image's own files.

    Args:
        work: an own directory for what is written for it; it may hold credentials of an index.
        environment: the variables of this process.
    """
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = pip_settings(environment)
    found: list[Mount] = []
    if bundle := next((Path(p) for p in _bundles(settings, environment) if Path(p).is_file()), None):
        found.append((bundle, CERTIFICATES))
    lines = [f"{key} = {_indented(settings[key])}" for key in _LENT if settings.get(key)]
    if _gather(settings.get("find-links", "").split(), work / "wheels"):
        found.append((work / "wheels", WHEELS))
        lines.append(f"find-links = {WHEELS}")
    configuration = work / "pip.conf"
    configuration.write_text("\n".join(["[global]", f"cert = {CERTIFICATES}", *lines, ""]))
    configuration.chmod(0o600)
    return [*found, (configuration, "/etc/pip.conf")]


def pip_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """What pip would go by here: its files, then the environment; an index that only uv knows counts too."""
    settings: dict[str, str] = {}
    for file in _files(environment):
        parser = configparser.RawConfigParser()
        try:
            parser.read(file)
        except (configparser.Error, UnicodeDecodeError):
            continue  # pip itself will say so; a build may do without
        for section in ("global", "install"):
            if parser.has_section(section):
                settings |= {key.replace("_", "-"): value for key, value in parser.items(section)}
    for name, value in environment.items():
        if name.startswith("PIP_") and value:
            settings[name.removeprefix("PIP_").lower().replace("_", "-")] = value
    if "index-url" not in settings and (index := next((environment[n] for n in _UV_INDEX if environment.get(n)), "")):
        settings["index-url"] = index
    return settings


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environment.get("HOME", "/root"))
    yield Path("/etc/xdg/pip/pip.conf")
    yield Path("/etc/pip.conf")
    yield home / ".pip" / "pip.conf"
    yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    yield Path(sys.prefix) / "pip.conf"
    if named := environment.get("PIP_CONFIG_FILE"):
        yield Path(named)


def _bundles(settings: Mapping[str, str], environment: Mapping[str, str]) -> Iterator[str]:
    if "cert" in settings:
        yield settings["cert"]
    yield from (environment[name] for name in _BUNDLES if environment.get(name))
    yield CERTIFICATES


def _gather(places: list[str], target: Path) -> bool:
    """The wheels of local directories in one directory; whether there are any."""
    wheels = [file for place in places if Path(place).is_dir() for file in Path(place).glob("*.whl")]
    if wheels:
        target.mkdir(exist_ok=True)
        for wheel in wheels:
            link(wheel, target / wheel.name)
    return bool(wheels)


def _indented(value: str) -> str:
    """Several addresses stand on lines of their own."""
    return "\n    ".join(value.split())
