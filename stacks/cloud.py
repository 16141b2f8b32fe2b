"""What a stack in a cloud is made from, out of its settings."""

from components.clusters.cloud import CloudClusterArgs
from components.clusters.outputs import OutputsClusterArgs
from components.clusters.spec import CloudCluster, ExistingCluster
from components.contracts import ArtifactStoreHandle, ClusterHandle
from components.identity.reader import ModelReaderArgs
from components.serving.spec import BuiltImage, ModelDeployment
from components.storage.cloud import CloudStoreArgs
from components.storage.spec import CloudStore
from stacks.built import image_name, whereabouts
from stacks.connection import GATEWAY
from stacks.resolution import artifact_names, images
from stacks.settings import Settings
from stacks.taken import HANDLES, settings_of


def cluster_args(settings: Settings, stack: str, marker: str) -> CloudClusterArgs:
    """What the cluster of a stack is made from; its kind is a cloud's."""
    spec = settings.cluster
    assert isinstance(spec, CloudCluster), "a promise of the caller"  # noqa: S101
    return CloudClusterArgs(
        spec=spec,
        cluster=spec.name or f"slipway-{stack}",
        stack=stack,
        marker=marker,
        gateway=GATEWAY,
        protect=settings.lifecycle.protect,
        boundary=boundary(stack) if settings.ci else None,
    )


def boundary(stack: str) -> str:
    """The policy without which GitHub Actions can make no role; `slipway bootstrap` makes it."""
    return f"slipway-{stack}-workload"


def store_args(settings: Settings, stack: str) -> CloudStoreArgs:
    """What the store of a stack is made from; its kind is a cloud's."""
    spec = settings.store
    assert isinstance(spec, CloudStore), "a promise of the caller"  # noqa: S101
    owner, region = whereabouts(settings)
    built = {
        image_name(image.context)
        for model in (*settings.declarations(), *settings.guests())
        for image in images(model, settings.engine_of(model.name))
        if isinstance(image, BuiltImage)
    }
    return CloudStoreArgs(
        spec=spec,
        owner=owner,
        region=region,
        stack=stack,
        images=sorted(built),
        protect=settings.lifecycle.protect,
    )


def outputs_args(settings: Settings, organization: str, project: str, marker: str) -> OutputsClusterArgs:
    """What the handle of another stack's cluster is made from; the stack takes one."""
    assert isinstance(settings.cluster, ExistingCluster), "a promise of the caller"  # noqa: S101
    name = settings.cluster.stack or ""
    spec = settings_of(name).cluster
    assert isinstance(spec, CloudCluster), "no other gives handles"  # noqa: S101
    return OutputsClusterArgs(
        stack=f"{organization}/{project}/{name}",
        output=HANDLES,
        marker=marker,
        cluster=spec.name or f"slipway-{name}",
        bucket=settings.store.bucket,
        pools=spec.own_pools,
        gateway=GATEWAY,
        gateway_cidrs=(spec.cidr,),
        store_cidrs=spec.store_cidrs,
        annotation=spec.identity_annotation,
    )


def reader_args(
    model: ModelDeployment, cluster: ClusterHandle, store: ArtifactStoreHandle, namespace: str
) -> ModelReaderArgs | None:
    """What a model's identity is made from; None for one that reads nothing, or whose store has readers of its own."""
    artifacts = artifact_names(model)
    if cluster.cloud is None or store.readers or not artifacts:
        return None
    return ModelReaderArgs(
        cloud=cluster.cloud,
        namespace=namespace,
        service_account=model.name,
        bucket=store.bucket,
        artifacts=artifacts,
        key=store.key,
        after=store.made,
    )
