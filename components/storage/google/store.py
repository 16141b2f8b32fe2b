"""The artifact store on Google."""

import pulumi

from components.contracts import ArtifactStoreHandle
from components.google.agents import REGISTRY, STORAGE, ServiceAgents, ServiceAgentsArgs
from components.google.key import Key, KeyArgs
from components.google.place import Place
from components.google.provider import provider
from components.names import safe_name
from components.storage.cloud import CloudStoreArgs
from components.storage.google.bucket import (
    PrivateBucket,
    PrivateBucketArgs,
    artifact_rules,
    artifact_settings,
    log_rules,
)
from components.storage.google.images import ImageRepository, ImageRepositoryArgs
from components.storage.spec import GcsStore
from components.storage.spec.images import namespace

_BUCKET_NAME = 63
ENDPOINT = "https://storage.googleapis.com"
# Who delivers access logs, https://cloud.google.com/storage/docs/access-logs (read 2026-11).
_DELIVERS = "group:cloud-storage-analytics@google.com"


def log_bucket(bucket: str) -> str:
    """The name of the bucket with the access logs of another."""
    return safe_name(f"{bucket}-logs", _BUCKET_NAME)


class GcsArtifactStore(pulumi.ComponentResource):
    """A bucket with its key and its access logs, and a repository for images. Does not push, and lets nobody read."""

    handle: ArtifactStoreHandle

    def __init__(self, name: str, args: CloudStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:storage:GcsArtifactStore", name, None, opts)
        spec, protect = args.spec, args.protect
        assert isinstance(spec, GcsStore), "the registry gives each kind its own"  # noqa: S101
        place = Place(project=args.owner, region=args.region.lower(), stack=args.stack)
        part = pulumi.ResourceOptions(parent=self, providers=[provider(name, place, self)])
        agents = ServiceAgents(
            name, ServiceAgentsArgs(project=place.project, service="artifactregistry.googleapis.com"), part
        )
        users = {"bucket": agents.member(STORAGE), "images": agents.member(REGISTRY)}
        key = Key(
            name,
            KeyArgs(
                place=place, owner=spec.bucket, key="artifacts", users=users, existing=spec.kms_key, protect=protect
            ),
            part,
        )
        logs = self._access_logs(name, spec, place, key, part, protect=protect) if spec.access_logs else None
        bucket = PrivateBucket(
            name,
            PrivateBucketArgs(
                place=place,
                bucket=spec.bucket,
                key=key,
                rules=artifact_rules(spec),
                settings=artifact_settings(spec, logs),
                protect=protect,
            ),
            part,
        )
        ImageRepository(
            name,
            ImageRepositoryArgs(
                place=place, spec=spec.registry, repository=namespace(spec.bucket), key=key, protect=protect
            ),
            part,
        )
        self.handle = ArtifactStoreHandle(
            bucket=spec.bucket, endpoint=ENDPOINT, region=place.region, scheme="gs", made=(bucket.made,)
        )
        self.register_outputs({"bucket": bucket.made.name})

    def _access_logs(
        self, name: str, spec: GcsStore, place: Place, key: Key, part: pulumi.ResourceOptions, *, protect: bool
    ) -> pulumi.Output[str]:
        """A bucket for who read what; gives its name once they can be delivered."""
        logs = PrivateBucket(
            f"{name}-logs",
            PrivateBucketArgs(
                place=place,
                bucket=log_bucket(spec.bucket),
                key=key,
                rules=log_rules(spec),
                writer=_DELIVERS,
                protect=protect,
            ),
            part,
        )
        return logs.name
