"""Repositories on ECR for the images that are built here.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html (read 2026-11).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.storage.spec import Registry


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageRepositoriesArgs:
    """Repositories of one stack.

    Attributes:
        spec: what the stack says of all of them.
        names: of the repositories in the account.
        key: ARN of the key that encrypts them.
        protect: they cannot be destroyed.
    """

    spec: Registry
    names: Sequence[str]
    key: pulumi.Input[str]
    protect: bool


class ImageRepositories(pulumi.ComponentResource):
    """One repository an image. A tag never changes its meaning; images can be built again, and are not kept."""

    def __init__(self, name: str, args: ImageRepositoriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:storage:ImageRepositories", name, None, opts)
        for repository in args.names:
            each = f"{name}-{repository.rpartition('/')[2]}"
            made = aws.ecr.Repository(
                each,
                name=repository,
                image_tag_mutability="IMMUTABLE",
                image_scanning_configuration={"scan_on_push": args.spec.scan},
                encryption_configurations=[{"encryption_type": "KMS", "kms_key": args.key}],
                # What is in it would hold up a destroy that somebody wants.
                force_delete=not args.protect,
                opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
            )
            aws.ecr.LifecyclePolicy(
                each,
                repository=made.name,
                policy=json.dumps(clean_up(args.spec), separators=(",", ":")),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def clean_up(spec: Registry) -> dict[str, Any]:
    """Which images go: those without a tag after some days, then all but the newest."""
    untagged = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": spec.untagged_days,
    }
    many = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": spec.keep}
    return {
        "rules": [
            {"rulePriority": at, "selection": selection, "action": {"type": "expire"}}
            for at, selection in enumerate((untagged, many), start=1)
        ]
    }
