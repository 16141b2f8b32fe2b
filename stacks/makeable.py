"""What a right stack file says of a cloud and cannot be made, or leaves to it; found without Pulumi."""

from collections.abc import Iterator

from catalog.errors import SlipwayError
from components.clusters.spec import CloudCluster
from components.storage.spec import CloudStore
from stacks.settings import Settings
from stacks.taken import giver


def errors(settings: Settings) -> Iterator[SlipwayError]:
    """What a right stack file says and cannot be made."""
    cluster, store = settings.cluster, settings.store
    if isinstance(cluster, CloudCluster):
        for name, pool in cluster.all_pools.items():
            if pool.autoscaler == "karpenter":
                path = f"cluster.pools.{name}.autoscaler"
                why = "no stack installs Karpenter yet, and the pool would never have a node"
                yield SlipwayError(path, "karpenter", why, "give managed")
    if not isinstance(store, CloudStore):
        return
    if not isinstance(cluster, CloudCluster) and giver(settings) is None:
        why = "pods of a cluster that others made have no identity there"
        yield SlipwayError("store.kind", store.kind, why, "give kind: s3 with the endpoint of the bucket's region")
    key, said, has = store.owner_key, store.owner, cluster.owner if isinstance(cluster, CloudCluster) else None
    if said and has and said != has:
        why = f"the cluster is in {has}, and one run has the credentials of one {key}"
        yield SlipwayError(f"store.{key}", said, why, f"remove it, or give {has}")


def unpinned(settings: Settings) -> Iterator[SlipwayError]:
    """Pools of which nobody here can tell what image their nodes will have: a new one brings another driver."""
    cluster = settings.cluster
    if isinstance(cluster, CloudCluster) and cluster.unpinned_pools:
        why = (
            "no image is pinned: nodes get the cloud's newest when a group is made, and again with every change of its"
            " template or its Kubernetes"
        )
        fix = "give image; slipway preflight says the newest"
        yield SlipwayError("cluster.pools", ", ".join(cluster.unpinned_pools), why, fix)
