"""The whole of a stack: order and wiring. Everything is made in components."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pulumi

from catalog.errors import SeveralErrors, SlipwayError
from components.clusters.existing import ExistingCluster, ExistingClusterArgs
from components.clusters.outputs import OutputsCluster
from components.clusters.registry import component as cluster_component
from components.clusters.sandbox import SandboxCluster, SandboxClusterArgs
from components.clusters.spec import CloudCluster
from components.clusters.spec import ExistingCluster as ExistingClusterSpec
from components.clusters.spec import SandboxCluster as SandboxClusterSpec
from components.contracts import ArtifactStoreHandle, ClusterHandle, ReaderHandle, TeamHandle
from components.identity.registry import component as identity_component
from components.serving.deployment import ModelDeployment, ModelDeploymentArgs
from components.serving.own_object import OwnObject, OwnObjectArgs
from components.serving.rules.room import Takeover
from components.serving.spec import ModelDeployment as ModelDeploymentSpec
from components.serving.spec.own_kinds import serves
from components.storage.registry import component as store_component
from components.storage.s3 import ReaderKey, S3ArtifactStore, S3ArtifactStoreArgs
from components.storage.spec import CloudStore
from components.teams import Team, TeamArgs
from stacks import cloud, contexts, egress, makeable, readers, sizes
from stacks.built import whereabouts
from stacks.connection import GATEWAY, Connections, SandboxConnection
from stacks.contexts import Site
from stacks.locks import LockFile
from stacks.models import OBJECTS
from stacks.references import pinned
from stacks.resolution import lock_errors, read_lock
from stacks.resolution import readers as readers_of
from stacks.settings import PROJECT, SET_SECRET, Settings
from stacks.taken import HANDLES, giver
from stacks.taken import errors as taken_errors

# Secrets of a store that is not the sandbox's: the account that makes buckets, readers and policies.
STORE_KEYS = ("store_access_key", "store_secret_key")


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """One stack with all that its parts are wired from."""

    settings: Settings
    stack: str
    marker: str
    lock: LockFile
    connections: Connections

    def build(self) -> dict[str, Any]:
        """Registers the stack; gives its outputs."""
        settings = self.settings
        sandbox = self.connections.sandbox() if settings.cluster.kind == "sandbox" else None
        taken = self._taken()
        cluster = taken.handle if taken else self._cluster(sandbox)
        store = self._taken_store(taken) if taken else self._store(sandbox)
        guests = list(settings.guests())
        owners = {m.team for m in (*settings.declarations(), *guests)} | {o.team for o in settings.objects.values()}
        teams = {name: taken.team(name) if taken else self._team(name, cluster) for name in sorted(owners)}
        identities = {m.name: self._readers(m, cluster, store, teams[m.team], None) for m in guests}
        servers = self._objects(cluster, teams, before=True)
        takeovers = settings.takeovers(sizes=sizes.sizes(settings.declarations(), self.lock))
        served = [
            self._model(model, cluster, store, with_guards(teams[model.team], servers), takeovers[model.name], taken)
            for model in settings.declarations()
        ]
        self._objects(cluster, teams, before=False, after=served)
        models = {m.handle.name: m.handle.path for m in served}
        given = {HANDLES: _given(cluster, store, teams, identities)} if cluster.cloud else {}
        return {"cluster": cluster.name, "bucket": store.bucket, "models": models, **cluster.access, **given}

    def _taken(self) -> OutputsCluster | None:
        """What another stack makes for this one."""
        if giver(self.settings) is None:
            return None
        args = cloud.outputs_args(self.settings, pulumi.get_organization(), PROJECT, self.marker)
        return OutputsCluster("cluster", args)

    def _taken_store(self, taken: OutputsCluster) -> ArtifactStoreHandle:
        store, (_, region) = self.settings.store, whereabouts(self.settings)
        assert isinstance(store, CloudStore), "no other store is given"  # noqa: S101
        return taken.store(store.endpoint_at(region), region, store.scheme)

    def _cluster(self, sandbox: SandboxConnection | None) -> ClusterHandle:
        match self.settings.cluster:
            case SandboxClusterSpec() as spec if sandbox:
                made = SandboxCluster(
                    "cluster",
                    SandboxClusterArgs(
                        identifier=sandbox.cluster_id,
                        marker=self.marker,
                        kubeconfig=sandbox.kubeconfig,
                        pools=spec.pools,
                        real_pods=sandbox.real_pods,
                        gateway=GATEWAY,
                        node_cidr=sandbox.node_cidr,
                    ),
                )
                return made.handle
            case ExistingClusterSpec() as spec:
                existing = ExistingCluster(
                    "cluster",
                    ExistingClusterArgs(
                        identifier=spec.name or "",
                        marker=self.marker,
                        kubeconfig=self.connections.kubeconfig(spec.kubeconfig or Path()),
                        context=spec.context,
                        pools=spec.pools,
                        gateway=GATEWAY,
                    ),
                )
                return existing.handle
            case CloudCluster() as spec:
                made = cluster_component(spec.kind)(
                    "cluster", cloud.cluster_args(self.settings, self.stack, self.marker)
                )
                return cast("ClusterHandle", made.handle)
        raise AssertionError("a sandbox stack has a connection")

    def _store(self, sandbox: SandboxConnection | None) -> ArtifactStoreHandle:
        spec, config = self.settings.store, pulumi.Config()
        if isinstance(spec, CloudStore):
            made = store_component(spec.kind)("artifacts", cloud.store_args(self.settings, self.stack))
            return cast("ArtifactStoreHandle", made.handle)
        args = S3ArtifactStoreArgs(
            bucket=spec.bucket,
            region=spec.region,
            endpoint=spec.endpoint or (sandbox.s3 if sandbox else ""),
            admin_endpoint=spec.admin_endpoint or (sandbox.s3_admin if sandbox and not spec.endpoint else None),
            in_cluster_endpoint=spec.in_cluster_endpoint or (sandbox.in_cluster_s3 if sandbox else ""),
            access_key=sandbox.access_key if sandbox else config.require_secret(STORE_KEYS[0]),
            secret_key=sandbox.secret_key if sandbox else config.require_secret(STORE_KEYS[1]),
            marker=self.marker,
            readers={name: a for m in self.settings.declarations() for name, a in readers_of(m).items()},
            reader_keys={
                model: ReaderKey(access_key=reader.access_key, secret_key=reader.secret_key, principal=reader.principal)
                for model, reader in readers.given(config.get(readers.KEY), self.settings).items()
            },
            protect=self.settings.lifecycle.protect,
        )
        return S3ArtifactStore("artifacts", args).handle

    def _team(self, name: str, cluster: ClusterHandle) -> TeamHandle:
        said = self.settings
        models = [model for model in (*said.declarations(), *said.guests()) if model.team == name]
        engines = {said.engine_of(model.name).value for model in models}
        args = TeamArgs(team=name, spec=said.teams[name], cluster=cluster, engines=engines)
        return Team(name, args, pulumi.ResourceOptions(providers=[cluster.provider])).handle

    def _objects(
        self,
        cluster: ClusterHandle,
        teams: Mapping[str, TeamHandle],
        *,
        before: bool,
        after: Sequence[pulumi.Resource] = (),
    ) -> list[pulumi.Resource]:
        """The engines' own kinds that models run on, or those that are made of models."""
        made: list[pulumi.Resource] = []
        for name, said in sorted(self.settings.objects.items()):
            if serves(OBJECTS[name]) is before:
                team = teams[said.team]
                built = contexts.own_objects(OBJECTS[name], team.namespace, self.settings.engines)
                args = OwnObjectArgs(objects=built, cluster=cluster, team=team, after=after)
                made.append(OwnObject(name, args, pulumi.ResourceOptions(providers=[cluster.provider])))
        return made

    def _model(
        self,
        model: ModelDeploymentSpec,
        cluster: ClusterHandle,
        store: ArtifactStoreHandle,
        team: TeamHandle,
        takes_over: Takeover,
        taken: OutputsCluster | None,
    ) -> ModelDeployment:
        site = _site(cluster, store, taken=taken is not None)
        args = ModelDeploymentArgs(
            model=pinned(model, self.lock),
            context=contexts.context(model, self.settings, self.lock, site, team.namespace, takes_over),
            cluster=cluster,
            team=team,
            readers=self._readers(model, cluster, store, team, taken),
        )
        return ModelDeployment(model.name, args, pulumi.ResourceOptions(providers=[cluster.provider]))

    def _readers(
        self,
        model: ModelDeploymentSpec,
        cluster: ClusterHandle,
        store: ArtifactStoreHandle,
        team: TeamHandle,
        taken: OutputsCluster | None,
    ) -> dict[str, ReaderHandle]:
        """With what the model reads its artifacts: one reader an artifact, or one identity for all of them."""
        if taken:
            return {f"{name}-reader": taken.reader(model.name) for name in readers_of(model)}
        args = cloud.reader_args(model, cluster, store, team.namespace)
        if args is None:
            return {f"{name}-reader": store.readers[name] for name in readers_of(model)}
        opts = pulumi.ResourceOptions(providers=[args.cloud.provider])
        handle = identity_component(args.cloud.kind)(model.name, args, opts).handle
        return {f"{name}-reader": handle for name in readers_of(model)}


