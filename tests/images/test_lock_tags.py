"""Image tags against the sandbox's own registry, and against servers that want a login."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from catalog.errors import SlipwayError
from delivery.resolve import image
from sandbox.images.push import push
from sandbox.images.store import Store
from tests.images.test_registry import image as made

DIGEST = "sha256:" + "ab" * 32


@pytest.fixture(autouse=True)
def docker_config(tmp_path, monkeypatch):
    """No login of whoever runs the tests."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    return tmp_path


def test_a_tag_becomes_the_digest_that_was_pushed(registry, tmp_path):
    store = Store(tmp_path / "store")
    item = made(store, tmp_path, "team/own", b"layer")
    address = registry(tmp_path / "data")
    push(item, store, address)
    from delivery.registry import opened

    with opened(f"{address}/team/own:1") as (client, container):
        manifest = store.blob(item.digest).read_bytes()
        url = f"{client.prefix}://{container.manifest_url()}"
        kind = "application/vnd.oci.image.manifest.v1+json"
        assert client.do_request(url, "PUT", data=manifest, headers={"Content-Type": kind}).status_code == 201
    found = image.resolve(f"{address}/team/own:1")
    assert (found.digest, found.immutable) == (item.digest, f"{address}/team/own@{item.digest}")
    assert found.bytes == sum(layer["size"] for layer in json.loads(manifest)["layers"]) > 0
    with pytest.raises(SlipwayError, match="no such image or tag"):
        image.resolve(f"{address}/team/own:2")
    with pytest.raises(SlipwayError, match="no such image or tag"):
        image.resolve(f"{address}/team/other:1")


def said(container_url, manifests):
    """What a registry answers that has these, by digest."""

    class Client:
        prefix = "https"

        def do_request(self, url, headers):
            return SimpleNamespace(json=lambda: manifests[url.partition("manifests/")[2]])

    def url(digest):
        return f"{container_url}/manifests/{digest}"

    return Client(), SimpleNamespace(manifest_url=url)


def on(digest, system, architecture):
    return {"digest": digest, "platform": {"os": system, "architecture": architecture}}


def layers(*sizes):
    return {"layers": [{"size": size} for size in sizes]}


ARCHITECTURES = {
    "image": {
        "manifests": [
            on("a", "linux", "amd64"),
            on("b", "linux", "arm64"),
            on("c", "windows", "amd64"),
            on("d", "unknown", "unknown"),
            {"digest": "e"},
        ]
    },
    "a": layers(1, 20),
    "b": layers(2, 20),
    "c": layers(1000),
    "d": layers(1000),
    "e": layers(1000),
}


@pytest.mark.parametrize(
    ("manifests", "size"),
    [
        ({"image": layers(3, 4)}, 7),
        (ARCHITECTURES, 22),
        ({"image": {"errors": [{"code": "TOOMANYREQUESTS"}]}}, None),
        ({"image": {"manifests": [on("gone", "linux", "amd64")]}}, None),
        ({"image": {"layers": None}}, None),
        ({"image": []}, None),
    ],
    ids=["one", "several architectures", "refused", "one that is gone", "no layers", "something else"],
)
def test_the_size_of_an_image_is_what_a_node_pulls_of_it(manifests, size):
    assert image._bytes(*said("registry.example/own", manifests), "image", {}) == size


class Guarded(BaseHTTPRequestHandler):
    """A registry that wants a token, or a user and password."""

    scheme = "Bearer"

    def do_GET(self):
        place = urlsplit(self.path)
        if place.path == "/token":
            said = self.headers.get("Authorization") == f"Basic {LOGIN}"
            scope = parse_qs(place.query).get("scope", [""])[0]
            self.answer(200 if said else 401, json.dumps({"token": f"for {scope}"}).encode() if said else b"")
            return
        wanted = "Bearer for repository:own:pull" if self.scheme == "Bearer" else f"Basic {LOGIN}"
        if self.headers.get("Authorization") == wanted:
            self.answer(200, b"", {"Docker-Content-Digest": DIGEST})
            return
        realm = f"http://127.0.0.1:{self.server.server_port}/token"
        service = ',service="own",scope="repository:own:pull"' if self.scheme == "Bearer" else ""
        self.answer(401, b"", {"Www-Authenticate": f'{self.scheme} realm="{realm}"{service}'})

    do_HEAD = do_GET  # noqa: N815  the server calls it so

    def answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *arguments):
        pass


LOGIN = base64.b64encode(b"user:very-secret").decode()


@pytest.fixture(params=["Bearer", "Basic"])
def guarded(request):
    handler = type("Handler", (Guarded,), {"scheme": request.param})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_login_of_docker_is_used(guarded, docker_config):
    (docker_config / ".docker").mkdir()
    (docker_config / ".docker/config.json").write_text(json.dumps({"auths": {guarded: {"auth": LOGIN}}}))
    assert image.resolve(f"{guarded}/own:1").immutable == f"{guarded}/own@{DIGEST}"


def test_a_login_in_a_directory_of_its_own_is_used(guarded, docker_config, monkeypatch):
    (docker_config / "config.json").write_text(json.dumps({"auths": {guarded: {"auth": LOGIN}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(docker_config))
    assert image.resolve(f"{guarded}/own:1").digest == DIGEST


def test_without_a_login_it_is_said(guarded):
    with pytest.raises(SlipwayError, match=f"docker login {guarded}"):
        image.resolve(f"{guarded}/own:1")


def test_a_wrong_login_is_said_and_not_shown(guarded, docker_config):
    wrong = base64.b64encode(b"user:other-secret").decode()
    (docker_config / ".docker").mkdir()
    (docker_config / ".docker/config.json").write_text(json.dumps({"auths": {guarded: {"auth": wrong}}}))
    with pytest.raises(SlipwayError, match=f"docker login {guarded}") as caught:
        image.resolve(f"{guarded}/own:1")
    assert wrong not in str(caught.value)
    assert "other-secret" not in str(caught.value)


def test_nobody_answers():
    with pytest.raises(SlipwayError, match=r"the registry 127\.0\.0\.1:9 cannot be reached"):
        image.resolve("127.0.0.1:9/own:1")


def test_a_client_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "oras.provider", None)
    with pytest.raises(SlipwayError, match="uv sync --group locks"):
        image.resolve("127.0.0.1:9/own:1")


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("vllm/vllm-openai:v0.11.0", "vllm/vllm-openai"),
        ("127.0.0.1:5000/own", "127.0.0.1:5000/own"),
        ("127.0.0.1:5000/own:1@sha256:ab", "127.0.0.1:5000/own"),
        ("debian", "debian"),
    ],
)
def test_the_name_of_an_image(reference, name):
    assert image.named(reference) == name
