"""What an object is called: identity, id, path, and the marks that say whose it is."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from catalog.errors import SlipwayError

STACK = "slipway.dev/stack"
"""Annotation of every object of a stack, `<project>/<stack>`; the program sets it."""

URN = "slipway.dev/urn"
"""Annotation with the resource's URN; the provider sets it, it is no part of the inputs."""

REPLACE_ON_CHANGE = "slipway.dev/replace-on-change"
"""Annotation, `"true"`: any change makes a new object, for kinds whose server keeps old values without a word."""

AUTONAMED = "pulumi.com/autonamed"
PATCH_FORCE = "pulumi.com/patchForce"
SKIP_AWAIT = "pulumi.com/skipAwait"
TIMEOUT = "pulumi.com/timeoutSeconds"
WAIT_FOR = "pulumi.com/waitFor"
PROPAGATION = "pulumi.com/deletionPropagationPolicy"


@dataclass(frozen=True)
class Identity:
    """Which object: its type and its name.

    Args:
        api_version: `v1`, `apps/v1`.
        kind: `Deployment`.
        namespace: empty for what has none, or where it is not known yet.
        name: its name.
    """

    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def id_(self) -> str:
        """The id in the state, as the official provider has it: `namespace/name` or `name`."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def group(self) -> str:
        """The API group, empty for the core."""
        return group(self.api_version)

    def __str__(self) -> str:
        """As people say it: `Deployment risk/iris`."""
        return f"{self.kind} {self.id_}"


def identify(document: dict[str, Any]) -> Identity:
    """The identity of an object or of checked inputs."""
    metadata = document.get("metadata") or {}
    return Identity(
        str(document.get("apiVersion") or ""),
        str(document.get("kind") or ""),
        str(metadata.get("namespace") or ""),
        str(metadata.get("name") or ""),
    )


def group(api_version: str) -> str:
    """The API group of an `apiVersion`, empty for the core."""
    return api_version.rpartition("/")[0]


def of_token(token: str, id_: str) -> Identity:
    """The identity an import names: `kubernetes:apps/v1:Deployment` and `risk/iris`.

    Raises:
        SlipwayError: when the token or the id is no such thing.
    """
    parts = token.split(":")
    namespace, _, name = id_.rpartition("/")
    if len(parts) != 3 or not name or "/" in namespace:
        fix = "use kubernetes:<apiVersion>:<kind> and `name` or `namespace/name`"
        raise SlipwayError(f"import of {token}", id_, "does not name an object", fix)
    version = parts[1].removeprefix("core/").replace(".k8s.io.k8s.io", ".k8s.io")
    return Identity(version, parts[2], namespace, name)


def annotations(document: dict[str, Any]) -> dict[str, Any]:
    """The annotations of an object or of inputs; empty when there are none."""
    return (document.get("metadata") or {}).get("annotations") or {}


def stamped(document: dict[str, Any], urn: str, **metadata: str) -> dict[str, Any]:
    """The document as it goes to the API server: with the resource's URN and further metadata."""
    marks = annotations(document) | {URN: urn}
    return {**document, "metadata": (document.get("metadata") or {}) | {"annotations": marks} | metadata}


def is_ours(live: dict[str, Any], document: dict[str, Any], urn: str) -> bool:
    """Whether a live object was made by an earlier run of this very resource."""
    stack = annotations(document).get(STACK)
    found = annotations(live)
    return bool(stack) and found.get(STACK) == stack and found.get(URN) == urn


def owner(live: dict[str, Any]) -> str:
    """Whose a live object is, for a message."""
    marks = annotations(live)
    if marks.get(STACK):
        return f"it belongs to the stack {marks[STACK]} ({marks.get(URN, 'no URN')})"
    managers = sorted({entry.get("manager", "?") for entry in live["metadata"].get("managedFields") or []})
    return f"it belongs to no stack (made by {', '.join(managers) or 'an unknown client'})"


def autoname(name: str, seed: bytes) -> str:
    """A name for an object that was given none: from the resource's name, valid and new for each seed."""
    base = re.sub(r"[^a-z0-9.-]+", "-", name.lower()).strip("-.")[:54]
    return f"{base}-{hashlib.sha256(seed or name.encode()).hexdigest()[:8]}"
