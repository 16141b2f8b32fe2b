"""Cloud Storage behind the one call of an S3 client that the fetcher makes, with the identity of the pod.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects/get; tokens of a pod's service account,
https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity#metadata_server (read 2026-11).
"""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError

_TOKENS = "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token"
_SECONDS = 30
# Before a token ends, a new one is asked for.
_EARLY_S = 60
_CODES = {401: "AccessDenied", 403: "AccessDenied", 404: "NoSuchKey", 408: "RequestTimeout", 429: "SlowDown"}


class Client:
    """Reads objects as botocore's S3 client does, and fails as it does.

    Args:
        endpoint: URL of the server.
        tokens: URL of the metadata server that gives tokens.
    """

    def __init__(self, endpoint: str, tokens: str = _TOKENS) -> None:
        self._endpoint, self._tokens = endpoint, tokens
        self._token, self._until = "", 0.0

    def get_object(self, **asked: str) -> dict[str, Any]:
        """The object's content as `Body`; asked with `Bucket`, `Key`, `VersionId` (a generation here) and `Range`."""
        query = {"alt": "media", **({"generation": asked["VersionId"]} if "VersionId" in asked else {})}
        place = f"{self._endpoint}/storage/v1/b/{asked['Bucket']}/o/{urllib.parse.quote(asked['Key'], safe='')}"
        headers = {"Authorization": f"Bearer {self._bearer()}"}
        if "Range" in asked:
            headers["Range"] = asked["Range"]
        return {"Body": _Body(_opened(f"{place}?{urllib.parse.urlencode(query)}", headers))}

    def _bearer(self) -> str:
        if time.monotonic() >= self._until:
            with _opened(self._tokens, {"Metadata-Flavor": "Google"}) as answer:
                given = json.load(answer)
            self._token = str(given["access_token"])
            self._until = time.monotonic() + float(given["expires_in"]) - _EARLY_S
        return self._token


class _Body:
    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def read(self) -> bytes:
        """All of it."""
        return b"".join(self.iter_chunks(1 << 20))

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        """Piece by piece; a connection that breaks is an error, and never the end."""
        with self._answer:
            left = int(self._answer.headers.get("Content-Length") or -1)
            try:
                while block := self._answer.read(size):
                    left -= len(block)
                    yield block
            except OSError as error:
                raise HTTPClientError(error=error) from error
        if left > 0:
            raise HTTPClientError(error=f"{left} bytes are missing")


def _opened(url: str, headers: dict[str, str]) -> Any:
    """An answer that is one; errors as botocore has them."""
    # A pod has no proxy to its own metadata server.
    proxies = urllib.request.ProxyHandler({} if url.startswith("http://") else None)
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  the URL is the store's, or Google's own
    try:
        return urllib.request.build_opener(proxies).open(request, timeout=_SECONDS)
    except urllib.error.HTTPError as error:
        code = _CODES.get(error.code, str(error.code))
        with error:
            said = error.read(2000).decode(errors="replace")
        raise ClientError({"Error": {"Code": code, "Message": said}}, "GetObject") from error
    except OSError as error:
        raise HTTPClientError(error=error) from error
