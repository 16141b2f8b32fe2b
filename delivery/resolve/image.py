"""An image by its tag."""

import hashlib
from typing import Any

import requests

from delivery.registry import opened, refused
from delivery.resolve import missing, today
from stacks.locks import LockEntry

_KINDS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_DIGEST = "Docker-Content-Digest"


def resolve(reference: str) -> LockEntry:
    """The digest that a tag means: of the index where there is one, so that each node pulls its own architecture.

    Raises:
        SlipwayError: the registry cannot be reached, wants credentials or has no such tag.
    """
    accept = {"Accept": ", ".join(_KINDS)}
    with opened(reference) as (client, container):
        url = f"{client.prefix}://{container.manifest_url()}"
        # This is no pull to a registry that counts them: without the sizes, there is still the digest.
        answer = client.do_request(url, "HEAD", headers=accept)
        digest = answer.headers.get(_DIGEST)
        if answer.status_code == 200 and not digest:
            answer = client.do_request(url, headers=accept)
            digest = f"sha256:{hashlib.sha256(answer.content).hexdigest()}"
        size = _bytes(client, container, str(digest), accept) if answer.status_code == 200 else None
    if answer.status_code == 404:
        raise missing(reference, "the registry has no such image or tag", "correct the reference, or push it")
    if answer.status_code != 200:
        raise refused(reference, answer.status_code)
    return LockEntry(
        reference=reference, immutable=f"{named(reference)}@{digest}", digest=digest, date=today(), bytes=size
    )


def _bytes(client: Any, container: Any, digest: str, headers: dict[str, str]) -> int | None:
    """What a node pulls of it: of the largest of its architectures; None where the registry does not say it."""

    def manifest(which: str) -> Any:
        return client.do_request(f"{client.prefix}://{container.manifest_url(which)}", headers=headers).json()

    try:
        found = manifest(digest)
        several = [each["digest"] for each in found.get("manifests", ()) if _may_run(each.get("platform") or {})]
        pulled = [manifest(each) for each in several] or [found]
        return max(sum(int(layer["size"]) for layer in one["layers"]) for one in pulled)
    except (ValueError, LookupError, TypeError, AttributeError, requests.exceptions.RequestException):
        return None


def _may_run(platform: dict[str, str]) -> bool:
    return platform.get("os") == "linux" and platform.get("architecture") in ("amd64", "arm64")


def named(reference: str) -> str:
    """An image's name without its tag and digest."""
    name = reference.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"
