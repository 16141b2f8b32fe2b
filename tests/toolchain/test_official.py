"""Official downloads, from a server on this machine."""

import hashlib
import io
import socket
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from catalog.errors import SlipwayError
from sandbox.toolchain.machine import Machine
from sandbox.toolchain.official import Downloads
from sandbox.toolchain.recipe import GoTool, Release
from sandbox.toolchain.shipped import RECIPE
from sandbox.toolchain.toolchain import Toolchain
from tests.toolchain.conftest import Recorder

MACHINE = Machine("linux", "amd64")
CONTENT = b"#!/bin/sh\necho official\n"


class Publisher:
    """Serves files by path and notes every request."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str]] = []
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self, *, body: bool) -> None:
                publisher.requests.append((self.command, self.path))
                content = publisher.files.get(self.path)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                if body and content:
                    self.wfile.write(content)

            def do_GET(self) -> None:
                self.answer(body=True)

            def do_HEAD(self) -> None:
                self.answer(body=False)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.port = self.server.server_address[1]

    def route(self, address: str) -> str:
        """Every host is this one."""
        return f"http://127.0.0.1:{self.port}{urlsplit(address).path}"

    def publish(self, path: str, content: bytes, checksums: str, text: str | None = None) -> None:
        self.files[path] = content
        name = path.rsplit("/", 1)[-1]
        self.files[checksums] = (text or f"{hashlib.sha256(content).hexdigest()}  {name}\n").encode()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    made = Publisher()
    yield made
    made.server.shutdown()
    made.server.server_close()


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def released(recipe, **changes):
    """The recipe with a release for its first tool."""
    release = Release(archive="https://dl.example/v{version}/{os}-{arch}/one", checksums="https://dl.example/one.sums")
    one = replace(recipe.tools[0], release=replace(release, **changes))
    return replace(recipe, tools=(one, recipe.tools[1]), data=())


@pytest.fixture
def chain(recipe, tmp_path, build_cache, publisher):
    def make(**changes) -> Toolchain:
        downloads = Downloads(MACHINE, publisher.route, probe_seconds=30)
        return Toolchain(released(recipe, **changes), tmp_path / "cache", downloads=downloads, build_cache=build_cache)

    return make


@pytest.mark.parametrize(
    "text",
    [None, "{sha256}", "{sha256} *one\n", "0000  other\n{sha256}  one\n", "{sha512}  one\n", "{SHA256}  one"],
)
def test_a_release_is_downloaded_verified_and_kept(chain, publisher, recorder, text):
    digests = {"sha256": hashlib.sha256(CONTENT).hexdigest(), "sha512": hashlib.sha512(CONTENT).hexdigest()}
    checksums = text and text.format(**digests, SHA256=digests["sha256"].upper())
    publisher.publish("/v1.2.3/linux-amd64/one", CONTENT, "/one.sums", checksums)
    tools = chain().ensure(None, recorder)
    assert tools["one"].origin == "official"
    assert tools["one"].path.read_bytes() == CONTENT
    assert tools["one"].path.stat().st_mode & 0o111
    assert tools["two"].origin == "built"
    assert recorder.said[0].startswith("asking dl.example for official builds")
    publisher.requests.clear()
    again = chain()
    assert again.ensure(None, Recorder())["one"].path == tools["one"].path
    assert not publisher.requests


@pytest.mark.parametrize("name", ["one.tar.gz", "one.tgz"])
def test_an_archive_gives_its_one_program(chain, publisher, recorder, name):
    content = archive({"one-v1/README": b"read me", "one-v1/bin/one": CONTENT})
    publisher.publish(f"/{name}", content, "/one.sums")
    tools = chain(archive=f"https://dl.example/{name}").ensure(["one"], recorder)
    assert tools["one"].path.read_bytes() == CONTENT
    assert [path.name for path in tools["one"].path.parent.iterdir()] == ["one"]


def test_a_whole_release_gives_all_its_files(chain, publisher, recorder):
    content = archive({"pulumi/one": CONTENT, "pulumi/one-language": b"host", "../../escape": b"no"})
    publisher.publish("/one.tar.gz", content, "/one.sums")
    tools = chain(archive="https://dl.example/one.tar.gz", whole=True).ensure(["one"], recorder)
    assert tools["one"].path.with_name("one-language").read_bytes() == b"host"
    assert tools["one"].path.with_name("escape").read_bytes() == b"no"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda files: files.update({"/v1.2.3/linux-amd64/one": CONTENT + b"x"}), "the publisher's file says"),
        (lambda files: files.update({"/one.sums": b"no digests here\n"}), "has no checksum for one"),
        (lambda files: files.update({"/one.sums": files["/one.sums"].replace(b"one", b"two")}), "no checksum for one"),
        (lambda files: files.pop("/v1.2.3/linux-amd64/one"), "404"),
    ],
)
def test_a_download_that_is_not_right_is_built_instead_with_a_word(chain, publisher, recorder, spoil, why):
    publisher.publish("/v1.2.3/linux-amd64/one", CONTENT, "/one.sums")
    chain_ = chain()
    publisher.files["/v1.2.3/linux-amd64/probe"] = b""
    offers = chain_._downloads.offers([(chain_.recipe.tools[0], "v1.2.3")], Recorder())
    assert offers, "the host has answered"
    spoil(publisher.files)
    tools = chain_.ensure(["one"], recorder)
    assert tools["one"].origin == "built"
    assert any("the download failed" in text and why in text and "built here instead" in text for text in recorder.said)


def test_an_archive_without_the_program_is_built_instead(chain, publisher, recorder):
    publisher.publish("/one.tgz", archive({"other": CONTENT}), "/one.sums")
    assert chain(archive="https://dl.example/one.tgz").ensure(["one"], recorder)["one"].origin == "built"
    assert any("the archive has no one" in text for text in recorder.said)


def test_a_host_that_refuses_is_not_asked_again(recipe, recorder):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    opened: list[str] = []

    def route(_: str) -> str:
        opened.append(address)
        return address

    downloads = Downloads(MACHINE, route)
    pairs = [(released(recipe).tools[0], "v1.2.3")]
    assert downloads.offers(pairs, recorder) == []
    assert downloads.offers(pairs, recorder) == []
    assert len(opened) == 1
    assert recorder.said[1:] == ["no answer from dl.example"]


def test_hosts_that_hang_cost_the_limit_once_for_all_of_them(recorder):
    """They accept and never answer, as behind a bad firewall."""
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        address = f"http://127.0.0.1:{hanging.getsockname()[1]}/"
        downloads = Downloads(MACHINE, lambda _: address, probe_seconds=1.5)
        pairs = [(tool, RECIPE.version(tool)) for tool in RECIPE.tools]
        began = time.monotonic()
        assert downloads.offers(pairs, recorder) == []
        assert time.monotonic() - began < 2 * 1.5
        began = time.monotonic()
        downloads.offers(pairs, recorder)
        assert time.monotonic() - began < 1.5
    assert recorder.said[0].count(",") == 3  # four hosts


def test_a_name_server_that_hangs_costs_no_more(recipe, recorder):
    """No timeout of a connection covers the look-up of its name."""
    over = threading.Event()
    downloads = Downloads(MACHINE, lambda _: str(over.wait(30)), probe_seconds=0.2)
    began = time.monotonic()
    try:
        assert downloads.offers([(released(recipe).tools[0], "v1.2.3")], recorder) == []
    finally:
        over.set()
    assert time.monotonic() - began < 3


def test_a_release_for_another_system_is_no_offer(recipe, publisher, recorder):
    downloads = Downloads(Machine("darwin", "arm64"), publisher.route)
    assert downloads.offers([(released(recipe, systems=("linux",)).tools[0], "v1.2.3")], recorder) == []
    assert not publisher.requests


def test_nothing_is_left_of_a_failed_download(publisher, recipe, tmp_path, recorder):
    publisher.publish("/v1.2.3/linux-amd64/one", CONTENT, "/one.sums")
    downloads = Downloads(MACHINE, publisher.route, probe_seconds=30)
    (offer,) = downloads.offers([(released(recipe).tools[0], "v1.2.3")], recorder)
    publisher.files["/v1.2.3/linux-amd64/one"] = b"changed on the way"
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(SlipwayError, match="its checksum is"):
        downloads.fetch(offer, into)
    assert not list(into.iterdir())
    assert not list(tmp_path.glob("*.download"))


@pytest.mark.parametrize(
    ("name", "machine", "archive_address"),
    [
        ("kubectl", Machine("darwin", "arm64"), "https://dl.k8s.io/release/{v}/bin/darwin/arm64/kubectl"),
        ("pulumi", MACHINE, "https://get.pulumi.com/releases/sdk/pulumi-{v}-linux-x64.tar.gz"),
        ("helm", Machine("linux", "arm64"), "https://get.helm.sh/helm-{v}-linux-arm64.tar.gz"),
        (
            "versitygw",
            MACHINE,
            "https://github.com/versity/versitygw/releases/download/{v}/versitygw_{v}_Linux_x86_64.tar.gz",
        ),
        (
            "etcd",
            MACHINE,
            "https://github.com/etcd-io/etcd/releases/download/{v}/etcd-{v}-linux-amd64.tar.gz",
        ),
    ],
)
def test_the_shipped_addresses(name, machine, archive_address, publisher, recorder):
    tool = next(tool for tool in RECIPE.tools if tool.name == name)
    version = RECIPE.version(tool)
    expected = archive_address.format(v=version)
    publisher.files[urlsplit(expected).path] = b""
    downloads = Downloads(machine, lambda _: publisher.route(expected), probe_seconds=30)
    (offer,) = downloads.offers([(tool, version)], recorder)
    assert offer.archive == expected
    assert version.removeprefix("v") in offer.checksums


def test_tools_without_published_checksums_are_not_downloaded():
    assert {tool.name for tool in RECIPE.tools if tool.release is None} == {"kwok", "slipway-forward", "slipway-pause"}
    assert isinstance(RECIPE.tools[0], GoTool)
