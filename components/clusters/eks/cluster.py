"""An EKS cluster: order and wiring of its parts."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from catalog.gpu import SYSTEM_POOL
from components.aws.key import Key, KeyArgs, logs_use, role_use
from components.aws.place import Place
from components.aws.provider import provider
from components.aws.role import Role
from components.clusters.cloud import CloudClusterArgs
from components.clusters.eks import addons, auto_pools
from components.clusters.eks.access import EksAccess, EksAccessArgs
from components.clusters.eks.addons import AddOn, EksAddOns, EksAddOnsArgs
from components.clusters.eks.autoscaler import EksAutoscaler, EksAutoscalerArgs
from components.clusters.eks.control_plane import EksControlPlane, EksControlPlaneArgs, log_group, role_args
from components.clusters.eks.flow_logs import flow_group
from components.clusters.eks.kubeconfig import kubeconfig, tunnel_command
from components.clusters.eks.network import EksNetwork, EksNetworkArgs
from components.clusters.eks.node_groups import EksNodes, EksNodesArgs, node_role_args
from components.clusters.eks.registry_caches import RegistryCaches, RegistryCachesArgs
from components.clusters.facts import pool_facts
from components.clusters.spec import EksCluster as EksClusterSpec
from components.contracts import CloudHandle, ClusterHandle
from components.kubernetes_object import KubernetesObject


class EksCluster(pulumi.ComponentResource):
    """An EKS cluster with network, nodes, add-ons and administrators. What is in it goes before all of these."""

    handle: ClusterHandle

    def __init__(self, name: str, args: CloudClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:EksCluster", name, None, opts)
        spec = args.spec
        assert isinstance(spec, EksClusterSpec), "the registry gives each kind its own"  # noqa: S101
        place = Place(account=spec.account, region=spec.region, stack=args.stack, boundary=args.boundary)
        cloud = provider(name, place, self)
        self._name, self._args, self._spec, self._place = name, args, spec, place
        self._part = pulumi.ResourceOptions(parent=self, providers=[cloud])
        plan = spec.plan(spec.cidr)
        role = Role(f"{name}-control-plane", role_args(place, args.cluster, spec), self._part)
        node_role = Role(f"{name}-nodes", node_role_args(place, args.cluster, spec), self._part)
        key = self._key(role)
        network = EksNetwork(
            name, EksNetworkArgs(place=place, cluster=args.cluster, spec=spec, plan=plan, key=key.arn), self._part
        )
        control_plane = EksControlPlane(
            name,
            EksControlPlaneArgs(
                cluster=args.cluster,
                spec=spec,
                services=str(plan.services),
                network=network,
                role=role,
                node_role=node_role,
                secrets_key=spec.kms_key or key.arn,
                logs_key=key.arn,
                protect=args.protect,
            ),
            self._part,
        )
        hosts = {str(host): cache for host, cache in spec.caches.items()}
        caches = RegistryCaches(name, RegistryCachesArgs(place=place, caches=hosts), self._part)
        who = EksAccessArgs(place=place, cluster=control_plane.made, admins=spec.admins)
        admins = EksAccess(f"{name}-admin", who, self._part).made
        early = self._add_ons("early", addons.before_nodes(spec), control_plane, network.ways)
        nodes = {
            pool: EksNodes(
                f"{name}-{pool}",
                EksNodesArgs(
                    cluster=args.cluster,
                    stack=args.stack,
                    spec=spec,
                    pool=pool,
                    declared=declared,
                    control_plane=control_plane,
                    network=network,
                    role=node_role,
                    after=[*early, *caches.made],
                ),
                self._part,
            ).groups
            for pool, declared in (spec.all_pools.items() if spec.mode == "standard" else ())
        }
        untainted = nodes.get(SYSTEM_POOL, ())
        late = self._add_ons("late", addons.after_nodes(spec), control_plane, (*untainted, *network.ways))
        groups = [group for of_pool in nodes.values() for group in of_pool]
        inside, access = self._inside(control_plane, [*admins, *early, *late, *groups])
        self._scaled(cloud, inside, control_plane, nodes)
        self.handle = self._handle(cloud, control_plane, inside, access)
        self.register_outputs({"name": args.cluster})

    def _key(self, role: Role) -> Key:
        """The key of secrets and logs."""
        place, cluster = self._place, self._args.cluster
        use = [
            logs_use(place, [log_group(cluster), flow_group(cluster)]),
            role_use(place.iam(f"role/{role.name}")),
        ]
        args = KeyArgs(
            place=place,
            alias=cluster,
            description=f"Secrets and logs of the cluster {cluster}",
            use=use,
            protect=self._args.protect,
        )
        return Key(self._name, args, self._part, after=role.settled)

    def _add_ons(
        self,
        moment: str,
        add_ons: Sequence[AddOn],
        control_plane: EksControlPlane,
        after: Sequence[pulumi.Resource],
    ) -> tuple[pulumi.Resource, ...]:
        args = EksAddOnsArgs(
            place=self._place,
            cluster=self._args.cluster,
            control_plane=control_plane,
            add_ons=add_ons,
            after=after,
        )
        return EksAddOns(f"{self._name}-{moment}", args, self._part).made

    def _scaled(
        self,
        cloud: pulumi.ProviderResource,
        inside: pulumi.ProviderResource,
        control_plane: EksControlPlane,
        nodes: Mapping[str, Sequence[aws.eks.NodeGroup]],
    ) -> None:
        """What changes the number of nodes, where it may change."""
        if not self._spec.scaled_pools:
            return
        args = EksAutoscalerArgs(
            place=self._place,
            cluster=self._args.cluster,
            spec=self._spec,
            control_plane=control_plane,
            groups={pool: nodes[pool] for pool in self._spec.scaled_pools},
            marker=self._args.marker,
        )
        options = pulumi.ResourceOptions(parent=self, providers=[cloud, inside])
        EksAutoscaler(f"{self._name}-autoscaler", args, options)

    def _inside(
        self, control_plane: EksControlPlane, ready: list[pulumi.Resource]
    ) -> tuple[kubernetes.Provider, dict[str, pulumi.Input[str]]]:
        """The way into the cluster, and what a person needs to go it."""
        cluster, spec, made = self._args.cluster, self._spec, control_plane.made
        tunnel = spec.api_access == "tunnel"
        config = pulumi.Output.all(made.endpoint, made.certificate_authority.data).apply(
            lambda given: kubeconfig(cluster, spec.region, *given, tunnel=tunnel)
        )
        # Whatever is in the cluster is made after, and goes before, all that it lives on.
        inside = kubernetes.Provider(
            self._name,
            kubeconfig=config,
            cluster_identifier=cluster,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=ready),
        )
        for pool, manifest in auto_pools.objects(spec).items():
            options = pulumi.ResourceOptions(parent=self, provider=inside)
            KubernetesObject(f"{self._name}-{pool}", manifest, self._args.marker, options)
        access: dict[str, pulumi.Input[str]] = {"kubeconfig": config}
        if tunnel:
            access["tunnel"] = tunnel_command(cluster, spec.region)
        return inside, access

    def _handle(
        self,
        cloud: pulumi.ProviderResource,
        control_plane: EksControlPlane,
        inside: kubernetes.Provider,
        access: dict[str, pulumi.Input[str]],
    ) -> ClusterHandle:
        args, spec = self._args, self._spec
        return ClusterHandle(
            name=args.cluster,
            marker=args.marker,
            provider=inside,
            pools=pool_facts(spec.own_pools, simulated=False, system_simulated=False),
            gateway=args.gateway,
            gateway_cidrs=(spec.cidr,),
            store_cidrs=spec.store_cidrs,
            cloud=CloudHandle(
                kind="eks",
                cluster=args.cluster,
                owner=spec.account,
                region=spec.region,
                stack=args.stack,
                boundary=args.boundary,
                identity=spec.identity,
                issuer=control_plane.issuer,
                made=control_plane.made,
                provider=cloud,
            ),
            access=access,
        )
