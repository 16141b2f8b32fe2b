"""A client of the Kubernetes API on urllib3: JSON in, JSON out, one pool of kept connections.

It holds no gRPC and no Pulumi, so commands that only look at a cluster use it too.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3

from catalog.errors import SlipwayError
from sandbox.providers.kubernetes import kubeconfig

POOL = 64
CONNECT_S = 3.0
READ_S = 60.0
PATIENCE_S = 10.0
"""How long a request is repeated while the API server restarts, or says that it is overloaded."""

_OVERLOADED = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Cause:
    """One of the things an API server finds wrong.

    Args:
        reason: its short name for it, `FieldValueInvalid`.
        message: its sentence.
        field: where, `spec.replicas`; empty when it concerns the whole object.
    """

    reason: str
    message: str
    field: str


class ApiError(Exception):
    """A refusal of the API server.

    Args:
        code: the HTTP status.
        reason: the short name, `NotFound`, `Conflict`, `Invalid`; may be empty.
        message: its sentence.
        causes: its details, where it gives them.
        about: the kind of thing (plural) the refusal is about, `namespaces`; may be empty.
    """

    def __init__(self, code: int, reason: str, message: str, causes: tuple[Cause, ...] = (), about: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.causes = causes
        self.about = about


@dataclass(frozen=True)
class Answer:
    """What came back: the HTTP status (200 there already, 201 created now) and the document."""

    code: int
    document: dict[str, Any]


class Client:
    """One cluster, as one user.

    Args:
        access: where and who.
    """

    def __init__(self, access: kubeconfig.Access) -> None:
        self.access = access
        self._credentials = kubeconfig.Credentials(access)
        name = access.cluster.get("tls-server-name")
        self._pool = urllib3.PoolManager(
            maxsize=POOL,
            block=True,
            retries=False,
            ssl_context=kubeconfig.tls(access, self._credentials),
            **({"server_hostname": name, "assert_hostname": name} if name else {}),
        )

    def version(self) -> str:
        """The API server's version, asked once and without patience.

        Raises:
            SlipwayError: when nothing answers at its address, or it does not let this user in.
        """
        try:
            return str(self.get("/version", patience_s=0)["gitVersion"])
        except ApiError as error:
            fix = "check the user of the kubeconfig"
            raise SlipwayError("kubeconfig", self.access.server, f"the API server refuses: {error}", fix) from None

    def get(self, path: str, *, patience_s: float = PATIENCE_S, **query: str) -> dict[str, Any]:
        """The document at a path."""
        return self.request("GET", path, query=query, patience_s=patience_s).document

    def apply(self, path: str, document: dict[str, Any], **query: str) -> Answer:
        """Server-side apply."""
        return self.request("PATCH", path, query=query, body=document, content="application/apply-patch+yaml")

    def delete(self, path: str, options: dict[str, Any]) -> dict[str, Any]:
        """Asks for deletion; the answer is a `Status`, or the object while something holds it."""
        return self.request("DELETE", path, body=options).document

    def text(self, path: str, **query: str) -> str:
        """A path that answers with plain text: the log of a container."""
        return str(self._send("GET", path, query, None, "").data, errors="replace")

    def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
        content: str = "application/json",
        patience_s: float = PATIENCE_S,
    ) -> Answer:
        """One request; all those made here may be repeated without harm.

        Raises:
            ApiError: for every answer that is no success.
            SlipwayError: when nothing answers, for `patience_s`.
        """
        data = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        until = time.monotonic() + patience_s
        pause_s = 0.1
        while True:
            try:
                answer = self._send(method, path, query or {}, data, content)
                return Answer(answer.status, json.loads(answer.data or b"{}"))
            except (ApiError, SlipwayError) as error:
                code = error.code if isinstance(error, ApiError) else 503
                if code not in _OVERLOADED or time.monotonic() + pause_s > until:
                    raise
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, 2.0)

    def watch(self, path: str, version: str, timeout_s: int) -> Iterator[dict[str, Any]]:
        """The events of a collection after a resource version, until the server ends them or `timeout_s` is over."""
        query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": str(timeout_s)}
        answer = self._send("GET", path, query, None, "", stream_s=timeout_s)
        rest = b""
        try:
            for chunk in answer.stream(65536):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (json.loads(line) for line in lines if line)
        except (urllib3.exceptions.HTTPError, ValueError):
            return  # cut off: the caller lists again
        finally:
            answer.close()

    def _send(
        self, method: str, path: str, query: dict[str, str], data: bytes | None, content: str, stream_s: int = 0
    ) -> Any:
        headers = self._credentials.headers()
        if data is not None:
            headers["Content-Type"] = content
        try:
            answer = self._pool.request(
                method,
                f"{self.access.server}{path}?{urlencode(query)}",
                body=data,
                headers=headers,
                timeout=urllib3.Timeout(connect=CONNECT_S, read=stream_s + READ_S),
                preload_content=not stream_s,
            )
        except urllib3.exceptions.HTTPError as error:
            raise unreachable(self.access.server, error) from None
        if answer.status >= 400:
            raise _refusal(answer.status, answer.data)
        return answer


def unreachable(server: str, error: Exception) -> SlipwayError:
    """The one sentence for a cluster that does not answer."""
    match error:
        case urllib3.exceptions.SSLError():
            why = f"the TLS connection to the cluster fails: {error}"
            fix = "check the certificate authority in the kubeconfig and this machine's clock"
        case urllib3.exceptions.TimeoutError() if not isinstance(error, urllib3.exceptions.NewConnectionError):
            why, fix = "the cluster does not answer in time", "check the address and the network between"
        case _:
            why = "the cluster cannot be reached: nothing listens at this address, or it cuts the connection"
            fix = "start the cluster (`slipway sandbox up`), or correct the address in the kubeconfig"
    return SlipwayError("kubeconfig", server, why, fix)


def _refusal(code: int, data: bytes) -> ApiError:
    try:
        status = json.loads(data)
        details = status.get("details") or {}
    except (ValueError, AttributeError):
        return ApiError(code, "NotFound" if code == 404 else "", data.decode(errors="replace").strip()[:500])
    causes = tuple(
        Cause(cause.get("reason", ""), cause.get("message", ""), cause.get("field", "").lstrip("."))
        for cause in details.get("causes") or []
    )
    return ApiError(code, status.get("reason", ""), status.get("message", ""), causes, details.get("kind", ""))
