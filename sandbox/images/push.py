"""Sends an image to a running registry: only what it does not have."""

import json
from urllib.parse import urlencode

import urllib3

from catalog.errors import SlipwayError
from sandbox.images.image import Image
from sandbox.images.store import Store

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def push(image: Image, store: Store, registry: str) -> bool:
    """Puts the image into the registry, layers before what names them.

    Args:
        image: what to send.
        store: where its blobs are.
        registry: `HOST:PORT`, plain HTTP.

    Returns:
        Whether there was anything to send.

    Raises:
        SlipwayError: the registry cannot be reached or refuses.
    """
    try:
        return _Repository(registry, image.name).take(image, store)
    except urllib3.exceptions.HTTPError as error:
        raise SlipwayError(
            f"registry {registry}", "", f"it cannot be reached: {error}", "start the sandbox: slipway sandbox up"
        ) from error


class _Repository:
    def __init__(self, registry: str, name: str) -> None:
        self._server = f"http://{registry}"
        self._base = f"{self._server}/v2/{name}"
        self._name = name
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=5.0, read=120.0))

    def take(self, image: Image, store: Store) -> bool:
        if self._has("manifests", image.digest, {"Accept": _MANIFEST}):
            return False
        manifest = store.blob(image.digest).read_bytes()
        described = json.loads(manifest)
        for item in (*described["layers"], described["config"]):
            if not self._has("blobs", item["digest"]):
                self._send(item["digest"], store)
        self._expect(201, "PUT", f"{self._base}/manifests/{image.digest}", manifest, {"Content-Type": _MANIFEST})
        return True

    def _has(self, kind: str, digest: str, headers: dict[str, str] | None = None) -> bool:
        return bool(self._pool.request("HEAD", f"{self._base}/{kind}/{digest}", headers=headers).status == 200)

    def _send(self, digest: str, store: Store) -> None:
        """A blob that another repository has is only mounted; the sandbox's own base always is."""
        mount = urlencode({"mount": digest, "from": "slipway/python-base"})
        begun = self._pool.request("POST", f"{self._base}/blobs/uploads/?{mount}")
        if begun.status == 201:
            return
        if begun.status != 202:
            raise self._refused("POST", begun)
        location = begun.headers["Location"]
        place = location if location.startswith("http") else f"{self._server}{location}"
        joint = "&" if "?" in place else "?"
        data = store.blob(digest).read_bytes()
        self._expect(201, "PUT", f"{place}{joint}{urlencode({'digest': digest})}", data, {
            "Content-Type": "application/octet-stream"
        })  # fmt: skip

    def _expect(self, status: int, method: str, url: str, body: bytes, headers: dict[str, str]) -> None:
        answer = self._pool.request(method, url, body=body, headers=headers)
        if answer.status != status:
            raise self._refused(method, answer)

    def _refused(self, what: str, answer: urllib3.BaseHTTPResponse) -> SlipwayError:
        return SlipwayError(
            f"registry {self._base}", f"{answer.status}", f"{what} was refused: {answer.data[:200].decode()}",
            "look at its log: slipway sandbox logs registry",
        )  # fmt: skip
