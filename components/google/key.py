"""A key of the stack's own.

Sources (read 2026-11): https://cloud.google.com/kms/docs/key-rotation; that rings and keys are never deleted,
https://cloud.google.com/kms/docs/faq#cannot_delete.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.google.place import Place

_ROTATION = f"{90 * 24 * 3600}s"
_DESTROYED_AFTER = f"{30 * 24 * 3600}s"
_USE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyArgs:
    """What a key is for.

    Attributes:
        owner: name of what it encrypts; the ring is named after it.
        key: its name in the ring.
        users: members of IAM that encrypt and decrypt with it, by a name for each.
        existing: the resource name of a key that is there already, and is used instead of a new one.
        protect: it cannot be destroyed.
    """

    place: Place
    owner: str
    key: str
    users: Mapping[str, pulumi.Input[str]]
    existing: str | None
    protect: bool


def ring_name(owner: str) -> str:
    """The ring's name; never one of those that begin with `slipway`, which GitHub Actions may not touch."""
    return f"keys-{owner}"


class Key(pulumi.ComponentResource):
    """A symmetric key that is rotated every 90 days and stays when the stack goes: without it, data is lost.

    Attributes:
        path: its resource name; known before it is made, so whoever uses it waits for `settled`.
        settled: the key and all that lets it be used.
    """

    path: str
    settled: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: KeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:google:Key", name, None, opts)
        ring, place = ring_name(args.owner), args.place
        own = f"projects/{place.project}/locations/{place.region}/keyRings/{ring}/cryptoKeys/{args.key}"
        self.path = args.existing or own
        made: list[pulumi.Resource] = []
        if args.existing is None:
            kept = pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=True)
            in_ring = gcp.kms.KeyRing(name, name=ring, project=place.project, location=place.region, opts=kept)
            key = gcp.kms.CryptoKey(
                name,
                name=args.key,
                key_ring=in_ring.id,
                purpose="ENCRYPT_DECRYPT",
                rotation_period=_ROTATION,
                destroy_scheduled_duration=_DESTROYED_AFTER,
                labels=place.labels,
                opts=kept,
            )
            made.append(key)
        granted = [
            gcp.kms.CryptoKeyIAMMember(
                f"{name}-{user}",
                crypto_key_id=self.path,
                role=_USE,
                member=member,
                # What stays encrypted must stay readable.
                opts=pulumi.ResourceOptions(parent=self, depends_on=made, retain_on_delete=True),
            )
            for user, member in sorted(args.users.items())
        ]
        self.settled = (*made, *granted)
        self.register_outputs({"key": self.path})
