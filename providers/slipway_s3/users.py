"""The users of a versitygw server, through its admin API: S3-signed HTTP on a port of its own."""

import hashlib
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from catalog.errors import SlipwayError
from providers.slipway_s3 import store as s3
from providers.slipway_s3.gather import Gathered
from providers.slipway_s3.store import Store

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse

ROLE = "user"
"""The role that may do nothing but what policies allow."""

_TRIES = 3


@dataclass(frozen=True)
class User:
    """An account of the server.

    Args:
        name: its access key.
        secret: its secret key; the admin API shows it.
        role: `user`, `userplus` or `admin`.
        mark: the number it was made with, here a hash of the resource it belongs to (the server's `ProjectID`).
    """

    name: str
    secret: str = field(repr=False)
    role: str
    mark: int


def mark_of(urn: str) -> int:
    """The mark of a resource's user: it proves after a crash whose user it is."""
    return int.from_bytes(hashlib.sha256(urn.encode()).digest()[:4], "big") >> 1


class Users:
    """Creates, changes and deletes users. Safe to share between threads.

    Args:
        store: the server, with the key of an administrator.
        endpoint: URL of the admin API.
    """

    def __init__(self, store: Store, endpoint: str) -> None:
        from botocore.httpsession import URLLib3Session

        self._store, self._endpoint = store, endpoint.rstrip("/")
        self._users = Gathered(self._list)
        no_delay = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each body waits 40 ms for an acknowledgement
        self._http = URLLib3Session(
            timeout=(5, 30),  # type: ignore[arg-type]  # to connect and to read: the stubs know only one
            max_pool_connections=32,
            socket_options=[no_delay],  # type: ignore[list-item]  # the stubs say str
        )

    def create(self, user: User) -> bool:
        """Makes a user; False when there is one of that name."""
        fields = {"Access": user.name, "Secret": user.secret, "Role": user.role, "ProjectID": str(user.mark)}
        return self._call("create-user", "Account", fields) != "XAdminUserExists"

    def reset(self, name: str, secret: str) -> bool:
        """Gives a user this secret key and the role `user`; False when there is no such user."""
        fields = {"Secret": secret, "Role": ROLE}
        return self._call("update-user", "MutableProps", fields, access=name) != "XAdminUserNotFound"

    def delete(self, name: str) -> None:
        """Deletes a user; fine when there is none."""
        self._call("delete-user", access=name)

    def all(self) -> dict[str, User]:
        """Every user by name, except the root account; shared by those who ask at the same time."""
        return self._users.get()

    def _list(self) -> dict[str, User]:
        answer = self._send("list-users")
        self._refuse(answer, "list-users")
        return {user.name: user for user in map(_user, ET.fromstring(answer.content).iter("Accounts"))}  # noqa: S314

    def _call(self, action: str, element: str = "", fields: dict[str, str] | None = None, **query: str) -> str:
        """Returns the code of a refusal that the caller decides about, else an empty text."""
        body = b""
        if element:
            root = ET.Element(element)
            for name, value in (fields or {}).items():
                ET.SubElement(root, name).text = value
            body = ET.tostring(root)
        return self._refuse(self._send(action, body, **query), action)

    def _refuse(self, answer: "AWSResponse", action: str) -> str:
        if answer.status_code < 300:
            return ""
        code, said = _error(answer)
        if code in ("XAdminUserExists", "XAdminUserNotFound"):
            return code
        where = f"{self._endpoint}/{action}"
        if code in s3.WRONG_KEYS:
            why, fix = f"the admin API refuses this key ({code})", "give the key of the server's administrator"
        elif code in s3.DENIED:
            why, fix = "this key is no administrator's", "give the key of the server's administrator"
        elif answer.status_code == 404 or code in s3.UNKNOWN_TO_SERVER:
            why, fix = (
                "this is no admin API of versitygw",
                "correct adminEndpoint, or leave it out and give readers' keys",
            )
        else:
            why, fix = f"the admin API refused: {code} {said}".rstrip(), "see the S3 server's log; has it an --iam-dir?"
        raise SlipwayError(where, self._store.access_key, why, fix)

    def _send(self, action: str, body: bytes = b"", **query: str) -> "AWSResponse":
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
        from botocore.exceptions import ConnectionError as NoConnectionError
        from botocore.exceptions import HTTPClientError

        url = f"{self._endpoint}/{action}" + (f"?{urlencode(query)}" if query else "")
        signer = S3SigV4Auth(Credentials(self._store.access_key, self._store.secret_key), "s3", self._store.region)
        for left in reversed(range(_TRIES)):
            request = AWSRequest("PATCH", url, data=body)
            request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(body).hexdigest()
            signer.add_auth(request)
            try:
                return self._http.send(request.prepare())
            except (HTTPClientError, NoConnectionError) as error:
                if not left:
                    raise SlipwayError(
                        self._endpoint, type(error).__name__, "the admin API of the S3 server does not answer",
                        "start it (`make up` for the sandbox), or correct adminEndpoint",
                    ) from error  # fmt: skip
        raise AssertionError("unreachable")


def _user(account: ET.Element) -> User:
    values = {child.tag: child.text or "" for child in account}
    return User(
        values.get("Access", ""), values.get("Secret", ""), values.get("Role", ""), int(values.get("ProjectID") or 0)
    )


def _error(answer: "AWSResponse") -> tuple[str, str]:
    try:
        root = ET.fromstring(answer.content)  # noqa: S314 - from the server that is given the root key
    except ET.ParseError:
        return str(answer.status_code), ""
    return root.findtext("Code") or str(answer.status_code), root.findtext("Message") or ""
