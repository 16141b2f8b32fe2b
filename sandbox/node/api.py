"""The little of the Kubernetes API that starting a node needs: get, server-side apply, patch a status, delete."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import urllib3

from catalog.errors import SlipwayError

Json = dict[str, Any]
FIELD_MANAGER = "slipway-sandbox"
RETRY_SECONDS = 5.0
TRANSIENT = (HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
"""What a server that has just started may answer: a namespace or a kind it is about to have, or not yet."""
PLURALS: Mapping[str, str] = {
    "GatewayClass": "gatewayclasses",
    "ValidatingAdmissionPolicy": "validatingadmissionpolicies",
}
"""Where the plural is not the lower-case kind and an s."""
CLUSTER_WIDE = frozenset(
    {"Namespace", "Node", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "GatewayClass"}
    | {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}
)


def path_of(thing: Json) -> str:
    """The URL path of an object."""
    group, kind, metadata = thing["apiVersion"], thing["kind"], thing["metadata"]
    base = f"/apis/{group}" if "/" in group else f"/api/{group}"
    place = "" if kind in CLUSTER_WIDE else f"/namespaces/{metadata['namespace']}"
    plural = PLURALS.get(kind, f"{kind.lower()}s")
    return f"{base}{place}/{plural}/{metadata['name']}"


@dataclass(frozen=True)
class Answer:
    """What the API server said.

    Args:
        status: the HTTP status.
        body: the object or Status, empty where it was no JSON.
    """

    status: int
    body: Json

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.status < HTTPStatus.MULTIPLE_CHOICES


class Api:
    """The node's API server through its host port, as administrator.

    Args:
        port: the forwarded port on 127.0.0.1.
        pki: directory of the certificates.
    """

    def __init__(self, port: int, pki: Path) -> None:
        self._pool = urllib3.HTTPSConnectionPool(
            "127.0.0.1",
            port,
            ca_certs=str(pki / "ca.crt"),
            cert_file=str(pki / "admin.crt"),
            key_file=str(pki / "admin.key"),
            timeout=10.0,
            retries=False,
        )

    def request(self, method: str, path: str, body: object = None, kind: str = "application/json") -> Answer:
        """One request; a connection that fails is an answer with status 503."""
        data = None if body is None else json.dumps(body).encode()
        try:
            answer = self._pool.request(method, path, body=data, headers={"Content-Type": kind})
        except urllib3.exceptions.HTTPError as error:
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, {"message": str(error)})
        try:
            read = json.loads(answer.data)
        except ValueError:
            read = {"message": answer.data.decode(errors="replace")}
        return Answer(answer.status, read if isinstance(read, dict) else {})

    def get(self, path: str) -> Json | None:
        """The object, None if it is not there (or the server does not answer)."""
        answer = self.request("GET", path)
        return answer.body if answer.ok else None

    def apply(self, thing: Json) -> None:
        """Server-side apply: the fields given here are ours, whatever they were before.

        Raises:
            SlipwayError: the server refuses.
        """
        path = path_of(thing)
        query = f"?fieldManager={FIELD_MANAGER}&force=true"
        deadline = time.monotonic() + RETRY_SECONDS
        while not (answer := self.request("PATCH", path + query, thing, "application/apply-patch+yaml")).ok:
            if answer.status not in TRANSIENT or time.monotonic() > deadline:
                raise SlipwayError(
                    f"sandbox object {path}",
                    f"HTTP {answer.status}",
                    str(answer.body.get("message", "the API server refused it")),
                    "see `slipway sandbox logs apiserver`",
                )
            time.sleep(0.1)

    def delete(self, path: str) -> None:
        """Delete an object that may not be there."""
        self.request("DELETE", path)

    def patch_status(self, path: str, status: Json) -> None:
        """Merge into an object's status; an object that is gone meanwhile is left so."""
        kind = "application/strategic-merge-patch+json"
        self.request("PATCH", f"{path}/status", {"status": status}, kind)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()
