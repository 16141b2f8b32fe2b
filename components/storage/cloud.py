"""What every artifact store of a cloud is made from."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.storage.spec import CloudStore


@dataclass(frozen=True, kw_only=True, slots=True)
class CloudStoreArgs:
    """A store of a cloud, as the stack says it.

    Attributes:
        spec: what the stack says.
        owner: account (AWS) or project (Google).
        region: of the bucket and the images.
        stack: the stack's name, which everything in the cloud bears as a tag or label.
        images: names of the images that are built for the stack, each once.
        protect: neither bucket, key nor images can be destroyed.
    """

    spec: CloudStore
    owner: str
    region: str
    stack: str
    images: Sequence[str]
    protect: bool
