"""Puts a finished image into a registry of a cloud, blob by blob as it is: its digest stays what it was."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

from delivery.registry import opened, refused
from delivery.resolve import missing

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def push(reference: str, digest: str, blobs: Mapping[str, Path]) -> None:
    """Sends what the registry does not have, layers before what names them.

    Args:
        reference: with the tag that it gets.
        digest: of its manifest.
        blobs: where every blob is, by digest; the manifest among them.

    Raises:
        SlipwayError: the registry cannot be reached, wants credentials, has no such repository, or refuses.
    """
    manifest = blobs[digest].read_bytes()
    described = json.loads(manifest)
    with opened(reference) as (client, container):
        remote = _Remote(client, f"{client.prefix}://{container.registry}/v2/{container.api_prefix}", reference)
        for item in (*described["layers"], described["config"]):
            if not remote.has(item["digest"]):
                remote.send(item["digest"], blobs[item["digest"]])
        remote.ask("PUT", f"manifests/{container.tag}", 201, data=manifest, headers={"Content-Type": _MANIFEST})


class _Remote:
    """A repository in a registry."""

    def __init__(self, client: Any, base: str, reference: str) -> None:
        self._client = client
        self._base = base
        self._reference = reference

    def has(self, digest: str) -> bool:
        return bool(self._do("HEAD", f"{self._base}/blobs/{digest}").status_code == 200)

    def send(self, digest: str, path: Path) -> None:
        begun = self.ask("POST", "blobs/uploads/", 202)
        place = urljoin(f"{self._base}/", begun.headers["Location"])
        joint = "&" if "?" in place else "?"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(path.stat().st_size)}
        with path.open("rb") as stream:  # read as it is sent: a layer may be larger than the memory
            answer = self._client.do_request(
                f"{place}{joint}{urlencode({'digest': digest})}", "PUT", data=stream, headers=headers
            )
        self._expect(answer, 201)

    def ask(self, method: str, path: str, status: int, **options: Any) -> Any:
        return self._expect(self._do(method, f"{self._base}/{path}", **options), status)

    def _do(self, method: str, url: str, **options: Any) -> Any:
        answer = self._client.do_request(url, method, **options)
        if answer.status_code == 401 and getattr(self._client.auth, "token", None):
            self._client.auth.token = None  # it was for reading alone
            answer = self._client.do_request(url, method, **options)
        return answer

    def _expect(self, answer: Any, status: int) -> Any:
        if answer.status_code == status:
            return answer
        if answer.status_code == 404:
            why = "the registry has no such repository"
            raise missing(self._reference, why, "bring the stack up: it makes its repositories; or make it by hand")
        raise refused(self._reference, answer.status_code)
