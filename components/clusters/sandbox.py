"""The cluster of the sandbox: a real control plane, the declared pools as simulated nodes."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from components.clusters.facts import pool_facts
from components.clusters.simulated_node import simulated_node
from components.clusters.spec import NodePool
from components.contracts import ClusterHandle
from components.kubernetes_object import KubernetesObject


@dataclass(frozen=True, kw_only=True, slots=True)
class SandboxClusterArgs:
    """What the sandbox cluster is made of.

    Attributes:
        identifier: stable name of the cluster: what is in it is never replaced while this stays.
        kubeconfig: its content; a secret, it holds a client key.
        real_pods: the system pool is a real node.
        node_cidr: the address of the node, where its gateway and its S3 server are.
    """

    identifier: str
    marker: str
    kubeconfig: pulumi.Input[str]
    pools: Mapping[str, NodePool]
    real_pods: bool
    gateway: tuple[str, str]
    node_cidr: str


class SandboxCluster(pulumi.ComponentResource):
    """The sandbox's provider and its simulated nodes. Does not start the sandbox itself."""

    handle: ClusterHandle

    def __init__(self, name: str, args: SandboxClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:SandboxCluster", name, None, opts)
        provider = kubernetes.Provider(
            name,
            kubeconfig=pulumi.Output.secret(args.kubeconfig),
            cluster_identifier=args.identifier,
            # A reader's new key changes its Secret in place, so that no pod starts while there is none.
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        nodes = [
            KubernetesObject(
                node,
                simulated_node(node, pool, args.pools[pool].machine_type, args.pools[pool].sharing),
                args.marker,
                pulumi.ResourceOptions(parent=self, provider=provider),
            )
            for pool in sorted(args.pools)
            for node in (f"{pool}-{index}" for index in range(args.pools[pool].maximum))
        ]
        self.handle = ClusterHandle(
            name=name,
            marker=args.marker,
            provider=provider,
            pools=pool_facts(args.pools, simulated=True, system_simulated=not args.real_pods),
            gateway=args.gateway,
            gateway_cidrs=(args.node_cidr,),
            store_cidrs=(args.node_cidr,),
        )
        self.register_outputs({"nodes": [node.urn for node in nodes]})