def with_guards(team: TeamHandle, more: Sequence[pulumi.Resource]) -> TeamHandle:
    """The team's place, where more has to be there before a model is."""
    return replace(team, guards=[*team.guards, *more]) if more else team


def _given(
    cluster: ClusterHandle,
    store: ArtifactStoreHandle,
    teams: Mapping[str, TeamHandle],
    identities: Mapping[str, Mapping[str, ReaderHandle]],
) -> dict[str, Any]:
    """What other stacks need of this one, as plain data; no secret is in it."""
    return {
        "cluster": {"name": cluster.name, "kubeconfig": cluster.access["kubeconfig"]},
        "store": {"bucket": store.bucket, "key": store.key},
        "teams": {name: team.namespace for name, team in teams.items()},
        "identities": {
            model: {key: value for reader in readers.values() for key, value in reader.annotations.items()}
            for model, readers in identities.items()
        },
    }


def _site(cluster: ClusterHandle, store: ArtifactStoreHandle, *, taken: bool) -> Site:
    """Where the stack's models run, as the handles say it."""
    return Site(
        pools=cluster.pools,
        gateway=cluster.gateway,
        gateway_cidrs=cluster.gateway_cidrs,
        store_cidrs=cluster.store_cidrs,
        endpoint=store.endpoint,
        bucket=store.bucket,
        region=store.region,
        scheme=store.scheme,
        identities=taken or (not store.readers and cluster.cloud is not None),
    )


