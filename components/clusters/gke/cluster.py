"""A GKE cluster: order and wiring of its parts."""

import pulumi
import pulumi_kubernetes as kubernetes

from components.clusters.cloud import CloudClusterArgs
from components.clusters.facts import pool_facts
from components.clusters.gke import compute_class
from components.clusters.gke.access import administrators
from components.clusters.gke.control_plane import GkeControlPlane, GkeControlPlaneArgs, location
from components.clusters.gke.kubeconfig import kubeconfig
from components.clusters.gke.logs import GkeLogs, GkeLogsArgs
from components.clusters.gke.network import GkeNetwork, GkeNetworkArgs
from components.clusters.gke.nodes import GkeNodes, GkeNodesArgs, NodeAccount, NodeAccountArgs
from components.clusters.gke.pools import words
from components.clusters.gke.registry_caches import RemoteRepositories, RemoteRepositoriesArgs
from components.clusters.spec import GkeCluster as GkeClusterSpec
from components.contracts import CloudHandle, ClusterHandle
from components.google.agents import COMPUTE, GKE, ServiceAgents, ServiceAgentsArgs
from components.google.key import Key, KeyArgs
from components.google.place import Place
from components.google.provider import provider
from components.kubernetes_object import KubernetesObject


class GkeCluster(pulumi.ComponentResource):
    """A GKE cluster with network, nodes and administrators. What is in it goes before all of these."""

    handle: ClusterHandle

    def __init__(self, name: str, args: CloudClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:GkeCluster", name, None, opts)
        spec = args.spec
        assert isinstance(spec, GkeClusterSpec), "the registry gives each kind its own"  # noqa: S101
        place = Place(project=spec.project, region=spec.region, stack=args.stack)
        cloud = provider(name, place, self)
        self._name, self._args, self._spec, self._place = name, args, spec, place
        self._part = pulumi.ResourceOptions(parent=self, providers=[cloud])
        pulumi.log.info(words(spec), self)
        plan = spec.plan(spec.cidr)
        account = NodeAccount(f"{name}-nodes", NodeAccountArgs(place=place, cluster=args.cluster), self._part)
        key = self._key()
        network = GkeNetwork(
            name,
            GkeNetworkArgs(place=place, cluster=args.cluster, spec=spec, plan=plan, nodes=account.email),
            self._part,
        )
        logs = GkeLogs(
            name,
            GkeLogsArgs(place=place, cluster=args.cluster, location=location(spec), days=spec.logs_days),
            self._part,
        )
        control_plane = GkeControlPlane(
            name,
            GkeControlPlaneArgs(
                place=place,
                cluster=args.cluster,
                spec=spec,
                plan=plan,
                network=network,
                nodes=account.address,
                key=key,
                after=[*account.settled, *logs.made],
                protect=args.protect,
            ),
            self._part,
        )
        caches = RemoteRepositories(name, RemoteRepositoriesArgs(place=place, caches=spec.caches), self._part)
        ready = [*self._nodes(control_plane, account, key, network, caches), *caches.made]
        config = self._kubeconfig(control_plane)
        inside = self._inside(config, [control_plane.made, *network.ways, *ready], account, key)
        self.handle = self._handle(cloud, control_plane, inside, config)
        self.register_outputs({"name": args.cluster, "nodes": words(spec)})

    def _key(self) -> Key:
        """The key of the cluster's secrets and its nodes' disks."""
        agents = ServiceAgents(
            self._name, ServiceAgentsArgs(project=self._place.project, service="container.googleapis.com"), self._part
        )
        args = KeyArgs(
            place=self._place,
            owner=self._args.cluster,
            key="cluster",
            users={"secrets": agents.member(GKE), "disks": agents.member(COMPUTE)},
            existing=self._spec.kms_key,
            protect=self._args.protect,
        )
        return Key(self._name, args, self._part)

    def _nodes(
        self,
        control_plane: GkeControlPlane,
        account: NodeAccount,
        key: Key,
        network: GkeNetwork,
        caches: RemoteRepositories,
    ) -> list[pulumi.Resource]:
        """The node pools; the others GKE makes by itself."""
        spec = self._spec
        groups: list[pulumi.Resource] = []
        made_by_gke = spec.provisioned
        for pool, declared in spec.all_pools.items():
            if pool in made_by_gke:
                continue
            args = GkeNodesArgs(
                place=self._place,
                spec=spec,
                pool=pool,
                declared=declared,
                control_plane=control_plane,
                account=account,
                key=key.path,
                after=[*key.settled, *network.ways, *caches.made],
            )
            groups += GkeNodes(f"{self._name}-{pool}", args, self._part).groups
        return groups

    def _kubeconfig(self, control_plane: GkeControlPlane) -> pulumi.Output[str]:
        cluster = self._args.cluster
        if control_plane.certificate is None:
            return control_plane.endpoint.apply(lambda host: kubeconfig(cluster, host, None))
        known = pulumi.Output.all(control_plane.endpoint, control_plane.certificate)
        return known.apply(lambda given: kubeconfig(cluster, given[0], given[1]))

    def _inside(
        self, config: pulumi.Output[str], ready: list[pulumi.Resource], account: NodeAccount, key: Key
    ) -> kubernetes.Provider:
        """The way into the cluster, and what it needs in it before anything else."""
        spec, marker = self._spec, self._args.marker
        # Whatever is in the cluster is made after, and goes before, all that it lives on.
        inside = kubernetes.Provider(
            self._name,
            kubeconfig=config,
            cluster_identifier=f"projects/{spec.project}/locations/{location(spec)}/clusters/{self._args.cluster}",
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=ready),
        )
        options = pulumi.ResourceOptions(parent=self, provider=inside)
        KubernetesObject(f"{self._name}-admins", administrators(spec.admins), marker, options)
        for pool, declared in spec.provisioned.items():
            manifest = compute_class.compute_class(spec, pool, declared, account.address, key.path)
            KubernetesObject(f"{self._name}-{pool}", manifest, marker, options)
        return inside

    def _handle(
        self,
        cloud: pulumi.ProviderResource,
        control_plane: GkeControlPlane,
        inside: kubernetes.Provider,
        config: pulumi.Output[str],
    ) -> ClusterHandle:
        args, spec = self._args, self._spec
        return ClusterHandle(
            name=args.cluster,
            marker=args.marker,
            provider=inside,
            pools=pool_facts(spec.own_pools, simulated=False, system_simulated=False, selectors=spec.selectors),
            gateway=args.gateway,
            gateway_cidrs=(spec.cidr,),
            store_cidrs=spec.store_cidrs,
            cloud=CloudHandle(
                kind="gke",
                cluster=args.cluster,
                owner=spec.project,
                region=spec.region,
                stack=args.stack,
                identity="workload_identity",
                made=control_plane.made,
                provider=cloud,
            ),
            access={"kubeconfig": config},
        )
