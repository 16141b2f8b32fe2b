"""A toy cluster."""

import json

import pulumi
import pulumi_kubernetes as kubernetes

from components.clusters.cloud import CloudClusterArgs
from components.clusters.facts import pool_facts
from components.clusters.spec import ToyCluster as ToyClusterSpec
from components.contracts import CloudHandle, ClusterHandle


class Made(pulumi.CustomResource):
    """The cluster as the cloud makes it."""

    endpoint: pulumi.Output[str]

    def __init__(self, name: str, spec: ToyClusterSpec, cluster: str, opts: pulumi.ResourceOptions) -> None:
        pools = {pool: declared.machine_type.name for pool, declared in spec.all_pools.items()}
        super().__init__("toy:cluster:Cluster", name, {"name": cluster, "pools": pools, "endpoint": None}, opts)


class ToyCluster(pulumi.ComponentResource):
    """A cluster with its pools in one resource."""

    handle: ClusterHandle

    def __init__(self, name: str, args: CloudClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:ToyCluster", name, None, opts)
        spec = args.spec
        assert isinstance(spec, ToyClusterSpec)
        child = pulumi.ResourceOptions(parent=self)
        cloud = pulumi.ProviderResource("toy", name, {"tenant": spec.tenant, "region": spec.region}, child)
        made = Made(name, spec, args.cluster, pulumi.ResourceOptions(parent=self, provider=cloud, protect=args.protect))
        config = made.endpoint.apply(lambda at: json.dumps({"clusters": [{"name": "toy", "cluster": {"server": at}}]}))
        inside = kubernetes.Provider(name, kubeconfig=config, cluster_identifier=args.cluster, opts=child)
        self.handle = ClusterHandle(
            name=args.cluster,
            marker=args.marker,
            provider=inside,
            pools=pool_facts(spec.own_pools, simulated=False, system_simulated=False),
            gateway=args.gateway,
            gateway_cidrs=(spec.cidr,),
            store_cidrs=spec.store_cidrs,
            cloud=CloudHandle(
                kind="toy",
                cluster=args.cluster,
                owner=spec.tenant,
                region=spec.region,
                stack=args.stack,
                identity="toy",
                made=made,
                provider=cloud,
            ),
            access={"kubeconfig": config},
        )
        self.register_outputs({})
