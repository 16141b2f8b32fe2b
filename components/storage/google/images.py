"""A repository on Artifact Registry for the images that are built here.

Source: https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy (read 2026-11).
"""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.google.key import Key
from components.google.place import Place
from components.storage.spec import Registry

_DAY = 24 * 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageRepositoryArgs:
    """The repository of one stack.

    Attributes:
        spec: what the stack says of it.
        repository: its name in the project.
        key: that encrypts it.
        protect: it cannot be destroyed.
    """

    place: Place
    spec: Registry
    repository: str
    key: Key
    protect: bool


class ImageRepository(pulumi.ComponentResource):
    """One repository for all images. A tag never changes its meaning; images can be built again, and are not kept."""

    def __init__(self, name: str, args: ImageRepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:storage:ImageRepository", name, None, opts)
        gcp.artifactregistry.Repository(
            name,
            project=args.place.project,
            location=args.place.region,
            repository_id=args.repository,
            description=f"Images of the stack {args.place.stack}",
            format="DOCKER",
            mode="STANDARD_REPOSITORY",
            docker_config={"immutable_tags": True},
            kms_key_name=args.key.path,
            vulnerability_scanning_config={"enablement_config": "INHERITED" if args.spec.scan else "DISABLED"},
            cleanup_policies=clean_up(args.spec),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, depends_on=list(args.key.settled)),
        )
        self.register_outputs({})


def clean_up(spec: Registry) -> list[Any]:
    """Which images go: those without a tag after some days, and old ones beyond the newest of each name."""
    untagged = {"tag_state": "UNTAGGED", "older_than": f"{spec.untagged_days * _DAY}s"}
    old = {"tag_state": "ANY", "older_than": f"{spec.untagged_days * _DAY}s"}
    return [
        {"id": "untagged", "action": "DELETE", "condition": untagged},
        {"id": "old", "action": "DELETE", "condition": old},
        {"id": "newest", "action": "KEEP", "most_recent_versions": {"keep_count": spec.keep}},
    ]