def build(
    settings: Settings,
    stack: str,
    project: str,
    connections: Connections | None = None,
    lock: LockFile | None = None,
) -> dict[str, Any]:
    """Registers everything of a stack; gives its outputs.

    Args:
        settings: of the stack.
        stack: its name.
        project: the program's name.
        connections: where what is outside of the program is found, instead of where it is.
        lock: instead of the stack's.

    Raises:
        SeveralErrors: the stack's lock misses what its models name, or a secret is not set; nothing is registered then.
        SlipwayError: the kubeconfig cannot be read.
    """
    lock, connections = lock or read_lock(stack, settings), connections or Connections()
    simulated = settings.cluster.kind == "sandbox" and not connections.sandbox().real_pods
    errors = [
        *_unset(stack, settings),
        *lock_errors(stack, settings, lock, simulated=simulated),
        *sizes.errors(settings, lock),
        *egress.errors(settings, lock),
        *makeable.errors(settings),
        *taken_errors(stack, settings),
    ]
    if errors:
        raise SeveralErrors(errors)
    return Platform(
        settings=settings, stack=stack, marker=f"{project}/{stack}", lock=lock, connections=connections
    ).build()


def _unset(stack: str, settings: Settings) -> Iterator[SlipwayError]:
    """The secrets that a stack needs and that are not set; a sandbox has its own."""
    config = pulumi.Config(PROJECT)
    given = settings.cluster.kind == "sandbox" or isinstance(settings.store, CloudStore)
    for key in () if given else STORE_KEYS:
        if config.get(key) is None:
            yield SlipwayError(
                key, "", "the stack needs this secret, and it is not set", f"{SET_SECRET.format(stack=stack)} {key}"
            )
    yield from readers.errors(config.get(readers.KEY), stack, settings)
