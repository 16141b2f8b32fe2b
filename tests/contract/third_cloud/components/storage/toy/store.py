"""The artifact store of the toy cloud."""

import pulumi

from components.contracts import ArtifactStoreHandle
from components.storage.cloud import CloudStoreArgs


class ToyArtifactStore(pulumi.ComponentResource):
    """A bucket."""

    handle: ArtifactStoreHandle

    def __init__(self, name: str, args: CloudStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:storage:ToyArtifactStore", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        cloud = pulumi.ProviderResource("toy", name, {"tenant": args.owner, "region": args.region}, child)
        kept = pulumi.ResourceOptions(parent=self, provider=cloud, protect=args.protect, retain_on_delete=args.protect)
        pulumi.CustomResource("toy:storage:Bucket", name, {"name": args.spec.bucket}, kept)
        self.handle = ArtifactStoreHandle(
            bucket=args.spec.bucket, endpoint="https://blob.toy.example", region=args.region
        )
        self.register_outputs({})
