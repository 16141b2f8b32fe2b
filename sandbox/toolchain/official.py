"""The publishers' own builds: are they reachable, and is what they sent what they say it is?"""

import hashlib
import shutil
import tarfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from catalog.errors import SlipwayError
from sandbox.toolchain.machine import Machine
from sandbox.toolchain.progress import Progress
from sandbox.toolchain.recipe import GoTool

PROBE_SECONDS = 3.0  # for all hosts together
_STALL_SECONDS = 30.0  # a download that sends nothing for so long has failed
_ALGORITHMS = {64: "sha256", 128: "sha512"}


@dataclass(frozen=True, slots=True)
class Offer:
    """A release for this machine: the addresses of the file and of its checksums."""

    tool: GoTool
    version: str
    archive: str
    checksums: str

    @property
    def hosts(self) -> set[str]:
        """Who must answer."""
        return {_host(self.archive), _host(self.checksums)}


class Downloads:
    """Fetches releases from hosts that answer; each host is asked once.

    Args:
        machine: for which.
        route: turns an address into the one that is really opened.
        probe_seconds: how long an answer may take.
    """

    def __init__(
        self, machine: Machine, route: Callable[[str], str] = str, probe_seconds: float = PROBE_SECONDS
    ) -> None:
        self._machine = machine
        self._route = route
        self._probe_seconds = probe_seconds
        self._answers: dict[str, bool] = {}

    def offers(self, tools: Iterable[tuple[GoTool, str]], progress: Progress) -> list[Offer]:
        """What is published and reachable, of tools with their versions. All hosts are asked at once."""
        published = [offer for tool, version in tools if (offer := self._offer(tool, version))]
        samples = {_host(address): address for offer in published for address in (offer.archive, offer.checksums)}
        self._probe({host: address for host, address in samples.items() if host not in self._answers}, progress)
        return [offer for offer in published if all(self._answers[host] for host in offer.hosts)]

    def fetch(self, offer: Offer, into: Path) -> None:
        """Downloads a release, verifies it, and leaves the tool (or all its files) in a directory.

        Raises:
            SlipwayError: it could not be had, or is not what the publisher's checksums say.
        """
        archive = into.with_name(f"{into.name}.download")
        try:
            wanted = self._checksum(offer.checksums, PurePosixPath(urlsplit(offer.archive).path).name)
            self._download(offer.archive, archive, wanted)
            _unpack(archive, offer, into)
        except (OSError, tarfile.TarError, ValueError) as error:
            why = f"the download failed: {error}"
            raise SlipwayError(offer.archive, "", why, "it is built here instead") from error
        finally:
            archive.unlink(missing_ok=True)

    def _offer(self, tool: GoTool, version: str) -> Offer | None:
        release, system, architecture = tool.release, self._machine.system, self._machine.architecture
        if release is None or system not in release.systems:
            return None
        words = {
            "version": version.removeprefix("v"),
            "os": system,
            "Os": system.capitalize(),
            "arch": architecture,
            "cpu": {"amd64": "x86_64"}.get(architecture, architecture),
            "x64": {"amd64": "x64"}.get(architecture, architecture),
        }
        return Offer(tool, version, release.archive.format(**words), release.checksums.format(**words))

    def _probe(self, samples: dict[str, str], progress: Progress) -> None:
        """Asks hosts that were not asked yet. One whose name server hangs is given up, too: hence threads."""
        if not samples:
            return
        progress.say(f"asking {', '.join(sorted(samples))} for official builds ({self._probe_seconds:.0f} s at most)")
        answered: set[str] = set()

        def ask(host: str, address: str) -> None:
            try:
                request = urllib.request.Request(self._route(address), method="HEAD")  # noqa: S310 - our own addresses
                with urllib.request.urlopen(request, timeout=self._probe_seconds):  # noqa: S310
                    answered.add(host)
            except (OSError, ValueError):
                return

        threads = [threading.Thread(target=ask, args=sample, daemon=True) for sample in samples.items()]
        deadline = time.monotonic() + self._probe_seconds
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0))
        reached = frozenset(answered)
        self._answers |= {host: host in reached for host in samples}
        silent = sorted(set(samples) - reached)
        if silent:
            progress.say(f"no answer from {', '.join(silent)}")

    def _open(self, address: str) -> "urllib.request._UrlopenRet":
        return urllib.request.urlopen(self._route(address), timeout=_STALL_SECONDS)  # noqa: S310 - our own addresses

    def _checksum(self, address: str, name: str) -> str:
        """The digest a checksum file holds for a file name; a file with one digest alone is for that one file."""
        with self._open(address) as answer:
            lines = [line.split() for line in answer.read().decode("ascii", "replace").splitlines() if line.strip()]
        for words in lines:
            if len(words[0]) in _ALGORITHMS and (len(words) == 1 or words[-1].lstrip("*") == name):
                return str(words[0]).lower()
        raise ValueError(f"{address} has no checksum for {name}")

    def _download(self, address: str, target: Path, wanted: str) -> None:
        digest = hashlib.new(_ALGORITHMS[len(wanted)])
        with self._open(address) as answer, target.open("wb") as file:
            while chunk := answer.read(1 << 20):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != wanted:
            raise ValueError(f"its checksum is {digest.hexdigest()}, the publisher's file says {wanted}")


def _host(address: str) -> str:
    return urlsplit(address).netloc


def _unpack(archive: Path, offer: Offer, into: Path) -> None:
    """Leaves the tool, or every file of a whole release, in a directory, executable."""
    name, whole = offer.tool.name, offer.tool.release is not None and offer.tool.release.whole
    if not offer.archive.endswith((".tar.gz", ".tgz")):
        shutil.copyfile(archive, into / name)
        (into / name).chmod(0o755)
        return
    with tarfile.open(archive) as tar:
        members = [member for member in tar if member.isfile() and (whole or PurePosixPath(member.name).name == name)]
        if not members:
            raise ValueError(f"the archive has no {name}")
        for member in members:
            content = tar.extractfile(member)
            target = into / PurePosixPath(member.name).name  # a flat directory: no path of an archive leads out of it
            if content is not None:
                with content, target.open("wb") as file:
                    shutil.copyfileobj(content, file)
                target.chmod(0o755)
