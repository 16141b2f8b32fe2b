"""Remote repositories: images of other registries, kept in the project.

Source: https://cloud.google.com/artifact-registry/docs/repositories/remote-repo (read 2026-11).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.clusters.spec.gke import ArtifactRegistryCache, Upstream
from components.clusters.spec.images import repository
from components.google.place import Place

# What nobody pulled anew for so long is of a version that nobody runs.
_OLD = f"{90 * 24 * 3600}s"


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteRepositoriesArgs:
    """Registries by their host, each with its credential."""

    place: Place
    caches: Mapping[Upstream, ArtifactRegistryCache]


class RemoteRepositories(pulumi.ComponentResource):
    """A repository for each registry, which fetches what it does not have.

    Attributes:
        made: without these, nodes pull nothing through the caches.
    """

    made: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: RemoteRepositoriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:RemoteRepositories", name, None, opts)
        self.made = tuple(
            gcp.artifactregistry.Repository(
                f"{name}-{upstream}",
                project=args.place.project,
                location=args.place.region,
                **remote(upstream, cache),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for upstream, cache in sorted(args.caches.items())
        )
        self.register_outputs({})


def remote(upstream: str, cache: ArtifactRegistryCache) -> dict[str, Any]:
    """The repository of a registry: Docker Hub is known by name, every other one by its address.

    Args:
        upstream: the registry's host.
        cache: with the account there, if any.
    """
    known = {"public_repository": "DOCKER_HUB"}
    elsewhere = {"custom_repository": {"uri": f"https://{upstream}"}}
    source: dict[str, Any] = {"docker_repository": known if upstream == "docker.io" else elsewhere}
    if cache.credential:
        account = {"username": cache.username, "password_secret_version": cache.credential}
        source["upstream_credentials"] = {"username_password_credentials": account}
    return {
        "repository_id": repository(upstream),
        "description": f"What was pulled of {upstream}",
        "format": "DOCKER",
        "mode": "REMOTE_REPOSITORY",
        "remote_repository_config": source,
        "cleanup_policies": [{"id": "old", "action": "DELETE", "condition": {"older_than": _OLD}}],
    }
