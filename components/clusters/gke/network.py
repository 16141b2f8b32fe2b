"""The network of a GKE cluster: its ranges by the planner, the way out, what the control plane reaches on nodes.

Sources (read 2026-11): https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips; Google's own services
without a way to the internet, https://cloud.google.com/vpc/docs/private-google-access; webhooks,
https://cloud.google.com/kubernetes-engine/docs/how-to/private-clusters#add_firewall_rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp

from catalog.network import GkePlan
from components.clusters.spec import GkeCluster
from components.google.place import Place

PODS, SERVICES = "pods", "services"
# Where webhooks listen that the API server asks; GKE itself opens 443 and 10250. cert-manager and the Prometheus
# operator (10250), Istio (15017), KServe (9443), Seldon Core 1 (4443), others (8443).
WEBHOOK_PORTS = (443, 4443, 8443, 9443, 10250, 15017)
# Load balancers and their health checks go some minutes after what they belonged to, and hold the network until then.
# hashicorp/terraform-provider-google#7637
_DELETE_TIMEOUT = "20m"


@dataclass(frozen=True, kw_only=True, slots=True)
class GkeNetworkArgs:
    """A network as the planner divides it.

    Attributes:
        cluster: the cluster's name; everything here is named after it.
        nodes: address of the nodes' service account, by which rules find them.
    """

    place: Place
    cluster: str
    spec: GkeCluster
    plan: GkePlan
    nodes: pulumi.Input[str]


class GkeNetwork(pulumi.ComponentResource):
    """A VPC with one subnet. Its ranges never depend on the pools.

    Attributes:
        network: its id.
        subnet: id of the nodes' subnet.
        ways: without them no node reaches anything, and no webhook is reached; nodes wait for them, and go before them.
    """

    network: pulumi.Output[str]
    subnet: pulumi.Output[str]
    ways: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: GkeNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:GkeNetwork", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        slow = pulumi.ResourceOptions(parent=self, custom_timeouts=pulumi.CustomTimeouts(delete=_DELETE_TIMEOUT))
        where: dict[str, Any] = {"project": args.place.project, "region": args.place.region}
        vpc = gcp.compute.Network(
            name,
            name=args.cluster,
            project=args.place.project,
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            opts=slow,
        )
        subnet = gcp.compute.Subnetwork(
            name, network=vpc.id, **where, **nodes_subnet(args.cluster, args.plan), opts=slow
        )
        gcp.compute.Subnetwork(
            f"{name}-proxies",
            name=f"{args.cluster}-proxies",
            network=vpc.id,
            ip_cidr_range=str(args.plan.proxies),
            purpose="REGIONAL_MANAGED_PROXY",
            role="ACTIVE",
            **where,
            opts=slow,
        )
        self.network, self.subnet = vpc.id, subnet.id
        webhooks = gcp.compute.Firewall(
            f"{name}-webhooks",
            network=vpc.id,
            project=args.place.project,
            target_service_accounts=[args.nodes],
            **webhook_rule(args.cluster, str(args.plan.control_plane)),
            opts=child,
        )
        ways: list[pulumi.Resource] = [webhooks]
        if args.spec.network.egress == "nat":
            router = gcp.compute.Router(name, name=args.cluster, network=vpc.id, **where, opts=child)
            ways.append(
                gcp.compute.RouterNat(name, router=router.name, **where, **nat(args.cluster, subnet.id), opts=child)
            )
        self.ways = tuple(ways)
        self.register_outputs({"network": vpc.id})


def nodes_subnet(cluster: str, plan: GkePlan) -> dict[str, Any]:
    """The nodes' subnet; those in it reach Google's own services by addresses that never leave Google."""
    return {
        "name": f"{cluster}-nodes",
        "ip_cidr_range": str(plan.nodes),
        "secondary_ip_ranges": [
            {"range_name": PODS, "ip_cidr_range": str(plan.pods)},
            {"range_name": SERVICES, "ip_cidr_range": str(plan.services)},
        ],
        "private_ip_google_access": True,
        "stack_type": "IPV4_ONLY",
        "log_config": {
            "aggregation_interval": "INTERVAL_5_SEC",
            "flow_sampling": 0.5,
            "metadata": "INCLUDE_ALL_METADATA",
        },
    }


def webhook_rule(cluster: str, control_plane: str, ports: Sequence[int] = WEBHOOK_PORTS) -> dict[str, Any]:
    """What the control plane may reach on nodes, besides what GKE opens by itself.

    Args:
        cluster: its name.
        control_plane: the control plane's range.
        ports: of the pods that answer webhooks.
    """
    return {
        "name": f"{cluster}-webhooks",
        "direction": "INGRESS",
        "source_ranges": [control_plane],
        "allows": [{"protocol": "tcp", "ports": [str(port) for port in ports]}],
        "log_config": {"metadata": "INCLUDE_ALL_METADATA"},
    }


def nat(cluster: str, subnet: pulumi.Input[str]) -> dict[str, Any]:
    """The way out for the nodes' subnet alone; refused and failed connections are logged."""
    return {
        "name": cluster,
        "nat_ip_allocate_option": "AUTO_ONLY",
        "source_subnetwork_ip_ranges_to_nat": "LIST_OF_SUBNETWORKS",
        "subnetworks": [{"name": subnet, "source_ip_ranges_to_nats": ["ALL_IP_RANGES"]}],
        "enable_dynamic_port_allocation": True,
        "enable_endpoint_independent_mapping": False,
        "log_config": {"enable": True, "filter": "ERRORS_ONLY"},
    }
