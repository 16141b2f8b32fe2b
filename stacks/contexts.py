"""What a builder must know of a stack beside a declaration: plain data, the same for a run and for `slipway render`."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from components.clusters.spec import CloudCluster
from components.clusters.spec.images import pulled
from components.serving.engines.context import ArtifactSource, BuildContext, NodeContext, Objects, place
from components.serving.engines.registry import ENGINES
from components.serving.rules.all_rules import facts_of
from components.serving.rules.room import Takeover
from components.serving.spec import ModelDeployment
from components.serving.spec.engines import Engines
from components.serving.spec.own_kinds import OwnKind, engine_of
from stacks.built import registry
from stacks.locks import LockFile
from stacks.resolution import Resolved, reader_name, resolve
from stacks.settings import Settings

if TYPE_CHECKING:  # the handles know Pulumi, which `slipway check` does without
    from components.contracts import PoolFact


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """Where a stack's models run.

    Attributes:
        gateway: name and namespace of the Gateway.
        gateway_cidrs: from where it reaches pods.
        store_cidrs: where pods reach the artifact store.
        endpoint: URL of the store as pods see it.
        scheme: of the store's URIs: `s3`, `gs`.
        identities: pods read the store with identities of its cloud, and not with keys.
    """

    pools: "tuple[PoolFact, ...]"
    gateway: tuple[str, str]
    gateway_cidrs: tuple[str, ...]
    store_cidrs: tuple[str, ...]
    endpoint: str
    bucket: str
    region: str
    scheme: str = "s3"
    identities: bool = False


def context(  # noqa: PLR0913  one value from each part of a stack
    model: ModelDeployment,
    settings: Settings,
    lock: LockFile,
    site: Site,
    namespace: str,
    takes_over: Takeover,
    engine: str | None = None,
) -> BuildContext:
    """What the engine of a stack's model is told. What `lock_errors` finds missing is left out.

    Args:
        model: the declaration, with the stack's scale.
        settings: of the stack.
        lock: of the stack.
        site: where it runs.
        namespace: of its objects.
        takes_over: how a new version does, from `settings.takeovers()`.
        engine: name of another engine than the stack's.
    """
    engine = engine or settings.engine_of(model.name).value
    return BuildContext(
        namespace=namespace,
        engine=engine,
        nodes={
            part.key: _node(model, _through_caches(part, settings), site)
            for part in resolve(model, engine, lock, registry(settings))
        },
        surge=takes_over.strategy == "surge",
        deadline_seconds=model.rollout.deadline_seconds or takes_over.times.deadline,
        gateway=site.gateway,
        gateway_cidrs=site.gateway_cidrs,
        store_cidrs=site.store_cidrs,
        facts=facts_of(settings.engines),
    )


def _through_caches(part: Resolved, settings: Settings) -> Resolved:
    """The part with its images by the address from which its nodes pull them."""
    cluster = settings.cluster
    if not isinstance(cluster, CloudCluster):
        return part

    def there(reference: str | None) -> str | None:
        return pulled(cluster, reference) if reference else None

    return replace(part, image=there(part.image), fetch_image=there(part.fetch_image))


def _node(model: ModelDeployment, part: Resolved, site: Site) -> NodeContext:
    artifact, uri = None, part.uri
    if part.store_artifact:
        where = part.artifact.immutable if part.artifact else f"models/{part.store_artifact}/"
        uri = f"{site.scheme}://{site.bucket}/{where}"
        if part.artifact and part.fetch_image:
            artifact = ArtifactSource(
                endpoint=site.endpoint,
                bucket=site.bucket,
                region=site.region,
                prefix=part.artifact.immutable,
                digest=part.artifact.digest,
                image=part.fetch_image,
                secret=None if site.identities else f"{reader_name(model, part.store_artifact)}-reader",
            )
    placement = place(part.resources, site.pools)
    return NodeContext(image=part.image, artifact=artifact, uri=uri, placement=placement)


def own_objects(declared: OwnKind, namespace: str, engines: Engines) -> Objects:
    """The objects of a declaration of an engine's own kind, by role.

    Args:
        declared: the declaration.
        namespace: of its team.
        engines: how they are installed.
    """
    engine = ENGINES[engine_of(declared)]
    context = BuildContext(namespace=namespace, engine=engine.name, nodes={}, facts=facts_of(engines))
    return {role: engine.waited_for(made) for role, made in engine.build(declared, context).items()}
