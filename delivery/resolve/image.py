"""An image by its tag."""

import hashlib

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
        answer = client.do_request(url, "HEAD", headers=accept)
        digest = answer.headers.get(_DIGEST)
        if answer.status_code == 200 and not digest:
            answer = client.do_request(url, headers=accept)
            digest = f"sha256:{hashlib.sha256(answer.content).hexdigest()}"
    if answer.status_code == 404:
        raise missing(reference, "the registry has no such image or tag", "correct the reference, or push it")
    if answer.status_code != 200:
        raise refused(reference, answer.status_code)
    return LockEntry(reference=reference, immutable=f"{named(reference)}@{digest}", digest=digest, date=today())


def named(reference: str) -> str:
    """An image's name without its tag and digest."""
    name = reference.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"
