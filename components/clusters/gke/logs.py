"""Where the control plane's logs are kept, and for how long.

Source: https://cloud.google.com/kubernetes-engine/docs/how-to/view-logs#control-plane-logs (read 2026-11).
"""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.google.place import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class GkeLogsArgs:
    """The logs of one cluster, kept for so many days."""

    place: Place
    cluster: str
    location: str
    days: int


class GkeLogs(pulumi.ComponentResource):
    """A log bucket of the cluster's own, and what goes there: audit, API server, scheduler, controllers.

    Attributes:
        made: without these, what the control plane says at its beginning is kept for a shorter time.
    """

    made: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: GkeLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:GkeLogs", name, None, opts)
        place = args.place
        bucket = gcp.logging.ProjectBucketConfig(
            name,
            project=place.project,
            location=place.region,
            bucket_id=args.cluster,
            retention_days=args.days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        destination = f"projects/{place.project}/locations/{place.region}/buckets/{args.cluster}"
        sink = gcp.logging.ProjectSink(
            name,
            name=args.cluster,
            project=place.project,
            destination=f"logging.googleapis.com/{destination}",
            filter=log_filter(args.cluster, args.location),
            unique_writer_identity=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[bucket]),
        )
        self.made = (bucket, sink)
        self.register_outputs({})


def log_filter(cluster: str, location: str) -> str:
    """Which entries are the control plane's, of this cluster and no other.

    Args:
        cluster: its name.
        location: region or zone of the control plane.
    """
    own = f'resource.labels.cluster_name="{cluster}" AND resource.labels.location="{location}"'
    parts = 'resource.type="k8s_control_plane_component"'
    audit = '(resource.type="k8s_cluster" AND log_id("cloudaudit.googleapis.com/activity"))'
    return f"{own} AND ({parts} OR {audit})"
