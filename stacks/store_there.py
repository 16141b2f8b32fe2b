"""Whether the pods of a cluster can read a store."""

from collections.abc import Iterator

from catalog.errors import SlipwayError
from catalog.machines import Cloud
from components.clusters.spec import CloudCluster, ClusterSpec
from components.storage import spec as storage
from components.storage.spec import CloudStore, S3Store, StoreSpec


def store_there(cluster: ClusterSpec, store: StoreSpec) -> Iterator[SlipwayError]:
    """Pods of the cluster can read the store: with the identities of its own cloud, or with keys of a known server."""
    if isinstance(store, CloudStore) and cluster.kind != "existing" and store.cloud is not _cloud_of(cluster):
        own = [kind for kind, known in storage.KINDS.items() if getattr(known, "cloud", None) is _cloud_of(cluster)]
        why = f"{cluster.kind} pods have no identity there"
        yield SlipwayError("store.kind", store.kind, why, f"give {' or '.join(own)}")
    if isinstance(store, S3Store) and cluster.kind != "sandbox" and store.endpoint is None:
        yield SlipwayError("store.endpoint", "", "only the sandbox brings a server of its own", "give its URL")
    said = (store.place_key, store.owner_key) if isinstance(store, CloudStore) else ()
    for key in said if cluster.kind == "existing" else ():
        if getattr(store, key) is None:
            yield SlipwayError(f"store.{key}", "", "an existing cluster does not say it", "give it")


def _cloud_of(cluster: ClusterSpec) -> Cloud | None:
    return cluster.cloud if isinstance(cluster, CloudCluster) else None
