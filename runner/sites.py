"""Where a stack's models run, as far as its settings say it: nobody is asked."""

from components.clusters.facts import pool_facts
from components.clusters.spec import CloudCluster
from components.storage.spec import CloudStore
from sandbox.node.network import IN_CLUSTER_S3
from stacks.built import whereabouts
from stacks.connection import GATEWAY
from stacks.contexts import Site
from stacks.settings import Settings
from stacks.taken import giver

_ANYWHERE = ("0.0.0.0/0",)


def site(settings: Settings) -> Site:
    """What a run reads off its handles: the same, but for what an existing cluster alone could tell."""
    cluster = cloud_cluster(settings)
    if cluster is not None and isinstance(settings.store, CloudStore):
        return _in_cloud(settings, cluster, settings.store)
    sandbox = settings.cluster.kind == "sandbox"
    node = ("10.122.0.1/32",) if sandbox else _ANYWHERE
    return Site(
        pools=pool_facts(settings.cluster.pools, simulated=sandbox, system_simulated=False),
        gateway=GATEWAY,
        gateway_cidrs=node,
        store_cidrs=node,
        endpoint=getattr(settings.store, "in_cluster_endpoint", None) or (IN_CLUSTER_S3 if sandbox else ""),
        bucket=settings.store.bucket,
        region=getattr(settings.store, "region", None) or "",
        scheme=settings.store.scheme,
    )


def cloud_cluster(settings: Settings) -> CloudCluster | None:
    """The cluster of a cloud that the models run in, made by this stack or by another one; None elsewhere."""
    cluster = (giver(settings) or settings).cluster
    return cluster if isinstance(cluster, CloudCluster) else None


def _in_cloud(settings: Settings, cluster: CloudCluster, store: CloudStore) -> Site:
    _, region = whereabouts(settings)
    return Site(
        pools=pool_facts(cluster.own_pools, simulated=False, system_simulated=False, selectors=cluster.selectors),
        gateway=GATEWAY,
        gateway_cidrs=(cluster.cidr,),
        store_cidrs=cluster.store_cidrs,
        endpoint=store.endpoint_at(region),
        bucket=settings.store.bucket,
        region=region,
        scheme=store.scheme,
        identities=True,
    )
