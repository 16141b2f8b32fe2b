"""What a resource is given when it is made: ids, ARNs, endpoints, from templates."""

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from providers.wire import Secret, plain

Document = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """The templates of one resource type.

    A template is a text with `{names}`: of inputs, of outputs made before it, of the provider's place, or one of
    `logical` (the resource's name in the program),
    `host` (of the input
    `url`), `slug` (the same for every first creation of this resource), `hex`, `uuid` (new each time) and `now`.

    Args:
        id_: of the resource's id.
        outputs: templates or values by path, `vpcConfig.clusterSecurityGroupId`; a number is a place in a list.
        early: as `outputs`; known before the resource is made, when it is made for the first time.
    """

    id_: str
    outputs: Mapping[str, Any] = field(default_factory=dict)
    early: Mapping[str, Any] = field(default_factory=dict)


class Values:
    """What templates are filled with; says whether a secret went in.

    Args:
        urn: of the resource.
        place: of the provider.
        inputs: of the resource, secrets marked.
        again: the resource takes the place of an earlier one, so that even its `slug` is new.
    """

    def __init__(self, urn: str, place: Mapping[str, Any], inputs: Document, *, again: bool) -> None:
        self.again = again
        seed = secrets.token_hex(8) if again else urn
        self._known: dict[str, Any] = {
            **place,
            "host": str(plain(inputs.get("url"))).partition("://")[2],
            "logical": urn.rpartition("::")[2],
            "slug": hashlib.sha256(seed.encode()).hexdigest()[:16],
            "hex": secrets.token_hex(9)[:17],
            "uuid": str(uuid.uuid4()),
            "now": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **{key: value for key, value in inputs.items() if value is not None},
        }
        self._told_secret = False

    def __getitem__(self, name: str) -> Any:
        """The value of a name; a name that is not known says so itself."""
        value = self._known.get(name, f"stand-in-{name}")
        self._told_secret |= isinstance(value, Secret)
        return plain(value)

    def add(self, name: str, value: Any) -> None:
        """Lets later templates use an output."""
        self._known[name] = value

    def fill(self, template: Any) -> Any:
        """The text of a template, a secret when it holds one; anything but a text stays as it is."""
        if isinstance(template, dict):
            return {key: self.fill(item) for key, item in template.items()}
        if isinstance(template, list):
            return [self.fill(item) for item in template]
        if not isinstance(template, str):
            return template
        self._told_secret = False
        text = template.format_map(self)
        return Secret(text) if self._told_secret else text


def put(document: Document, path: str, value: Any) -> None:
    """Sets a value in a document, and makes the way to it; what is there and has no way on (a secret) stays."""
    parts = path.split(".")
    *way, last = parts
    at: Any = document
    for part, following in zip(way, parts[1:], strict=True):
        fresh: Any = [] if following.isdigit() else {}
        at = _step(at, part, fresh)
        if not isinstance(at, dict | list):
            return
    if isinstance(at, list):
        at[int(last) : int(last) + 1] = [value]
    else:
        at[last] = value


def _step(at: Any, part: str, fresh: Any) -> Any:
    if isinstance(at, list):
        if int(part) >= len(at):
            at.append(fresh)
        return at[int(part)]
    if at.get(part) is None:
        at[part] = fresh
    return at[part]
