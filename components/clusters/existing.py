"""A cluster that is already there."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from components.clusters.facts import pool_facts
from components.clusters.spec import NodePool
from components.contracts import ClusterHandle


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingClusterArgs:
    """How it is reached and what it has.

    Attributes:
        identifier: stable name of the cluster.
        kubeconfig: path or content.
        context: in the kubeconfig; None is its current one.
        pools: what its nodes carry, as declared.
    """

    identifier: str
    marker: str
    kubeconfig: pulumi.Input[str]
    context: str | None
    pools: Mapping[str, NodePool]
    gateway: tuple[str, str]


class ExistingCluster(pulumi.ComponentResource):
    """A provider for a cluster that somebody else made. Makes no nodes."""

    handle: ClusterHandle

    def __init__(self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:ExistingCluster", name, None, opts)
        provider = kubernetes.Provider(
            name,
            kubeconfig=pulumi.Output.secret(args.kubeconfig),
            context=args.context,
            cluster_identifier=args.identifier,
            # A reader's new key changes its Secret in place, so that no pod starts while there is none.
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.handle = ClusterHandle(
            name=name,
            marker=args.marker,
            provider=provider,
            pools=pool_facts(args.pools, simulated=False, system_simulated=False),
            gateway=args.gateway,
            gateway_cidrs=("0.0.0.0/0",),
            store_cidrs=("0.0.0.0/0",),
        )
        self.register_outputs({})
