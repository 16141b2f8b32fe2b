"""The control plane of a GKE cluster.

Sources (read 2026-11), all below https://cloud.google.com/kubernetes-engine/docs: how-to/hardening-your-cluster,
/authorized-networks, /google-groups-rbac, concepts/network-isolation (endpoints), /maintenance-windows-and-exclusions;
what Autopilot decides by itself, the provider's schema: hashicorp/terraform-provider-google@e03b762.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp

from catalog.network import GkePlan
from components.clusters.gke.compute_class import autoscaling
from components.clusters.gke.network import PODS, SERVICES, GkeNetwork
from components.clusters.gke.pools import SCOPES
from components.clusters.spec import GkeCluster
from components.google.key import Key
from components.google.place import Place

# In UTC; patches come then, and in no other hours.
_MAINTENANCE = "03:00"
# Before any pinned node image was made; the exclusion ends with the version's support.
_PINNED_SINCE = "2026-01-01T00:00:00Z"
_LOGS = ["SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER", "SCHEDULER", "CONTROLLER_MANAGER"]
_METRICS = ["SYSTEM_COMPONENTS", "APISERVER", "SCHEDULER", "CONTROLLER_MANAGER"]
# The pool that GKE makes with the cluster, and that goes at once, is compared with nothing: each difference in it
# would make the cluster anew. So would another number of pods on nodes that GKE makes by itself; pools say their own.
IGNORED = ("defaultMaxPodsPerNode", "initialNodeCount", "nodeConfig")


@dataclass(frozen=True, kw_only=True, slots=True)
class GkeControlPlaneArgs:
    """A control plane.

    Attributes:
        nodes: address of the nodes' service account.
        key: that encrypts secrets and disks.
        after: what has to be there before.
        protect: it cannot be destroyed.
    """

    place: Place
    cluster: str
    spec: GkeCluster
    plan: GkePlan
    network: GkeNetwork
    nodes: str
    key: Key
    after: Sequence[pulumi.Resource]
    protect: bool


class GkeControlPlane(pulumi.ComponentResource):
    """A private control plane, without nodes.

    Attributes:
        made: the cluster.
        endpoint: the host by which the engine reaches its API server.
        certificate: of its authority, base64; None where its certificate needs no authority of its own.
    """

    made: gcp.container.Cluster
    endpoint: pulumi.Output[str]
    certificate: pulumi.Output[str] | None

    def __init__(self, name: str, args: GkeControlPlaneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:GkeControlPlane", name, None, opts)
        spec = args.spec
        self.made = cluster = gcp.container.Cluster(
            name,
            name=args.cluster,
            project=args.place.project,
            location=location(spec),
            network=args.network.network,
            subnetwork=args.network.subnet,
            deletion_protection=args.protect,
            resource_labels=args.place.labels,
            **control_plane(spec, args.plan, args.nodes, args.key.path),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                ignore_changes=list(IGNORED),
                # Without its key, no secret can be kept; without a way out, its first nodes never become ready.
                depends_on=[*args.key.settled, *args.network.ways, *args.after],
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="90m", delete="60m"),
            ),
        )
        if spec.api_access == "tunnel":
            self.endpoint = cluster.control_plane_endpoints_config.dns_endpoint_config.endpoint
            self.certificate = None
        else:
            self.endpoint = cluster.endpoint
            self.certificate = cluster.master_auth.cluster_ca_certificate
        self.register_outputs({"name": args.cluster})


def location(spec: GkeCluster) -> str:
    """Where the control plane is: a zone, or all zones of the region."""
    return spec.zone or spec.region


def control_plane(spec: GkeCluster, plan: GkePlan, nodes: str, key: str) -> dict[str, Any]:
    """What a cluster is, as far as it is known before anything is made.

    Args:
        spec: of the cluster.
        plan: of its network.
        nodes: address of the nodes' service account.
        key: that encrypts secrets and disks.
    """
    said: dict[str, Any] = {
        "min_master_version": spec.kubernetes,
        "release_channel": {"channel": spec.release_channel.upper()},
        "networking_mode": "VPC_NATIVE",
        "datapath_provider": "ADVANCED_DATAPATH",
        "ip_allocation_policy": {"cluster_secondary_range_name": PODS, "services_secondary_range_name": SERVICES},
        "database_encryption": {"state": "ENCRYPTED", "key_name": key},
        "workload_identity_config": {"workload_pool": f"{spec.project}.svc.id.goog"},
        "master_auth": {"client_certificate_config": {"issue_client_certificate": False}},
        "enable_legacy_abac": False,
        "anonymous_authentication_config": {"mode": "LIMITED"},
        "rbac_binding_config": {
            "enable_insecure_binding_system_authenticated": False,
            "enable_insecure_binding_system_unauthenticated": False,
        },
        "security_posture_config": {"mode": "BASIC", "vulnerability_mode": "VULNERABILITY_DISABLED"},
        "logging_config": {"enable_components": _LOGS},
        "cost_management_config": {"enabled": True},
        # The platform installs the Gateway API in a version of its own.
        "gateway_api_config": {"channel": "CHANNEL_DISABLED"},
        "maintenance_policy": maintenance(spec),
        "node_pool_auto_config": {"node_kubelet_config": {"insecure_kubelet_readonly_port_enabled": "FALSE"}},
        "cluster_autoscaling": autoscaling(spec, nodes, key),
        **access(spec, plan),
    }
    if group := security_group(spec.admins):
        said["authenticator_groups_config"] = {"security_group": group}
    return said | (autopilot() if spec.mode == "auto" else standard(spec, nodes, key))


def access(spec: GkeCluster, plan: GkePlan) -> dict[str, Any]:
    """Who reaches the API server; a change of it changes nothing else.

    Nobody needs the address of the control plane to be public but `cidrs`; with `tunnel` Google's own front end asks
    whoever comes by name for an identity with the right to connect.
    """
    inside = [{"cidr_block": spec.cidr, "display_name": "network"}]
    listed = [{"cidr_block": cidr, "display_name": f"api-{at}"} for at, cidr in enumerate(spec.api_cidrs)]
    return {
        "private_cluster_config": {
            "enable_private_nodes": True,
            "enable_private_endpoint": spec.api_access != "cidrs",
            "master_ipv4_cidr_block": str(plan.control_plane),
            "master_global_access_config": {"enabled": False},
        },
        "master_authorized_networks_config": {
            "cidr_blocks": [*inside, *listed],
            "gcp_public_cidrs_access_enabled": False,
        },
        "control_plane_endpoints_config": {
            "dns_endpoint_config": {"allow_external_traffic": spec.api_access == "tunnel"},
            "ip_endpoints_config": {"enabled": True},
        },
    }


def standard(spec: GkeCluster, nodes: str, key: str) -> dict[str, Any]:
    """What a cluster with pools of its own says besides, and Autopilot decides by itself."""
    return {
        "remove_default_node_pool": True,
        "initial_node_count": 1,
        "node_config": {
            "service_account": nodes,
            "oauth_scopes": list(SCOPES),
            "boot_disk_kms_key": key,
            "shielded_instance_config": {"enable_secure_boot": True, "enable_integrity_monitoring": True},
            "workload_metadata_config": {"mode": "GKE_METADATA"},
        },
        "node_locations": [zone for zone in spec.zones if zone != spec.zone],
        "default_max_pods_per_node": spec.network.max_pods,
        "enable_shielded_nodes": True,
        "enable_intranode_visibility": True,
        "monitoring_config": {"enable_components": _METRICS, "managed_prometheus": {"enabled": False}},
        "addons_config": {
            "dns_cache_config": {"enabled": True},
            "gce_persistent_disk_csi_driver_config": {"enabled": True},
            "gcs_fuse_csi_driver_config": {"enabled": True},
            "horizontal_pod_autoscaling": {"disabled": False},
            "http_load_balancing": {"disabled": False},
        },
    }


def autopilot() -> dict[str, Any]:
    """What Autopilot wants said; shielded nodes, intranode visibility and the drivers are not to be chosen there."""
    return {"enable_autopilot": True, "monitoring_config": {"enable_components": _METRICS}}


def maintenance(spec: GkeCluster) -> dict[str, Any]:
    """When Google may change the cluster; while a pool's image is pinned, nodes are changed by nobody but the stack."""
    said: dict[str, Any] = {"daily_maintenance_window": {"start_time": _MAINTENANCE}}
    if any(pool.image for pool in spec.all_pools.values()):
        options = {"scope": "NO_MINOR_OR_NODE_UPGRADES", "end_time_behavior": "UNTIL_END_OF_SUPPORT"}
        exclusion = {"exclusion_name": "pinned-images", "start_time": _PINNED_SINCE, "exclusion_options": options}
        said["maintenance_exclusions"] = [exclusion]
    return said


def security_group(admins: Sequence[str]) -> str | None:
    """The group whose members (groups, too) Kubernetes knows as groups; Google fixes its name. None without groups."""
    groups = [admin.partition(":")[2] for admin in admins if admin.startswith("group:")]
    return f"gke-security-groups@{groups[0].partition('@')[2]}" if groups else None
