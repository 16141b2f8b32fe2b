"""A model's service account on Google.

Sources (read 2026-11): https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity; conditions on objects
and on listing, https://cloud.google.com/iam/docs/conditions-attribute-reference.
"""

import pulumi
import pulumi_gcp as gcp

from components.contracts import ReaderHandle
from components.google.place import Place, account_id
from components.identity.reader import ModelReaderArgs, prefixes

_ANNOTATION = "iam.gke.io/gcp-service-account"


class GoogleModelReader(pulumi.ComponentResource):
    """A service account that one Kubernetes service account of one project's clusters can use, and that reads one
    model's artifacts. It decrypts nothing itself: Cloud Storage does, with the one key of the bucket.
    """

    handle: ReaderHandle

    def __init__(self, name: str, args: ModelReaderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:identity:GoogleModelReader", name, None, opts)
        cloud = args.cloud
        place = Place(project=cloud.owner, region=cloud.region, stack=cloud.stack)
        account = gcp.serviceaccount.Account(
            f"{name}-reader",
            account_id=account_id(cloud.cluster, args.namespace, args.service_account),
            project=place.project,
            display_name=f"Reads the artifacts of {args.namespace}/{args.service_account}",
            opts=pulumi.ResourceOptions(parent=self),
        )
        used = gcp.serviceaccount.IAMMember(
            f"{name}-reader",
            service_account_id=account.name,
            role="roles/iam.workloadIdentityUser",
            member=subject(place.project, args.namespace, args.service_account),
            # The project has identities for pods once it has had a cluster with them.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[cloud.made]),
        )
        reads = [
            gcp.storage.BucketIAMMember(
                f"{name}-reader-{artifact}",
                bucket=args.bucket,
                role="roles/storage.objectViewer",
                member=account.member,
                condition={"title": artifact, "expression": reading(args.bucket, prefix)},
                opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
            )
            for artifact, prefix in zip(args.artifacts, prefixes(args.artifacts), strict=True)
        ]
        self.handle = ReaderHandle(
            kind="identity", annotations={_ANNOTATION: account.email}, made=[account, used, *reads]
        )
        self.register_outputs({"account": account.email})


def subject(project: str, namespace: str, service_account: str) -> str:
    """One Kubernetes service account as a member of IAM, exactly."""
    return f"serviceAccount:{project}.svc.id.goog[{namespace}/{service_account}]"


def reading(bucket: str, prefix: str) -> str:
    """The condition under which a role holds for one artifact alone: its objects, and which there are.

    Args:
        bucket: of the store.
        prefix: of the artifact, ending in `/`.
    """
    objects = f'resource.name.startsWith("projects/_/buckets/{bucket}/objects/{prefix}")'
    listed = f'api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("{prefix}")'
    return (
        f'(resource.type == "storage.googleapis.com/Object" && {objects})'
        f' || (resource.type == "storage.googleapis.com/Bucket" && {listed})'
    )
