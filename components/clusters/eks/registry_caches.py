"""Pull-through caches: images of other registries, kept in the account.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html (read 2026-11).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.aws.place import Place
from components.clusters.spec.eks import EcrCache

# Registries that answer under another name than images have.
_HOSTS = {"docker.io": "registry-1.docker.io"}
# What nobody pulled anew for so long is of a version that nobody runs.
_DAYS = 90


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistryCachesArgs:
    """Registries by their host, each with its credential."""

    place: Place
    caches: Mapping[str, EcrCache]


class RegistryCaches(pulumi.ComponentResource):
    """A rule for each registry, and how the repositories are that ECR makes by it.

    Attributes:
        made: without these, nodes pull nothing through the caches.
    """

    made: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: RegistryCachesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:RegistryCaches", name, None, opts)
        child, made = pulumi.ResourceOptions(parent=self), []
        for upstream, cache in sorted(args.caches.items()):
            template = aws.ecr.RepositoryCreationTemplate(
                f"{name}-{upstream}",
                prefix=upstream,
                applied_fors=["PULL_THROUGH_CACHE"],
                # A tag of another registry moves when it moves there.
                image_tag_mutability="MUTABLE",
                lifecycle_policy=json.dumps(unused_images(), separators=(",", ":")),
                opts=child,
            )
            made.append(
                aws.ecr.PullThroughCacheRule(
                    f"{name}-{upstream}",
                    ecr_repository_prefix=upstream,
                    upstream_registry_url=_HOSTS.get(upstream, upstream),
                    credential_arn=cache.credential,
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[template]),
                )
            )
        self.made = tuple(made)
        self.register_outputs({})


def unused_images() -> dict[str, Any]:
    """Clean-up of a cache: what is gone is fetched again when it is asked for."""
    selection = {"tagStatus": "any", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": _DAYS}
    return {"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]}
